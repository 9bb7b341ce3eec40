// Any bytes as a vantage's line: refused unless signed. The key is known here, so that accepted lines are reached too.
#include "outage/observation.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static const auto key = SecretKey::from_seed({1, 2, 3});
  static const auto line = outage::to_line(outage::Observation{VantageId{"v"}, 1, ServiceId{"s"}, {}, 5, outage::Layer::none, 200}, key);
  (void)outage::from_line({data, size}, key.public_key());
  // A good line with bytes of it changed is refused, or says the same.
  auto changed = line;
  for (std::size_t i = 0; i + 1 < size && i < 16; i += 2) changed[static_cast<unsigned char>(data[i]) % changed.size()] = data[i + 1];
  const auto read = outage::from_line(changed, key.public_key());
  KULLA_ASSERT(!read || *read == *outage::from_line(line, key.public_key()));
  return 0;
}
