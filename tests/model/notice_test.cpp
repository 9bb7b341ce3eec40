// A closure notice is worth what its signature says, and to nobody for longer than its life.
#include "model/notice.hpp"

#include <gtest/gtest.h>

namespace kulla {
namespace {
using namespace std::chrono_literals;
const auto gate = SecretKey::from_seed({1}), other = SecretKey::from_seed({2});
const Timestamp now{std::chrono::seconds{1'657'900'000}};
const auto in_time = std::chrono::time_point_cast<std::chrono::seconds>(now) + 5min;
const ServiceId tax{"e-tax"};

NoticeFields signed_by(const SecretKey& key, std::chrono::sys_seconds expires = in_time, const ServiceId& service = tax) {
  return {"abc123def456", notice_header({service, ClosureId{"abc123def456"}, expires}, key)};
}
NoticeSeen seen(const NoticeFields& fields, Timestamp at = now) { return judge_notice(fields, tax, gate.public_key(), at).seen; }

TEST(Notice, IsWrittenAsDocumented) {
  const auto header = notice_header({tax, ClosureId{"abc123def456"}, std::chrono::sys_seconds{1'657'900'300s}}, gate);
  EXPECT_TRUE(header.starts_with("service=e-tax; closure=abc123def456; expires=1657900300; signature=")) << header;
  const auto signature = signature_from_hex(header.substr(header.rfind('=') + 1));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(
      verify(gate.public_key(), R"({"closure":"abc123def456","expires":1657900300,"kulla":"notice/1","service":"e-tax"})", *signature));
}
TEST(Notice, TheGatesOwnIsValidAndNamesItsClosure) {
  const auto judged = judge_notice(signed_by(gate), tax, gate.public_key(), now);
  EXPECT_EQ(judged.seen, NoticeSeen::valid);
  EXPECT_EQ(judged.closure, ClosureId{"abc123def456"});
}
TEST(Notice, WithoutAKeyItIsOnlyAClaim) {
  const auto judged = judge_notice(signed_by(gate), tax, std::nullopt, now);
  EXPECT_EQ(judged.seen, NoticeSeen::unverified);
  EXPECT_EQ(judged.closure, std::nullopt);
  EXPECT_EQ(judge_notice({}, tax, std::nullopt, now).seen, NoticeSeen::none);
}
TEST(Notice, ACopyRunsOut) {
  EXPECT_EQ(seen(signed_by(gate), in_time), NoticeSeen::valid);
  EXPECT_EQ(seen(signed_by(gate), in_time + 1s), NoticeSeen::expired);
  EXPECT_EQ(judge_notice(signed_by(gate), tax, gate.public_key(), in_time + 1s).closure, ClosureId{"abc123def456"});
}
TEST(Notice, NobodySignsForLongerThanItsLife) {
  const auto longest = std::chrono::time_point_cast<std::chrono::seconds>(now) + notice_life + notice_clock_slack;
  EXPECT_EQ(seen(signed_by(gate, longest)), NoticeSeen::valid);
  EXPECT_EQ(seen(signed_by(gate, longest + 1s)), NoticeSeen::foreign);
}
TEST(Notice, AnothersIsForeign) {
  EXPECT_EQ(seen(signed_by(other)), NoticeSeen::foreign);
  EXPECT_EQ(seen(signed_by(gate, in_time, ServiceId{"e-health"})), NoticeSeen::foreign);
  EXPECT_EQ(seen({"abc123def456", {}}), NoticeSeen::foreign);
  EXPECT_EQ(seen({"fff123def456", signed_by(gate).notice}), NoticeSeen::foreign);
  EXPECT_EQ(judge_notice(signed_by(other), tax, gate.public_key(), now).closure, std::nullopt);
}
TEST(Notice, AnyByteAlteredMakesItForeign) {
  const auto good = *signed_by(gate).notice;
  for (std::size_t place = 0; place < good.size(); ++place)
    for (const char byte : {'\0', '0', 'f', ';', ' ', '\xFF'}) {
      auto text = good;
      text[place] = byte;
      if (text == good) continue;
      EXPECT_EQ(seen({{}, text}), NoticeSeen::foreign) << text;
    }
  EXPECT_EQ(seen({{}, good + " "}), NoticeSeen::foreign);
  EXPECT_EQ(seen({{}, std::string(5000, 'x')}), NoticeSeen::foreign);
}
}  // namespace
}  // namespace kulla
