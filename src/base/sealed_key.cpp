#include "base/sealed_key.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include "base/canonical_json.hpp"
#include "base/hash.hpp"

namespace kulla {
namespace {
static_assert(std::tuple_size_v<decltype(SealedKey::salt)> == crypto_pwhash_argon2id_SALTBYTES);
static_assert(std::tuple_size_v<decltype(SealedKey::nonce)> == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(std::tuple_size_v<decltype(SealedKey::box)> == 32 + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(lowest_seal_cost.ops >= crypto_pwhash_argon2id_OPSLIMIT_MIN &&
              highest_seal_cost.memory <= crypto_pwhash_argon2id_MEMLIMIT_MAX);

constexpr std::string_view tag = "ed25519-sealed";
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

bool within_bounds(const SealCost& cost) {
  return cost.ops >= lowest_seal_cost.ops && cost.ops <= highest_seal_cost.ops && cost.memory >= lowest_seal_cost.memory &&
         cost.memory <= highest_seal_cost.memory;
}

json::object header(const SealedKey& sealed) {
  return {{"kulla", tag},
          {"key", to_hex(sealed.key)},
          {"ops", sealed.cost.ops},
          {"memory", sealed.cost.memory},
          {"salt", to_hex(sealed.salt)},
          {"nonce", to_hex(sealed.nonce)}};
}

struct Key {
  std::array<std::uint8_t, crypto_aead_xchacha20poly1305_ietf_KEYBYTES> bytes{};
  ~Key() { wipe(bytes.data(), bytes.size()); }
};
/// False where the memory cannot be had.
bool derive(const SealedKey& sealed, const SecretText& passphrase, Key& key) {
  return crypto_pwhash_argon2id(key.bytes.data(), key.bytes.size(), passphrase.view().data(), passphrase.view().size(), sealed.salt.data(),
                                sealed.cost.ops, sealed.cost.memory, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
}
std::unexpected<Error> no_memory(const SealCost& cost) {
  return fail(Code::too_large, fmt::format("the passphrase needs {} MiB of memory, which cannot be had", cost.memory >> 20));
}

bool read_bytes(const json::object& object, std::string_view name, std::span<std::uint8_t> out) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() && from_hex(value->get_string(), out);
}
bool read_number(const json::object& object, std::string_view name, std::uint64_t& out) {
  const auto* value = object.if_contains(name);
  boost::system::error_code error;
  if (value && value->is_number()) out = value->to_number<std::uint64_t>(error);
  return value && value->is_number() && !error;
}
}  // namespace

Result<SealedKey> seal(const SecretKey& key, const SecretText& passphrase, const SealCost& cost) {
  KULLA_ASSERT(within_bounds(cost));
  if (passphrase.view().size() < shortest_passphrase)
    return fail(Code::bad_key, fmt::format("the passphrase has fewer than {} characters", shortest_passphrase));
  SealedKey sealed{.key = key.public_key(), .cost = cost};
  randombytes_buf(sealed.salt.data(), sealed.salt.size());
  randombytes_buf(sealed.nonce.data(), sealed.nonce.size());
  Key derived;
  if (!derive(sealed, passphrase, derived)) return no_memory(cost);
  const auto added = canonical(header(sealed));
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.box.data(), nullptr, key.seed().data(), key.seed().size(), bytes_of(added),
                                             added.size(), nullptr, sealed.nonce.data(), derived.bytes.data());
  return sealed;
}

Result<SecretKey> unseal(const SealedKey& sealed, const SecretText& passphrase) {
  if (!within_bounds(sealed.cost)) return fail(Code::bad_key, "the seal costs less or more than it may");
  Key derived;
  if (!derive(sealed, passphrase, derived)) return no_memory(sealed.cost);
  const auto added = canonical(header(sealed));
  std::array<std::uint8_t, 32> seed{};
  const bool opened =
      crypto_aead_xchacha20poly1305_ietf_decrypt(seed.data(), nullptr, nullptr, sealed.box.data(), sealed.box.size(), bytes_of(added),
                                                 added.size(), sealed.nonce.data(), derived.bytes.data()) == 0;
  auto key = SecretKey::from_seed(seed);
  wipe(seed.data(), seed.size());
  if (!opened || key.public_key() != sealed.key) return fail(Code::bad_key, "the passphrase is wrong, or the file was altered");
  return key;
}

std::string to_line(const SealedKey& sealed) {
  auto object = header(sealed);
  object["box"] = to_hex(sealed.box);
  return canonical(object) + "\n";
}

Result<SealedKey> sealed_key_from_text(std::string_view text) {
  constexpr std::size_t members = 7;
  const auto parsed = parse_json(text, SecretText::limit);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto* kind = object ? object->if_contains("kulla") : nullptr;
  SealedKey sealed;
  if (!kind || !kind->is_string() || kind->get_string() != tag || object->size() != members ||
      !read_bytes(*object, "key", sealed.key.bytes) || !read_bytes(*object, "salt", sealed.salt) ||
      !read_bytes(*object, "nonce", sealed.nonce) || !read_bytes(*object, "box", sealed.box) ||
      !read_number(*object, "ops", sealed.cost.ops) || !read_number(*object, "memory", sealed.cost.memory))
    return fail(Code::bad_key, fmt::format("not an {} key file", tag));
  if (!within_bounds(sealed.cost))
    return fail(Code::bad_key, fmt::format("ops {} and memory {} are not within {} to {} and {} to {}", sealed.cost.ops, sealed.cost.memory,
                                           lowest_seal_cost.ops, highest_seal_cost.ops, lowest_seal_cost.memory, highest_seal_cost.memory));
  return sealed;
}

Result<AnySecretKey> any_secret_key_from_text(std::string_view text) {
  if (!text.contains(tag)) {
    KULLA_TRY(auto key, secret_key_from_text(text));
    return key;
  }
  KULLA_TRY(auto sealed, sealed_key_from_text(text));
  return sealed;
}
Result<AnySecretKey> read_any_secret_key(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_secret_file(file));
  auto key = any_secret_key_from_text(text.view());
  if (!key) return std::unexpected(std::move(key).error().in(file.string()));
  return key;
}
PublicKey public_key_of(const AnySecretKey& key) {
  if (const auto* sealed = std::get_if<SealedKey>(&key)) return sealed->key;
  return std::get<SecretKey>(key).public_key();
}
}  // namespace kulla
