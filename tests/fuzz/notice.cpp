// Any bytes as a closure notice: worth nothing unless the gate signed them. A good one with bytes changed is never valid for long, or for another.
#include "model/notice.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static const auto gate = SecretKey::from_seed({1, 2, 3});
  static const ServiceId service{"e-tax"};
  static const Timestamp now{std::chrono::seconds{1'657'900'000}};
  static const auto good =
      notice_header({service, ClosureId{"abc123def456"}, std::chrono::sys_seconds{std::chrono::seconds{1'657'900'300}}}, gate);
  const std::string_view text{data, size};
  KULLA_ASSERT(judge_notice({std::string(text), {}}, service, gate.public_key(), now).seen == NoticeSeen::unverified);
  const auto read = judge_notice({{}, std::string(text)}, service, gate.public_key(), now).seen;
  KULLA_ASSERT(read == NoticeSeen::foreign || text == good || text == unsigned_notice);
  auto changed = good;
  for (std::size_t i = 0; i + 1 < size && i < 16; i += 2) changed[static_cast<unsigned char>(data[i]) % changed.size()] = data[i + 1];
  KULLA_ASSERT(changed == good || judge_notice({{}, changed}, service, gate.public_key(), now).seen == NoticeSeen::foreign);
  return 0;
}
