// SHA-256 (OpenSSL: it uses what the processor has for it), hexadecimal, keyed pseudonyms (libsodium).
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct evp_md_ctx_st;

namespace kulla {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
  [[nodiscard]] bool is_zero() const { return *this == Digest{}; }
};

[[nodiscard]] Digest sha256(std::string_view data);
/// In pieces: add, add, …, finish once.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> data);
  void add(std::string_view data);
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* state) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> state_;
};

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
[[nodiscard]] inline std::string to_hex(const Digest& digest) { return to_hex(digest.bytes); }
/// Lower-case hexadecimal of exactly `out.size()` bytes.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::uint8_t> out);
[[nodiscard]] Result<Digest> digest_from_hex(std::string_view text);

/// A keyed pseudonym of something personal: 16 lower-case letters and digits, the same for the same key and text.
class Pseudonyms {
 public:
  explicit Pseudonyms(const Digest& key) : key_(key) {}
  [[nodiscard]] std::string of(std::string_view text) const;

 private:
  Digest key_;
};

[[nodiscard]] Digest random_digest();

}  // namespace kulla
