#include "base/hash.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>
#include <new>

namespace kulla {
namespace {
// libsodium wants to be started once before use; every path into it passes through this file or keys.cpp.
const bool sodium_ready = [] { return sodium_init() >= 0; }();
static_assert(sizeof(crypto_hash_sha256_state) <= 128);
crypto_hash_sha256_state* state_of(std::array<std::uint8_t, 128>& storage) {
  return std::launder(reinterpret_cast<crypto_hash_sha256_state*>(storage.data()));
}
const unsigned char* bytes_of(const void* data) { return static_cast<const unsigned char*>(data); }
}  // namespace

Digest sha256(std::string_view data) {
  Digest digest;
  crypto_hash_sha256(digest.bytes.data(), bytes_of(data.data()), data.size());
  return digest;
}

Sha256::Sha256() : state_{} {
  ::new (state_.data()) crypto_hash_sha256_state;
  crypto_hash_sha256_init(state_of(state_));
}
void Sha256::add(std::span<const std::byte> data) { crypto_hash_sha256_update(state_of(state_), bytes_of(data.data()), data.size()); }
void Sha256::add(std::string_view data) { add(std::as_bytes(std::span{data})); }
Digest Sha256::finish() {
  Digest digest;
  crypto_hash_sha256_final(state_of(state_), digest.bytes.data());
  return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  std::size_t length = 0;
  return sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length, nullptr) == 0 && length == out.size();
}

Result<Digest> digest_from_hex(std::string_view text) {
  Digest digest;
  if (!from_hex(text, digest.bytes))
    return fail(Code::bad_json, fmt::format("'{}' is not a SHA-256 in lower-case hexadecimal", text.substr(0, 80)));
  return digest;
}

std::string Pseudonyms::of(std::string_view text) const {
  std::array<std::uint8_t, 8> out{};
  static_assert(crypto_generichash_KEYBYTES == 32);
  std::array<std::uint8_t, 32> full{};
  crypto_generichash(full.data(), full.size(), bytes_of(text.data()), text.size(), key_.bytes.data(), key_.bytes.size());
  std::memcpy(out.data(), full.data(), out.size());
  return to_hex(out);
}

Digest random_digest() {
  Digest digest;
  randombytes_buf(digest.bytes.data(), digest.bytes.size());
  return digest;
}
}  // namespace kulla
