// SHA-256 against FIPS 180-4's examples, hexadecimal, pseudonyms.
#include "base/hash.hpp"

#include <gtest/gtest.h>

namespace kulla {
namespace {
TEST(Sha256, ExamplesOfTheStandard) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
TEST(Sha256, InPiecesTheSame) {
  const std::string text(1000, 'x');
  for (const std::size_t cut : {0u, 1u, 63u, 64u, 65u, 999u, 1000u}) {
    Sha256 hash;
    hash.add(std::string_view{text}.substr(0, cut));
    hash.add(std::string_view{text}.substr(cut));
    EXPECT_EQ(hash.finish(), sha256(text)) << cut;
  }
}
TEST(Hex, ThereAndBackAndStrict) {
  const auto digest = random_digest();
  EXPECT_EQ(digest_from_hex(to_hex(digest)).value(), digest);
  const auto text = to_hex(digest);
  for (const auto& bad : {std::string{}, text.substr(1), text + "0", "g" + text.substr(1), " " + text.substr(1), "A" + text.substr(1)})
    EXPECT_FALSE(digest_from_hex(bad)) << bad;
  EXPECT_EQ(to_hex(std::span<const std::uint8_t>{}), "");
}
TEST(Digest, RandomOnesDifferAndZeroIsZero) {
  EXPECT_NE(random_digest(), random_digest());
  EXPECT_TRUE(Digest{}.is_zero());
  EXPECT_FALSE(sha256("").is_zero());
}
TEST(Pseudonyms, SameForSameKeyAndTextOnly) {
  const Pseudonyms one{sha256("key")}, other{sha256("other key")};
  EXPECT_EQ(one.of("192.0.2.1"), Pseudonyms{sha256("key")}.of("192.0.2.1"));
  EXPECT_NE(one.of("192.0.2.1"), one.of("192.0.2.2"));
  EXPECT_NE(one.of("192.0.2.1"), other.of("192.0.2.1"));
  EXPECT_EQ(one.of("").size(), 16u);
  EXPECT_EQ(one.of("x").find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
}
}  // namespace
}  // namespace kulla
