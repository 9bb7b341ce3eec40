// kulla key: Ed25519 keys of people, of the daemon's ledger and of baselines.
#include <fmt/format.h>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/sealed_key.hpp"
#include "cli/ask.hpp"
#include "cli/command.hpp"
#include "cli/signer.hpp"
#include "cli/token.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::string file, passphrase_file, new_passphrase_file, output, format = "text";
  bool passphrase = false;
};

/// Of a public key file, of a secret one (a sealed one says it itself), or of a key on a token.
Result<PublicKey> public_half(const Choice& choice) {
  if (is_token_uri(choice.file)) {
    KULLA_TRY(const auto signer, find_token_key(choice.file));
    return signer->public_key();
  }
  auto open = read_public_key(choice.file);
  if (open || open.error().code != Code::bad_key) return open;
  KULLA_TRY(const auto secret, read_any_secret_key(choice.file));
  return public_key_of(secret);
}

Result<PublicKey> show_key(const Choice& choice) {
  KULLA_TRY(const auto key, public_half(choice));
  if (!choice.output.empty()) KULLA_CHECK(write_public_key(choice.output, key));
  return key;
}

Result<SecretText> new_passphrase(const Choice& choice) {
  return choice.new_passphrase_file.empty() ? ask_new_passphrase(choice.file) : read_secret_line(choice.new_passphrase_file);
}

Result<PublicKey> make_key(const Choice& choice) {
  const auto key = SecretKey::generate();
  if (!choice.passphrase && choice.new_passphrase_file.empty()) return write_key_files(choice.file, key);
  if (std::filesystem::exists(choice.file))
    return fail(Code::bad_key, fmt::format("{}: exists already; keys are never overwritten", choice.file));
  KULLA_TRY(const auto passphrase, new_passphrase(choice));
  KULLA_TRY(const auto sealed, seal(key, passphrase));
  return write_key_files(choice.file, to_line(sealed), sealed.key);
}

/// Seals a plain key, or seals anew with another passphrase. What is written is unsealed once before it takes the old one's place.
Result<PublicKey> seal_key(const Choice& choice) {
  KULLA_TRY(const auto key, unlock_key({choice.file, choice.passphrase_file}));
  KULLA_TRY(const auto passphrase, new_passphrase(choice));
  KULLA_TRY(const auto sealed, seal(key, passphrase));
  KULLA_CHECK(unseal(sealed, passphrase));
  std::error_code error;
  const auto file = std::filesystem::canonical(choice.file, error);  // a link stays one, and no plain key is left behind it
  if (error) return fail(Code::io, fmt::format("{}: {}", choice.file, error.message()));
  KULLA_CHECK(write_file_atomic(file, to_line(sealed), 0600));
  return sealed.key;
}

int print(const Choice& choice, const Result<PublicKey>& key) {
  if (!key) return complain(key.error());
  if (choice.format == "ndjson")
    fmt::print("{}\n", canonical(json::object{{"file", choice.file}, {"fingerprint", fingerprint(*key)}, {"key", to_hex(*key)}}));
  else fmt::print("{}  {}\n", fingerprint(*key), to_hex(*key));
  return done;
}
}  // namespace

void add_key(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* key = context.app.add_subcommand("key", "Make, seal and show Ed25519 keys: of officers who approve, of the ledger, of baselines");
  key->require_subcommand(1);
  key->footer("Example:\n  kulla key new ana.key --passphrase && kulla key show ana.key.pub");
  auto* make = key->add_subcommand("new", "Make a key pair: FILE (secret, 0600) and FILE.pub");
  auto* sealer = key->add_subcommand("seal", "Seal a secret key with a passphrase, or give it another one; FILE is replaced whole");
  auto* show = key->add_subcommand("show", "Show the public half of a key: fingerprint and key");
  make->add_option("FILE", choice->file, "the key file")->required();
  sealer->add_option("FILE", choice->file, "the secret key file")->required();
  show->add_option("FILE", choice->file, "FILE.pub or FILE, sealed or not, or a key on a token as pkcs11:…")->required();
  show->add_option("-o,--output", choice->output, "write it to this file too, as FILE.pub is; for the config, of a key on a token");
  make->add_flag("--passphrase", choice->passphrase, "seal it with a passphrase, asked for twice; for keys that people hold");
  make->add_option("--passphrase-file", choice->new_passphrase_file, "seal it with this file's first line");
  sealer->add_option("--passphrase-file", choice->passphrase_file, "its first line opens the key, where that is sealed already");
  sealer->add_option("--new-passphrase-file", choice->new_passphrase_file,
                     "its first line is the new passphrase; else you are asked for it");
  for (auto* command : {make, sealer, show})
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  make->footer(
      "Examples:\n  kulla key new ana.key --passphrase     a person's: keep ana.key, give ana.key.pub away\n"
      "  kulla key new ledger.key               a program's: nobody is there to type a passphrase");
  sealer->footer(
      "Example:\n  kulla key seal ana.key\nThe disk may still hold the plain key where it was: if that may be read, make a new key "
      "instead.");
  show->footer("Examples:\n  kulla key show ana.key.pub\n  kulla key show 'pkcs11:token=ana;object=kulla' -o ana.pub");
  const auto runs = [&context, choice](Result<PublicKey> (*command)(const Choice&)) {
    return [&context, choice, command] { context.run = [choice, command] { return print(*choice, command(*choice)); }; };
  };
  make->callback(runs(make_key));
  sealer->callback(runs(seal_key));
  show->callback(runs(show_key));
}
}  // namespace kulla::cli
