#include "cli/signer.hpp"

#include <fmt/format.h>

#include "base/sealed_key.hpp"
#include "cli/ask.hpp"
#include "cli/token.hpp"

namespace kulla::cli {
namespace {
Result<SecretKey> opened(const AnySecretKey& key, const KeyOptions& options) {
  const auto* sealed = std::get_if<SealedKey>(&key);
  if (!sealed) return std::get<SecretKey>(key);
  KULLA_TRY(const auto passphrase, options.passphrase_file.empty() ? ask_secret(fmt::format("Passphrase of {}: ", options.key))
                                                                   : read_secret_line(options.passphrase_file));
  auto secret = unseal(*sealed, passphrase);
  if (!secret) return std::unexpected(std::move(secret).error().in(options.key));
  return secret;
}

class KeyFile final : public Signer {
 public:
  KeyFile(AnySecretKey key, KeyOptions options) : key_(std::move(key)), options_(std::move(options)) {}
  [[nodiscard]] PublicKey public_key() const override { return public_key_of(key_); }
  [[nodiscard]] Result<Signature> sign(std::string_view message) override {
    KULLA_TRY(const auto secret, opened(key_, options_));
    return secret.sign(message);
  }

 private:
  AnySecretKey key_;
  KeyOptions options_;
};
}  // namespace

CLI::Option* add_key_options(CLI::App& command, KeyOptions& options, const std::string& description) {
  auto* key = command.add_option("--key", options.key, description);
  command
      .add_option("--passphrase-file", options.passphrase_file,
                  "its first line opens the key, where that is sealed; else you are asked for it")
      ->needs(key);
  return key;
}

Result<std::unique_ptr<Signer>> find_signer(const KeyOptions& options) {
  if (is_token_uri(options.key)) return find_token_key(options.key);
  KULLA_TRY(auto key, read_any_secret_key(options.key));
  return std::make_unique<KeyFile>(std::move(key), options);
}

Result<SecretKey> unlock_key(const KeyOptions& options) {
  if (is_token_uri(options.key)) return fail(Code::bad_argument, "a baseline is signed with a key file, not on a token");
  KULLA_TRY(const auto key, read_any_secret_key(options.key));
  return opened(key, options);
}
}  // namespace kulla::cli
