// Ed25519 against RFC 8032, and key files.
#include "base/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.hpp"

namespace kulla {
namespace {
SecretKey from_hex_seed(std::string_view hex) {
  const auto digest = public_key_from_hex(hex).value();
  return SecretKey::from_seed(digest.bytes);
}
// RFC 8032, 7.1, tests 1 and 2.
TEST(Ed25519, ExamplesOfTheRfc) {
  const auto one = from_hex_seed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  EXPECT_EQ(to_hex(one.public_key()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(
      to_hex(one.sign("")),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  const auto two = from_hex_seed("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  EXPECT_EQ(
      to_hex(two.sign("\x72")),
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}
TEST(Ed25519, OnlyThisKeyThisTextThisSignature) {
  const auto key = SecretKey::generate();
  const auto signature = key.sign("close e-tax");
  EXPECT_TRUE(verify(key.public_key(), "close e-tax", signature));
  EXPECT_FALSE(verify(key.public_key(), "close e-tay", signature));
  EXPECT_FALSE(verify(SecretKey::generate().public_key(), "close e-tax", signature));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto altered = signature;
    altered.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(verify(key.public_key(), "close e-tax", altered)) << bit;
  }
}

class KeyFiles : public ::testing::Test {
 protected:
  TemporaryFolder folder = TemporaryFolder::make("kulla-keys").value();
  std::filesystem::path file = folder.path() / "ana.key", pub = folder.path() / "ana.key.pub";
  void put(const std::filesystem::path& path, std::string_view text, mode_t mode = 0600) {
    std::ofstream{path, std::ios::binary} << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
};
TEST_F(KeyFiles, WrittenAndRead) {
  const auto key = SecretKey::generate();
  EXPECT_EQ(write_key_files(file, key).value(), key.public_key());
  EXPECT_EQ(read_secret_key(file).value().seed(), key.seed());
  EXPECT_EQ(read_public_key(pub).value(), key.public_key());
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_EQ(mode_of(pub), 0644u);
}
TEST_F(KeyFiles, NeverOverwritten) {
  ASSERT_TRUE(write_key_files(file, SecretKey::generate()));
  const auto before = read_file(file, 4096).value();
  EXPECT_EQ(write_key_files(file, SecretKey::generate()).error().code, Code::bad_key);
  std::filesystem::remove(file);
  EXPECT_EQ(write_key_files(file, SecretKey::generate()).error().code, Code::bad_key) << "FILE.pub alone is enough to refuse";
  EXPECT_FALSE(std::filesystem::exists(file));
}
TEST_F(KeyFiles, ASecretThatOthersMayReadIsRefused) {
  ASSERT_TRUE(write_key_files(file, SecretKey::generate()));
  for (const mode_t mode : {0640u, 0604u, 0644u, 0666u}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_EQ(read_secret_key(file).error().code, Code::bad_key) << std::oct << mode;
  }
}
TEST_F(KeyFiles, BadContentIsRefused) {
  const std::string hex(64, 'a');
  for (const auto& text :
       {std::string{}, std::string{"x"}, std::string{"{}"}, std::string{"[]"}, "{\"kulla\":\"ed25519-public\",\"seed\":\"" + hex + "\"}",
        std::string{R"({"kulla":"ed25519-secret","seed":"aa"})"}, std::string{R"({"kulla":"ed25519-secret","seed":7})"},
        "{\"kulla\":\"ed25519-secret\",\"seed\":\"" + std::string(64, 'A') + "\"}"}) {
    put(file, text);
    EXPECT_EQ(read_secret_key(file).error().code, Code::bad_key) << text;
    EXPECT_EQ(read_public_key(file).error().code, Code::bad_key) << text;
  }
  put(file, std::string(5000, ' '));
  EXPECT_EQ(read_secret_key(file).error().code, Code::too_large);
  EXPECT_FALSE(read_secret_key(folder.path() / "none"));
}
TEST_F(KeyFiles, ASecretIsNotTakenForAPublicKey) {
  ASSERT_TRUE(write_key_files(file, SecretKey::generate()));
  EXPECT_FALSE(read_public_key(file));
  EXPECT_FALSE(read_secret_key(pub));
}
}  // namespace
}  // namespace kulla
