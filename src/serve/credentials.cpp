// Passwords and one-time codes of accounts.hpp, by libsodium and liboath.
#include <fmt/format.h>
#include <liboath/oath.h>
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "base/secret_text.hpp"
#include "serve/accounts.hpp"

namespace kulla::serve {
namespace {
constexpr unsigned step_seconds = 30;
constexpr std::size_t code_digits = 6;
constexpr std::size_t steps_around = 1;         // a telephone's clock that is half a minute off
constexpr std::size_t secret_size = 20;         // RFC 4226, section 4, R6: 160 bits

bool ready() {
  static const bool made = sodium_init() >= 0 && oath_init() == OATH_OK;
  return made;
}

struct Decoded {
  char* bytes = nullptr;
  std::size_t size = 0;
  Decoded() = default;
  Decoded(const Decoded&) = delete;
  ~Decoded() {
    if (bytes) wipe(bytes, size);
    std::free(bytes);
  }
};
}  // namespace

Result<std::string> hash_password(std::string_view password, PasswordCost cost) {
  if (password.size() < shortest_password || password.size() > longest_password)
    return fail(Code::bad_argument, fmt::format("a password has {} to {} bytes", shortest_password, longest_password));
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (!ready() ||
      crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(Code::io, fmt::format("hashing a password: no {} MiB of memory", cost.memory >> 20));
  return std::string{hash.data()};
}

bool is_password(std::string_view hash, std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};  // libsodium reads all of it
  if (!ready() || hash.size() >= text.size()) return false;
  std::ranges::copy(hash, text.begin());
  return crypto_pwhash_str_verify(text.data(), password.data(), password.size()) == 0;
}

std::optional<std::int64_t> totp_step(const std::string& secret, const std::string& code, Timestamp now) {
  if (!ready() || code.size() != code_digits || code.find_first_not_of("0123456789") != std::string::npos) return {};
  Decoded key;
  if (oath_base32_decode(secret.data(), secret.size(), &key.bytes, &key.size) != OATH_OK || key.size == 0) return {};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  int distance = 0;
  if (oath_totp_validate2(key.bytes, key.size, seconds, step_seconds, 0, steps_around, &distance, code.c_str()) < 0) return {};
  return seconds / step_seconds + distance;
}

Result<std::string> new_totp_secret() {
  if (!ready()) return fail(Code::io, "libsodium or liboath does not start");
  std::array<char, secret_size> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  Decoded text;
  const bool made = oath_base32_encode(bytes.data(), bytes.size(), &text.bytes, &text.size) == OATH_OK;
  wipe(bytes.data(), bytes.size());
  if (!made) return fail(Code::io, "liboath cannot write a secret");
  return std::string{text.bytes, text.size};
}

std::string totp_uri(const PersonId& person, const std::string& secret) {
  return fmt::format("otpauth://totp/kulla:{}?secret={}&issuer=kulla", person.str(), secret);
}

}  // namespace kulla::serve
