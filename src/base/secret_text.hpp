// Text that must not stay in memory: key files as they are read, passphrases, PINs. Wiped when it goes; never copied, never moved by growing.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kulla {

/// Overwrites memory, where the compiler may not leave it out (sodium_memzero).
void wipe(void* memory, std::size_t size);

class SecretText {
 public:
  static constexpr std::size_t limit = 4096;  ///< a key file is one short line, a passphrase a sentence
  SecretText();
  /// At most `limit` bytes of it.
  explicit SecretText(std::string_view text);
  SecretText(SecretText&&) noexcept = default;
  SecretText& operator=(SecretText&& other) noexcept;
  ~SecretText();
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// False where it would be more than `limit`; nothing is added then.
  [[nodiscard]] bool add(std::string_view text);
  /// Only the first `size` bytes are left.
  void cut(std::size_t size);

 private:
  std::vector<char> bytes_;  // not a string, whose short text stays behind when it is moved
};

/// The whole of a file with a secret. Refuses one that others than its owner may read (Code::bad_key), and one over the limit (Code::too_large).
[[nodiscard]] Result<SecretText> read_secret_file(const std::filesystem::path& file);
/// Its first line: a passphrase or a PIN, for automation. An empty one is Code::bad_key.
[[nodiscard]] Result<SecretText> read_secret_line(const std::filesystem::path& file);

}  // namespace kulla
