#include "outage/observation.hpp"

#include <gtest/gtest.h>

namespace kulla::outage {
namespace {
constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

TEST(Observations, ALineComesBackAndAnyChangeIsRefused) {
  const auto key = SecretKey::from_seed({1});
  const Observation observation{VantageId{"v"}, 7, ServiceId{"e-tax"}, noon, 1234, Layer::status, 503, NoticeSeen::valid};
  const auto line = to_line(observation, key);
  EXPECT_EQ(from_line(line, key.public_key()).value(), observation);
  EXPECT_EQ(from_line(line, SecretKey::from_seed({2}).public_key()).error().code, Code::bad_signature);
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto changed = line;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(from_line(changed, key.public_key())) << i << " " << changed;
  }
}
}  // namespace
}  // namespace kulla::outage
