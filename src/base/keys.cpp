#include "base/keys.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <boost/json.hpp>

#include "base/file.hpp"
#include "base/hash.hpp"

namespace kulla {
namespace json = boost::json;
namespace {
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
const bool sodium_ready = [] { return sodium_init() >= 0; }();
constexpr std::size_t key_file_limit = 4096;  // a key file is one short line

Result<std::string> read_field(const std::filesystem::path& file, std::string_view kind, std::string_view field) {
  KULLA_TRY(auto text, read_file(file, key_file_limit));
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* tag = object ? object->if_contains("kulla") : nullptr;
  const auto* key = object ? object->if_contains(field) : nullptr;
  if (!tag || !tag->is_string() || tag->get_string() != kind || !key || !key->is_string())
    return fail(Code::bad_key, fmt::format("{}: not an {} key file", file.string(), kind));
  return std::string(key->get_string());
}
}  // namespace

SecretKey SecretKey::generate() {
  std::array<std::uint8_t, 32> seed{};
  randombytes_buf(seed.data(), seed.size());
  return from_seed(seed);
}
SecretKey SecretKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  SecretKey key;
  key.seed_ = seed;
  std::array<std::uint8_t, 32> unused{};
  crypto_sign_seed_keypair(unused.data(), key.secret_.data(), seed.data());
  return key;
}
SecretKey::~SecretKey() {
  sodium_memzero(seed_.data(), seed_.size());
  sodium_memzero(secret_.data(), secret_.size());
}
PublicKey SecretKey::public_key() const {
  PublicKey key;
  crypto_sign_ed25519_sk_to_pk(key.bytes.data(), secret_.data());
  return key;
}
Signature SecretKey::sign(std::string_view message) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, bytes_of(message), message.size(), secret_.data());
  return signature;
}

bool verify(const PublicKey& key, std::string_view message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), bytes_of(message), message.size(), key.bytes.data()) == 0;
}

std::string to_hex(const PublicKey& key) { return to_hex(std::span<const std::uint8_t>{key.bytes}); }
std::string to_hex(const Signature& signature) { return to_hex(std::span<const std::uint8_t>{signature.bytes}); }
Result<PublicKey> public_key_from_hex(std::string_view text) {
  PublicKey key;
  if (!from_hex(text, key.bytes)) return fail(Code::bad_key, "a public key is 64 lower-case hexadecimal digits");
  return key;
}
Result<Signature> signature_from_hex(std::string_view text) {
  Signature signature;
  if (!from_hex(text, signature.bytes)) return fail(Code::bad_signature, "a signature is 128 lower-case hexadecimal digits");
  return signature;
}
std::string fingerprint(const PublicKey& key) { return to_hex(key).substr(0, 16); }

Result<PublicKey> write_key_files(const std::filesystem::path& file, const SecretKey& key) {
  auto pub = file;
  pub += ".pub";
  for (const auto& path : {file, pub})
    if (std::filesystem::exists(path))
      return fail(Code::bad_key, fmt::format("{}: exists already; keys are never overwritten", path.string()));
  const auto secret = json::object{{"kulla", "ed25519-secret"}, {"seed", to_hex(std::span<const std::uint8_t>{key.seed()})}};
  const auto open = json::object{{"kulla", "ed25519-public"}, {"key", to_hex(key.public_key())}};
  KULLA_CHECK(write_file_atomic(file, json::serialize(secret) + "\n", 0600));
  KULLA_CHECK(write_file_atomic(pub, json::serialize(open) + "\n", 0644));
  return key.public_key();
}

Result<SecretKey> read_secret_key(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return fail_errno(file.string());
  if ((status.st_mode & 077) != 0)
    return fail(Code::bad_key, fmt::format("{}: others may read this secret key; run 'chmod 600 {}'", file.string(), file.string()));
  KULLA_TRY(auto text, read_field(file, "ed25519-secret", "seed"));
  std::array<std::uint8_t, 32> seed{};
  if (!from_hex(text, seed)) return fail(Code::bad_key, fmt::format("{}: the seed is not 64 hexadecimal digits", file.string()));
  return SecretKey::from_seed(seed);
}

Result<PublicKey> read_public_key(const std::filesystem::path& file) {
  KULLA_TRY(auto text, read_field(file, "ed25519-public", "key"));
  return public_key_from_hex(text);
}
}  // namespace kulla
