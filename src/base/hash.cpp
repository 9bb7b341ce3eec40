#include "base/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <cstring>

namespace kulla {
namespace {
// libsodium wants to be started once before use; every path into it passes through this file or keys.cpp.
const bool sodium_ready = [] { return sodium_init() >= 0; }();

const unsigned char* bytes_of(const void* data) { return static_cast<const unsigned char*>(data); }

// Looked up once: by name it costs more than the hash of a short text.
const EVP_MD* algorithm() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return sha256;
}
}  // namespace

Sha256::Sha256() : state_{EVP_MD_CTX_new()} { KULLA_ASSERT(state_ && EVP_DigestInit_ex2(state_.get(), algorithm(), nullptr) == 1); }
void Sha256::Free::operator()(evp_md_ctx_st* state) const { EVP_MD_CTX_free(state); }
void Sha256::add(std::span<const std::byte> data) { KULLA_ASSERT(EVP_DigestUpdate(state_.get(), data.data(), data.size()) == 1); }
void Sha256::add(std::string_view data) { add(std::as_bytes(std::span{data})); }
Digest Sha256::finish() {
  Digest digest;
  KULLA_ASSERT(EVP_DigestFinal_ex(state_.get(), digest.bytes.data(), nullptr) == 1);
  return digest;
}

Digest sha256(std::string_view data) {
  Sha256 hash;
  hash.add(data);
  return hash.finish();
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
