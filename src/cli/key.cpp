// kulla key: Ed25519 keys of people, of the daemon's ledger and of baselines.
#include <fmt/format.h>

#include "base/canonical_json.hpp"
#include "base/keys.hpp"
#include "cli/command.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::string file, format = "text";
};

/// A public key file, or a secret one, of which only the public half is shown.
Result<PublicKey> public_half(const std::string& file) {
  auto open = read_public_key(file);
  if (open || open.error().code != Code::bad_key) return open;
  const auto secret = read_secret_key(file);
  if (!secret) return std::unexpected(secret.error());
  return secret->public_key();
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
  auto* key = context.app.add_subcommand("key", "Make and show Ed25519 keys: of officers who approve, of the ledger, of baselines");
  key->require_subcommand(1);
  key->footer("Example:\n  kulla key new ana.key && kulla key show ana.key.pub");
  auto* make = key->add_subcommand("new", "Make a key pair: FILE (secret, 0600) and FILE.pub");
  auto* show = key->add_subcommand("show", "Show the public half of a key, from FILE.pub or FILE: fingerprint and key");
  for (auto* command : {make, show}) {
    command->add_option("FILE", choice->file, "the key file")->required();
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  }
  make->footer("Example:\n  kulla key new ana.key        keep ana.key secret; give ana.key.pub away");
  show->footer("Example:\n  kulla key show ana.key.pub");
  make->callback(
      [&context, choice] { context.run = [choice] { return print(*choice, write_key_files(choice->file, SecretKey::generate())); }; });
  show->callback([&context, choice] { context.run = [choice] { return print(*choice, public_half(choice->file)); }; });
}
}  // namespace kulla::cli
