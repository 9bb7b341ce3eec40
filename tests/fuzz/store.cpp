// Any bytes as a block's payload, as words, as records of the present, as roll-ups and as a file of blocks: refused or read, never more.
// What decodes as observations can be encoded again, and comes back.
#include "base/file.hpp"
#include "outage/history.hpp"
#include "outage/store_batch.hpp"
#include "outage/store_block.hpp"

using namespace kulla;
using namespace kulla::outage;

namespace {
/// A good payload, so that small changes reach what lies behind the packing.
const std::string& good_payload() {
  static const auto payload = [] {
    std::vector<Observation> some;
    for (std::uint64_t i = 0; i < 40; ++i) {
      auto& each = some.emplace_back();
      each.vantage = VantageId{"v"}, each.target = ServiceId{std::string(1, static_cast<char>('a' + i % 3))};
      each.number = i + 1, each.sent = Timestamp{std::chrono::milliseconds{1'000'000 + i * 500}},
      each.took_us = 1000 + static_cast<std::int64_t>(i * 37 % 900);
      each.failed = i % 7 == 6 ? Layer::status : Layer::none, each.status = 200, each.body = "0123456789abcdef";
    }
    store::Words words;
    return store::encode_batch(some, std::vector<bool>(some.size(), true), words);
  }();
  return payload;
}
void read_batch(std::string_view payload, std::size_t count) {
  store::Words words;
  const auto batch = store::decode_batch(payload, count, Timestamp{std::chrono::seconds{1000}}, 1, words);
  if (!batch) return;
  KULLA_ASSERT(batch->rows.size() == count);
  for (const auto& row : batch->rows) (void)batch->observation(row, VantageId{"v"});
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  read_batch(bytes, 40);
  auto changed = good_payload();
  for (std::size_t i = 0; i + 2 < size && i < 24; i += 3) {
    const auto at = static_cast<std::size_t>(static_cast<unsigned char>(data[i]) * 256 + static_cast<unsigned char>(data[i + 1]));
    changed[at % changed.size()] = data[i + 2];
  }
  read_batch(changed, 40);
  store::Words words;
  (void)words.read(bytes);
  (void)store::read_header(bytes);
  (void)store::read_answer(bytes);
  for (store::ByteReader read{bytes}; store::read_record(read, VantageId{"v"});) {}
  (void)read_history(bytes);
  return 0;
}
