// Ed25519 keys (RFC 8032, libsodium): in memory and as files.
// A secret key file is one line of JSON, mode 0600: {"kulla":"ed25519-secret","seed":HEX}; FILE.pub: {"kulla":"ed25519-public","key":HEX}.
// A person's may be sealed with a passphrase instead: base/sealed_key.hpp.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla {

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};
struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  friend auto operator<=>(const Signature&, const Signature&) = default;
};

/// A secret key; wiped when it goes.
class SecretKey {
 public:
  [[nodiscard]] static SecretKey generate();
  [[nodiscard]] static SecretKey from_seed(const std::array<std::uint8_t, 32>& seed);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] Signature sign(std::string_view message) const;
  [[nodiscard]] const std::array<std::uint8_t, 32>& seed() const { return seed_; }

 private:
  SecretKey() = default;
  std::array<std::uint8_t, 32> seed_{};
  std::array<std::uint8_t, 64> secret_{};
};

[[nodiscard]] bool verify(const PublicKey& key, std::string_view message, const Signature& signature);

[[nodiscard]] std::string to_hex(const PublicKey& key);
[[nodiscard]] std::string to_hex(const Signature& signature);
[[nodiscard]] Result<PublicKey> public_key_from_hex(std::string_view text);
[[nodiscard]] Result<Signature> signature_from_hex(std::string_view text);
/// First 16 hexadecimal digits, to show to people.
[[nodiscard]] std::string fingerprint(const PublicKey& key);

/// Writes FILE (0600) and FILE.pub; refuses to overwrite either.
[[nodiscard]] Result<PublicKey> write_key_files(const std::filesystem::path& file, const SecretKey& key);
/// The same with the line that FILE is to hold.
[[nodiscard]] Result<PublicKey> write_key_files(const std::filesystem::path& file, std::string_view line, const PublicKey& key);
/// Writes a FILE.pub alone; refuses to overwrite it.
[[nodiscard]] Result<> write_public_key(const std::filesystem::path& file, const PublicKey& key);
/// What a secret key file holds; a sealed one is Code::bad_key, as everything else is.
[[nodiscard]] Result<SecretKey> secret_key_from_text(std::string_view text);
/// A program's own key: refuses a file that others than its owner may read, and one that is sealed, as nobody is there to open it.
[[nodiscard]] Result<SecretKey> read_secret_key(const std::filesystem::path& file);
[[nodiscard]] Result<PublicKey> read_public_key(const std::filesystem::path& file);

}  // namespace kulla
