// kulla backup: what a restic repository holds of a data set, and whether it can be brought back.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "backup/restic.hpp"
#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "cli/command.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::string tag, repository, password_file, cache, scratch, before, folder, format = "text";
};

backup::Repository repository_of(const Choice& choice) { return {choice.repository, choice.password_file, choice.cache}; }

Result<std::optional<Timestamp>> before_of(const Choice& choice) {
  if (choice.before.empty()) return std::nullopt;
  KULLA_TRY(const auto time, parse_rfc3339(choice.before));
  return time;
}

void print(const Choice& choice, const backup::Snapshot& snapshot) {
  if (choice.format == "ndjson")
    fmt::print("{}\n",
               canonical(json::object{{"id", snapshot.id}, {"taken", to_rfc3339(snapshot.taken)}, {"tags", codec::encode(snapshot.tags)}}));
  else
    fmt::print("{}  {}  {}\n", snapshot.id.substr(0, 8), to_rfc3339(snapshot.taken),
               escape_path(fmt::format("{}", fmt::join(snapshot.tags, " "))));
}

Result<int> take(const Choice& choice) {
  KULLA_TRY(const auto snapshot, backup::back_up(repository_of(choice), choice.tag, choice.folder));
  print(choice, snapshot);
  return done;
}

Result<int> list(const Choice& choice) {
  KULLA_TRY(const auto before, before_of(choice));
  KULLA_TRY(const auto found, backup::snapshots(repository_of(choice), choice.tag, before));
  for (const auto& snapshot : found) print(choice, snapshot);
  return done;
}

Result<int> prove(const Choice& choice) {
  KULLA_TRY(const auto before, before_of(choice));
  const auto proof = backup::prove(DatasetId{choice.tag}, repository_of(choice), choice.tag, choice.scratch, before, SystemClock{});
  if (choice.format == "ndjson") fmt::print("{}\n", canonical(codec::encode(proof)));
  else if (proof.passed)
    fmt::print("{}: proved: {} files, {} bytes, taken {}, in {} ms\n", escape_path(choice.tag), proof.files, proof.bytes,
               to_rfc3339(proof.taken), (proof.finished.mono - proof.started.mono).count());
  else fmt::print("{}: not proved: {}\n", escape_path(choice.tag), proof.problem);
  return proof.passed ? done : found_something;
}
}  // namespace

void add_backup(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* parent = context.app.add_subcommand("backup", "Take, list and prove backups in a restic repository");
  parent->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, Result<int> (*run)(const Choice&)) {
    auto* command = parent->add_subcommand(name, about);
    command->add_option("DATASET", choice->tag, "the data set's tag")->required();
    command->add_option("--repository", choice->repository, "as restic has it: a path, sftp:…, rest:…")->required();
    command->add_option("--password-file", choice->password_file, "file with the repository's password")->required();
    command->add_option("--cache", choice->cache, "restic's cache folder; else none is used");
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
    command->callback([&context, choice, run] {
      context.run = [choice, run] {
        const auto result = run(*choice);
        return result ? *result : complain(result.error());
      };
    });
    return command;
  };
  auto* taker = add("take", "Back up FOLDER with a manifest that a proof compares with", take);
  taker->add_option("FOLDER", choice->folder, "what to back up")->required();
  taker->footer("Example:\n  kulla backup take tax-data /srv/tax --repository /mnt/backup --password-file /etc/kulla/restic");
  auto* lister = add("list", "List the snapshots of a data set, newest first", list);
  lister->footer(
      "Example:\n  kulla backup list tax-data --repository /mnt/backup --password-file /etc/kulla/restic --before 2022-07-15T10:00:00Z");
  auto* prover = add("prove", "Restore to a scratch folder and compare with the manifest; exit 1 if anything differs", prove);
  prover->add_option("--scratch", choice->scratch, "existing folder with room for the data; what is restored is removed again")->required();
  prover->footer("Example:\n  kulla backup prove tax-data --repository /mnt/backup --password-file /etc/kulla/restic --scratch /var/tmp");
  for (auto* command : {lister, prover}) command->add_option("--before", choice->before, "only snapshots taken before this time");
}
}  // namespace kulla::cli
