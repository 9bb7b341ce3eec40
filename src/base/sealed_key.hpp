// A person's secret key under a passphrase: Argon2id (RFC 9106) makes the key, XChaCha20-Poly1305 (libsodium's IETF form) seals the seed.
// One line of canonical JSON (RFC 8785), mode 0600, hexadecimal in lower case:
//   {"box":HEX48,"key":HEX32,"kulla":"ed25519-sealed","memory":BYTES,"nonce":HEX24,"ops":N,"salt":HEX16}
// `key` is the public half. The additional data is the same line without "box" and without the line feed.
#pragma once
#include <variant>

#include "base/keys.hpp"
#include "base/secret_text.hpp"

namespace kulla {

/// What one guess costs. Read from a file, so bounded: below, guessing is cheap; above, the file would take the machine's memory and time.
struct SealCost {
  std::uint64_t ops, memory;  ///< passes, and bytes that each goes over
  friend bool operator==(const SealCost&, const SealCost&) = default;
};
inline constexpr SealCost lowest_seal_cost{2, std::uint64_t{19} << 20};    // OWASP's least for Argon2id
inline constexpr SealCost usual_seal_cost{3, std::uint64_t{256} << 20};    // libsodium's "moderate": about a second
inline constexpr SealCost highest_seal_cost{4, std::uint64_t{1024} << 20};  // libsodium's "sensitive": about five seconds
inline constexpr std::size_t shortest_passphrase = 12;  // bytes; a stolen file is guessed at without anybody noticing

struct SealedKey {
  PublicKey key;  ///< as the file says it: true only once it was unsealed
  SealCost cost = usual_seal_cost;
  std::array<std::uint8_t, 16> salt{};
  std::array<std::uint8_t, 24> nonce{};
  std::array<std::uint8_t, 48> box{};  ///< the seed and its tag
  friend bool operator==(const SealedKey&, const SealedKey&) = default;
};

/// Takes a second and the cost's memory. Code::bad_key where the passphrase is too short, Code::too_large where there is no such memory.
[[nodiscard]] Result<SealedKey> seal(const SecretKey& key, const SecretText& passphrase, const SealCost& cost = usual_seal_cost);
/// Code::bad_key where the passphrase is wrong or anything in the file was altered, without saying which.
[[nodiscard]] Result<SecretKey> unseal(const SealedKey& sealed, const SecretText& passphrase);

/// The line, with its line feed.
[[nodiscard]] std::string to_line(const SealedKey& sealed);
/// Refuses (Code::bad_key) what is not whole, has more in it, or costs less or more than it may.
[[nodiscard]] Result<SealedKey> sealed_key_from_text(std::string_view text);

using AnySecretKey = std::variant<SecretKey, SealedKey>;
[[nodiscard]] Result<AnySecretKey> any_secret_key_from_text(std::string_view text);
/// A person's key, sealed or not. Refuses a file that others than its owner may read.
[[nodiscard]] Result<AnySecretKey> read_any_secret_key(const std::filesystem::path& file);
[[nodiscard]] PublicKey public_key_of(const AnySecretKey& key);

}  // namespace kulla
