// Ed25519 against RFC 8032; key files, plain and sealed with a passphrase.
#include "base/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/sealed_key.hpp"

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

// --- sealed with a passphrase

const SecretText& passphrase() {
  static const SecretText text{"five words that nobody guesses"};
  return text;
}
SealedKey sealed_at_the_least() { return seal(SecretKey::from_seed({7}), passphrase(), lowest_seal_cost).value(); }

TEST_F(KeyFiles, SealedAndUnsealed) {
  const auto key = SecretKey::generate();
  const auto sealed = seal(key, passphrase(), lowest_seal_cost).value();
  EXPECT_EQ(sealed.key, key.public_key());
  EXPECT_EQ(sealed_key_from_text(to_line(sealed)).value(), sealed);
  EXPECT_EQ(unseal(sealed, passphrase()).value().seed(), key.seed());
  ASSERT_TRUE(write_key_files(file, to_line(sealed), sealed.key));
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_EQ(read_public_key(pub).value(), key.public_key());
  const auto read = read_any_secret_key(file).value();
  EXPECT_EQ(std::get<SealedKey>(read), sealed);
  EXPECT_EQ(public_key_of(read), key.public_key());
  const auto again = seal(key, passphrase(), lowest_seal_cost).value();
  EXPECT_TRUE(again.salt != sealed.salt && again.nonce != sealed.nonce && again.box != sealed.box) << "nothing is used twice";
}
TEST(SealedKeys, TheUsualCostIsWrittenDownAndOpens) {
  const auto sealed = seal(SecretKey::from_seed({7}), passphrase()).value();
  EXPECT_EQ(sealed.cost, (SealCost{3, std::uint64_t{256} << 20}));
  EXPECT_TRUE(unseal(sealed, passphrase()));
}
// Written once by this code; what is written down in base/sealed_key.hpp must open it for ever.
TEST(SealedKeys, AFileOfTheFirstVersionOpens) {
  const auto sealed = sealed_key_from_text(
      R"({"box":"d2a2089b9ae37ea6197dc9f09a1aae763c7b4b999f22e543df99bc368302928ee7a7c85e2bc8260f407c8fec80a178c2","key)"
      R"(":"a2fa2f4a355ba2e907a53009e9e37caddf7ac7e66a08ba07631f553072b3f24c","kulla":"ed25519-sealed","memory":1992294)"
      R"(4,"nonce":"abaf943a0f30c56532967c16c9991d2f05561679fe14393c","ops":2,"salt":"86d9e91f131bfb15ca6e124753fcd42c"})");
  ASSERT_TRUE(sealed) << sealed.error().what;
  EXPECT_EQ(unseal(*sealed, passphrase()).value().seed(), SecretKey::from_seed({7}).seed());
}
TEST(SealedKeys, AWrongPassphraseTellsNothingMore) {
  const auto sealed = sealed_at_the_least();
  auto altered = sealed;
  altered.box[0] ^= 1;
  const auto told = unseal(altered, passphrase()).error();
  for (const auto* wrong :
       {"", "x", "five words that nobody guesse", "five words that nobody guesses ", "Five words that nobody guesses"}) {
    const auto opened = unseal(sealed, SecretText{wrong});
    ASSERT_FALSE(opened) << wrong;
    EXPECT_EQ(opened.error().code, Code::bad_key);
    EXPECT_EQ(opened.error().what, told.what);
  }
}
TEST(SealedKeys, AShortPassphraseIsRefused) {
  EXPECT_EQ(seal(SecretKey::from_seed({7}), SecretText{"eleven char"}, lowest_seal_cost).error().code, Code::bad_key);
  EXPECT_TRUE(seal(SecretKey::from_seed({7}), SecretText{"twelve chars"}, lowest_seal_cost));
}
TEST(SealedKeys, EveryByteFlippedIsRefused) {
  const auto line = to_line(sealed_at_the_least());
  std::size_t guessed = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    auto changed = line;
    changed[at] ^= 1;
    const auto sealed = sealed_key_from_text(changed);
    guessed += sealed.has_value();
    EXPECT_FALSE(sealed && unseal(*sealed, passphrase())) << at << ": " << changed;
  }
  EXPECT_GT(guessed, 120u) << "of 240 hexadecimal digits most become others: the seal itself refused, not only the reader";
}
TEST(SealedKeys, CutAddedToOrWithOneMoreMemberItIsRefused) {
  const auto line = to_line(sealed_at_the_least());
  for (std::size_t size = 0; size + 1 < line.size(); ++size) EXPECT_FALSE(sealed_key_from_text(line.substr(0, size))) << size;
  EXPECT_FALSE(sealed_key_from_text(line + line));
  EXPECT_FALSE(sealed_key_from_text(line.substr(0, line.size() - 2) + R"(,"more":1})"));
}
TEST(SealedKeys, AHostileCostIsRefusedBeforeItIsPaid) {
  auto object = parse_json(to_line(sealed_at_the_least()))->as_object();
  const auto refused = [&](std::string_view member, const json::value& value) {
    auto changed = object;
    changed[member] = value;
    const auto start = std::chrono::steady_clock::now();
    const auto read = sealed_key_from_text(json::serialize(changed));
    ASSERT_FALSE(read) << changed;
    EXPECT_EQ(read.error().code, Code::bad_key);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{1});
  };
  for (const json::value& value :
       {json::value(0), json::value(-1), json::value(8192), json::value((19 << 20) - 1), json::value((std::int64_t{1} << 30) + 1),
        json::value(std::int64_t{1} << 40), json::value(1e300), json::value(19.5e6), json::value("19922944"), json::value(nullptr)})
    refused("memory", value);
  for (const json::value& value : {json::value(0), json::value(1), json::value(5), json::value(1 << 30), json::value(-3), json::value(2.5)})
    refused("ops", value);
  SealedKey made = sealed_at_the_least();
  made.cost.memory = std::uint64_t{1} << 40;
  EXPECT_EQ(unseal(made, passphrase()).error().code, Code::bad_key) << "nor where it came another way";
}
TEST_F(KeyFiles, AProgramsOwnKeyMustNotBeSealed) {
  const auto sealed = sealed_at_the_least();
  ASSERT_TRUE(write_key_files(file, to_line(sealed), sealed.key));
  const auto read = read_secret_key(file);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::bad_key);
  EXPECT_NE(read.error().what.find("sealed with a passphrase"), std::string::npos) << read.error().what;
}
TEST_F(KeyFiles, ASealedKeyThatOthersMayReadIsRefusedToo) {
  put(file, to_line(sealed_at_the_least()), 0640);
  EXPECT_EQ(read_any_secret_key(file).error().code, Code::bad_key);
}
TEST_F(KeyFiles, APassphraseIsAFilesFirstLine) {
  put(file, "one two three four\r\nmore\n");
  EXPECT_EQ(read_secret_line(file)->view(), "one two three four");
  put(file, "no line feed");
  EXPECT_EQ(read_secret_line(file)->view(), "no line feed");
  for (const auto* text : {"", "\n", "\r\n", "\nsecond"}) {
    put(file, text);
    EXPECT_EQ(read_secret_line(file).error().code, Code::bad_key);
  }
  put(file, std::string(5000, 'x'));
  EXPECT_EQ(read_secret_line(file).error().code, Code::too_large);
  put(file, "one two three four", 0644);
  EXPECT_EQ(read_secret_line(file).error().code, Code::bad_key);
  EXPECT_EQ(read_secret_line(folder.path()).error().code, Code::io) << "a folder";
}
TEST(SecretTexts, GrowToTheirLimitAndAreCut) {
  SecretText text{"ab"};
  EXPECT_FALSE(text.add(std::string(SecretText::limit - 1, 'x')));
  EXPECT_EQ(text.view(), "ab") << "nothing was added";
  EXPECT_TRUE(text.add(std::string(SecretText::limit - 2, 'x')));
  text.cut(1);
  EXPECT_EQ(text.view(), "a");
  SecretText other{"b"};
  other = std::move(text);
  EXPECT_EQ(other.view(), "a");
}
}  // namespace
}  // namespace kulla
