// kulla backup: what a restic repository holds of a data set, and whether it can be brought back.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "backup/proof.hpp"
#include "backup/sample.hpp"
#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "cli/backup.hpp"
#include "cli/command.hpp"
#include "daemon/restored_look.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::vector<std::string> tags;
  std::string tag, repository, password_file, cache, scratch, before, folder, snapshot, format = "text";
  std::vector<std::string> alive;
  std::vector<std::filesystem::path> yara;
  bool no_inspect = false;
  std::int64_t sample = 0;
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
  for (const auto& tag : choice.tags) {
    KULLA_TRY(const auto found, backup::snapshots(repository_of(choice), tag, before));
    for (const auto& snapshot : found) print(choice, snapshot);
  }
  return done;
}

/// `until`: what a restore would go back from: the attack, or now.
void print_proved(const Proof& proof, std::optional<Timestamp> attack) {
  const auto lost = std::chrono::duration_cast<std::chrono::milliseconds>(attack.value_or(proof.started.wall) - proof.taken);
  fmt::print("{}: proved: {} files, {} bytes, snapshot {}\n", escape_path(proof.dataset.str()), proof.files, proof.bytes,
             proof.snapshot.substr(0, 8));
  fmt::print("  {}\n", backup::confidence(proof.compared.value_or(proof.files), proof.files));
  fmt::print("  taken: {}, {} ago\n", to_rfc3339(proof.taken),
             span(std::chrono::duration_cast<std::chrono::milliseconds>(proof.started.wall - proof.taken)));
  if (attack) fmt::print("  that it is from before that time is the repository's word; what the daemon had proved before is known to be\n");
  fmt::print("  would be lost: what changed in the {} {}\n", span(lost), attack ? "before that time" : "since");
  if (proof.compared)
    fmt::print("  restoring the sample took {}; the whole takes longer\n", span(std::chrono::milliseconds{*proof.restored_ms}));
  else if (proof.restored_ms) fmt::print("  recovery time: {}\n", span(std::chrono::milliseconds{*proof.restored_ms}));
  if (proof.alive) fmt::print("  alive: {}\n", *proof.alive);
  fmt::print("  {}\n", proof.inspected.value_or(false) ? "looked into for malware: none" : "not looked into for malware");
}
void print(const Choice& choice, const Proof& proof, std::optional<Timestamp> attack) {
  if (choice.format == "ndjson") return fmt::print("{}\n", canonical(codec::encode(proof)));
  if (proof.passed) print_proved(proof, attack);
  else fmt::print("{}: not proved: {}\n", escape_path(proof.dataset.str()), proof.problem);
  if (proof.drift) fmt::print("  sudden change: {}\n", *proof.drift);
}

/// A request to stop when the terminal or an operator asks for it. Blocks these signals for good, in this thread and those it starts.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, number);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::jthread{[this](const std::stop_token& over) {
      const timespec moment{0, 100'000'000};
      while (!over.stop_requested())
        if (::sigtimedwait(&signals_, nullptr, &moment) > 0) source_.request_stop();
    }};
  }
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
  std::jthread waiter_;
};

Result<int> prove(const Choice& choice) {
  KULLA_TRY(const auto before, before_of(choice));
  const StopOnSignal stop;
  std::vector<backup::Wanted> wanted;
  for (const auto& tag : choice.tags)
    wanted.push_back({.dataset = DatasetId{tag},
                      .tag = tag,
                      .before = before,
                      .snapshot = choice.snapshot,
                      .sample = choice.sample,
                      .alive = choice.alive,
                      .examine = choice.no_inspect ? nullptr : daemon::look_into_restored(choice.yara, stop.token())});
  backup::ProveOptions options;
  options.stop = stop.token();
  if (::isatty(STDERR_FILENO) == 1) options.progress = [](std::string_view phase) { fmt::print(stderr, "{} …\n", phase); };
  options.listed = [](const backup::Listing& listing) {
    for (const auto& what : listing.unreadable) fmt::print(stderr, "warning: {}\n", what);
  };
  const auto repository = repository_of(choice);
  const auto proofs = backup::prove(repository, wanted, choice.scratch, SystemClock{}, options);
  for (const auto& proof : proofs) print(choice, proof, before);
  if (backup::deletable(repository).value_or(false))
    fmt::print(stderr, "warning: this account may delete in {}: so may whoever takes it over\n", escape_path(choice.repository));
  return std::ranges::all_of(proofs, &Proof::passed) ? done : found_something;
}

CLI::App* add_prover(CLI::App* prover, Choice& choice) {
  prover->add_option("--scratch", choice.scratch, "existing folder with room for the data; what is restored is removed again")->required();
  prover->add_option("--snapshot", choice.snapshot, "this one, by its id or the beginning of it; else the newest");
  auto* sample =
      prover->add_option("--sample", choice.sample, "restore and compare this many files, chosen at random; says what that is worth")
          ->check(CLI::Range(std::int64_t{1}, backup::sample_most));
  prover
      ->add_option(
          "--alive", choice.alive,
          "a program (repeat for its arguments) that runs in the restored folder, which KULLA_RESTORED names; exit 0 says that the "
          "data lives")
      ->allow_extra_args(false)
      ->excludes(sample);
  prover->add_option("--yara", choice.yara, "files of YARA rules besides kulla's own")->allow_extra_args(false);
  prover->add_flag("--no-inspect", choice.no_inspect, "do not look into what is restored for malware");
  prover->footer(
      "Example:\n  kulla backup prove tax-data --repository /mnt/backup --password-file /etc/kulla/restic --scratch /var/tmp\n"
      "  kulla backup prove registry --repository sftp:store:/backup --password-file /etc/kulla/restic --scratch /var/tmp \\\n"
      "    --at 2022-07-15T10:00:00Z --alive /etc/kulla/registry-lives");
  return prover;
}
}  // namespace

std::string span(std::chrono::milliseconds time) {
  using namespace std::chrono;
  if (time < seconds{10}) return fmt::format("{:.1f} s", duration<double>(time).count());
  if (time < minutes{1}) return fmt::format("{} s", time / seconds{1});
  if (time < hours{1}) return fmt::format("{} min {} s", time / minutes{1}, time % minutes{1} / seconds{1});
  if (time < days{1}) return fmt::format("{} h {} min", time / hours{1}, time % hours{1} / minutes{1});
  return fmt::format("{} d {} h", time / days{1}, time % days{1} / hours{1});
}

void add_backup(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* parent = context.app.add_subcommand("backup", "Take, list and prove backups in a restic repository");
  parent->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, Result<int> (*run)(const Choice&)) {
    auto* command = parent->add_subcommand(name, about);
    if (run == take) command->add_option("DATASET", choice->tag, "the data set's tag")->required();
    else command->add_option("DATASET", choice->tags, "the data sets' tags")->required();
    command->add_option("--repository", choice->repository, "as restic has it: a path, sftp:…, s3:…, rest:…")->required();
    command->add_option("--password-file", choice->password_file, "file with the repository's password")->required();
    command->add_option("--cache", choice->cache, "restic's cache folder; else none is used");
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
    command->callback(bind(context, choice, run));
    return command;
  };
  auto* taker = add("take", "Back up FOLDER with a manifest that a proof compares with", take);
  taker->add_option("FOLDER", choice->folder, "what to back up")->required();
  taker->footer("Example:\n  kulla backup take tax-data /srv/tax --repository /mnt/backup --password-file /etc/kulla/restic");
  add_backup_list(context, *parent);
  auto* lister = add("snapshots", "List the snapshots of data sets in a repository, newest first", list);
  lister->footer(
      "Example:\n  kulla backup snapshots tax-data --repository /mnt/backup --password-file /etc/kulla/restic --at 2022-07-15T10:00:00Z");
  auto* prover =
      add_prover(add("prove", "Restore to a scratch folder and compare with the manifest; exit 1 if anything differs", prove), *choice);
  for (auto* command : {lister, prover})
    command->add_option("--at,--before", choice->before, "only snapshots taken before this time: the attack's");
}
}  // namespace kulla::cli
