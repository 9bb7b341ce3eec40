// A person's key on the command line: a key file, sealed with a passphrase or not, or a key on a token that never leaves it.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/keys.hpp"

namespace kulla::cli {

struct KeyOptions {
  std::string key;              ///< a file, or "pkcs11:…" (RFC 7512) where a token will do
  std::string passphrase_file;  ///< its first line opens a sealed file; empty: ask on the terminal
};
/// Adds --key (returned) and --passphrase-file.
CLI::Option* add_key_options(CLI::App& command, KeyOptions& options, const std::string& description);

class Signer {
 public:
  Signer() = default;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  virtual ~Signer() = default;
  [[nodiscard]] virtual PublicKey public_key() const = 0;
  /// Asks for the passphrase or the PIN, so first show what is signed. What it returns verifies with public_key().
  [[nodiscard]] virtual Result<Signature> sign(std::string_view message) = 0;
};
/// Finds the key; asks for nothing yet.
[[nodiscard]] Result<std::unique_ptr<Signer>> find_signer(const KeyOptions& options);
/// The secret key itself, of a file, for what signs by itself later; asks for the passphrase where it is sealed.
[[nodiscard]] Result<SecretKey> unlock_key(const KeyOptions& options);

}  // namespace kulla::cli
