#include "base/keys.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/json.hpp>
#include <new>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/secret_text.hpp"

namespace kulla {
namespace json = boost::json;
namespace {
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
const bool sodium_ready = [] { return sodium_init() >= 0; }();
constexpr std::size_t key_file_limit = 4096;  // a key file is one short line

Result<std::string> field_of(const json::value& value, std::string_view kind, std::string_view field) {
  const auto* object = value.if_object();
  const auto* tag = object ? object->if_contains("kulla") : nullptr;
  if (kind == "ed25519-secret" && tag && *tag == "ed25519-sealed")
    return fail(Code::bad_key, "it is sealed with a passphrase, which only a person can give; a program's own key is made without one");
  const auto* key = object ? object->if_contains(field) : nullptr;
  if (!tag || !tag->is_string() || tag->get_string() != kind || !key || !key->is_string())
    return fail(Code::bad_key, fmt::format("not an {} key file", kind));
  return std::string(key->get_string());
}

/// JSON whose every byte of memory is wiped when it goes.
class SecretJson {
 public:
  explicit SecretJson(std::string_view text) {
    boost::system::error_code error;
    try {
      json::parser parser{{}, {}, work_.data(), work_.size()};
      parser.reset(&values_);
      parser.write(text, error);
      if (!error) value_ = parser.release();
    } catch (const std::bad_alloc&) {
      value_ = nullptr;  // more values than a key file has
    }
  }
  SecretJson(const SecretJson&) = delete;
  SecretJson& operator=(const SecretJson&) = delete;
  ~SecretJson() {
    value_ = nullptr;
    wipe(work_.data(), work_.size());
    wipe(memory_.data(), memory_.size());
  }
  [[nodiscard]] const json::value& value() const { return value_; }

 private:
  std::array<unsigned char, 4 * key_file_limit> work_, memory_;
  json::static_resource values_{memory_.data(), memory_.size()};
  json::value value_ = json::value(json::storage_ptr(&values_));
};
}  // namespace

SecretKey SecretKey::generate() {
  std::array<std::uint8_t, 32> seed{};
  randombytes_buf(seed.data(), seed.size());
  auto key = from_seed(seed);
  wipe(seed.data(), seed.size());
  return key;
}
SecretKey SecretKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  SecretKey key;
  key.seed_ = seed;
  std::array<std::uint8_t, 32> unused{};
  crypto_sign_seed_keypair(unused.data(), key.secret_.data(), seed.data());
  return key;
}
SecretKey::~SecretKey() {
  wipe(seed_.data(), seed_.size());
  wipe(secret_.data(), secret_.size());
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

Result<> write_public_key(const std::filesystem::path& file, const PublicKey& key) {
  if (std::filesystem::exists(file))
    return fail(Code::bad_key, fmt::format("{}: exists already; keys are never overwritten", file.string()));
  const auto object = json::object{{"kulla", "ed25519-public"}, {"key", to_hex(key)}};
  return write_file_atomic(file, json::serialize(object) + "\n", 0644);
}
Result<PublicKey> write_key_files(const std::filesystem::path& file, std::string_view line, const PublicKey& key) {
  auto pub = file;
  pub += ".pub";
  for (const auto& path : {file, pub})
    if (std::filesystem::exists(path))
      return fail(Code::bad_key, fmt::format("{}: exists already; keys are never overwritten", path.string()));
  KULLA_CHECK(write_file_atomic(file, line, 0600));
  KULLA_CHECK(write_public_key(pub, key));
  return key;
}
Result<PublicKey> write_key_files(const std::filesystem::path& file, const SecretKey& key) {
  auto seed = to_hex(std::span<const std::uint8_t>{key.seed()});
  SecretText line;
  KULLA_ASSERT(line.add(R"({"kulla":"ed25519-secret","seed":")") && line.add(seed) && line.add("\"}\n"));
  wipe(seed.data(), seed.size());
  return write_key_files(file, line.view(), key.public_key());
}

Result<SecretKey> secret_key_from_text(std::string_view text) {
  const SecretJson parsed{text};
  KULLA_TRY(auto hex, field_of(parsed.value(), "ed25519-secret", "seed"));
  std::array<std::uint8_t, 32> seed{};
  const bool whole = from_hex(hex, seed);
  auto key = SecretKey::from_seed(seed);
  wipe(hex.data(), hex.size());
  wipe(seed.data(), seed.size());
  if (!whole) return fail(Code::bad_key, "the seed is not 64 hexadecimal digits");
  return key;
}
Result<SecretKey> read_secret_key(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_secret_file(file));
  auto key = secret_key_from_text(text.view());
  if (!key) return std::unexpected(std::move(key).error().in(file.string()));
  return key;
}

Result<PublicKey> read_public_key(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_file(file, key_file_limit));
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  auto hex = field_of(error ? json::value{} : value, "ed25519-public", "key");
  if (!hex) return std::unexpected(std::move(hex).error().in(file.string()));
  auto key = public_key_from_hex(*hex);
  if (!key) return std::unexpected(std::move(key).error().in(file.string()));
  return key;
}
}  // namespace kulla
