// kulla inspect: take a signed baseline of a tree, and compare a tree with one.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "cli/inspect.hpp"
#include "cli/signer.hpp"
#include "inspect/inspect.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
using inspect::Finding;
using inspect::Severity;
constexpr std::size_t shown_findings = 50;  // a screen or two; --all shows the rest

struct Choice {
  std::string root, file, other, output, system, rules, format = "text";
  KeyOptions key;
  std::vector<std::string> trust, reviewed, packages, yara;
  bool all = false, quick = false, times = false, offline = false, full = false, no_malware = false;
};

std::function<void(std::int64_t)> progress() {
  if (!::isatty(STDERR_FILENO)) return {};
  return [](std::int64_t things) { fmt::print(stderr, "\r{} looked at ", things); };
}
void end_progress() {
  if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r{:30}\r", "");
}

Result<inspect::Options> options_of(const Choice& choice) {
  inspect::Options options;
  if (!choice.rules.empty()) {
    KULLA_TRY(options.rules, inspect::Rules::read(choice.rules));
  }
  options.quick = choice.quick, options.change_times = choice.times, options.offline = choice.offline;
  options.full = choice.full, options.malware = !choice.no_malware;
  KULLA_TRY(options.yara, inspect::read_rule_files({choice.yara.begin(), choice.yara.end()}));
  options.progress = progress();
  return options;
}

std::string_view colour_of(Severity severity) {
  constexpr std::array colours{"\x1b[2m", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"};
  return colours[static_cast<std::size_t>(severity)];
}
void print(const Finding& finding) {
  const bool coloured = ::isatty(STDOUT_FILENO);
  fmt::print("{}{:<9}{} {}\n          {}\n", coloured ? colour_of(finding.severity) : "",
             boost::describe::enum_to_string(finding.severity, "?"), coloured ? "\x1b[0m" : "", finding.path, finding.why);
}

// --- baseline

SystemId system_or_folder(const Choice& choice) {
  if (!choice.system.empty()) return SystemId{choice.system};
  std::error_code error;
  const auto whole = std::filesystem::canonical(choice.root, error);
  return SystemId{escape_path(error ? choice.root : whole.filename().string())};
}

Result<int> take(const Choice& choice) {
  KULLA_TRY(const auto key, unlock_key(choice.key));
  KULLA_TRY(const auto options, options_of(choice));
  const auto taken = inspect::take_baseline(system_or_folder(choice), choice.root, choice.file, key, SystemClock{}, options);
  end_progress();
  if (!taken) return std::unexpected(taken.error());
  for (const auto& finding : taken->unreadable) fmt::print(stderr, "kulla: {}: {}\n", finding.path, finding.why);
  if (choice.format == "ndjson")
    fmt::print("{}\n", canonical(json::object{{"system", taken->info.system.str()},
                                              {"entries", taken->things},
                                              {"machine", taken->info.machine},
                                              {"unreadable", std::ssize(taken->unreadable)},
                                              {"signer", to_hex(taken->info.signer)},
                                              {"file", escape_path(choice.file)}}));
  else
    fmt::print("{}: {} files, folders and links{}, signed by {}, in {}\n", taken->info.system.str(), taken->things,
               taken->info.machine ? ", and what the machine says of itself" : "", fingerprint(taken->info.signer), choice.file);
  return taken->unreadable.empty() ? done : found_something;
}

// --- check

std::string line_of(const Finding& finding) {
  auto object = codec::encode(finding).as_object();
  if (finding.package.empty()) object.erase("package");
  return canonical(object);
}
void print_ndjson(const inspect::Outcome& outcome) {
  for (const auto& finding : outcome.findings) fmt::print("{}\n", line_of(finding));
  fmt::print("{}\n", canonical(json::object{{"report", codec::encode(outcome.report)},
                                            {"contents_not_read", outcome.not_read},
                                            {"mounts_not_looked_into", outcome.left_out},
                                            {"baseline_signer", to_hex(outcome.baseline.signer)}}));
}

std::string counts_of(const std::vector<Finding>& findings) {
  std::array<std::size_t, 4> counts{};
  for (const auto& finding : findings) ++counts[static_cast<std::size_t>(finding.severity)];
  std::string text;
  for (const auto severity : {Severity::critical, Severity::high, Severity::medium, Severity::low})
    if (const auto count = counts[static_cast<std::size_t>(severity)]; count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, boost::describe::enum_to_string(severity, "?"));
  return text;
}

std::string age_of(Timestamp taken, Timestamp now) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(now - taken).count();
  return hours < 48 ? fmt::format("{} hours old", hours) : fmt::format("{} days old", hours / 24);
}

/// What a regular upgrade explains is one line a package.
void print_upgrades(const std::vector<Finding>& findings) {
  std::map<std::string, std::size_t> upgrades;
  for (const auto& finding : findings)
    if (!finding.package.empty()) ++upgrades[finding.package];
  for (const auto& [package, count] : upgrades)
    fmt::print("low       package {}: {} changes that its own lists explain; kulla inspect accept --package {}\n", package, count, package);
}

void print_text(const Choice& choice, const inspect::Outcome& outcome) {
  const auto& report = outcome.report;
  std::size_t shown = 0, of_upgrades = 0;
  for (const auto& finding : outcome.findings) {
    const bool grouped = !choice.all && !finding.package.empty();
    of_upgrades += grouped;
    if (grouped || (!choice.all && shown == shown_findings)) continue;
    print(finding);
    ++shown;
  }
  if (!choice.all) print_upgrades(outcome.findings);
  if (shown + of_upgrades < outcome.findings.size())
    fmt::print("… and {} more; --all shows them\n", outcome.findings.size() - shown - of_upgrades);
  const auto took = report.finished.mono - report.started.mono;
  fmt::print("{}: {}, {} files in {} ms\n", report.system.str(), report.clean ? "clean" : counts_of(outcome.findings), report.files,
             took.count());
  if (outcome.not_read > 0)
    fmt::print("The contents of {} files were NOT READ: their size, times and number are as they were. No reopening rests on this.\n",
               outcome.not_read);
  if (outcome.left_out > 0)
    fmt::print("Not looked into: {} mounts that are no disk of this system (proc, network and FUSE file systems).\n", outcome.left_out);
  fmt::print("The baseline is of {}, {}, signed by {}\n", to_rfc3339(outcome.baseline.taken),
             age_of(outcome.baseline.taken, report.started.wall), fingerprint(outcome.baseline.signer));
}

Result<int> compare(const Choice& choice) {
  KULLA_TRY(const auto trusted, trusted_keys(choice.trust));
  KULLA_TRY(const auto options, options_of(choice));
  const auto outcome = inspect::check(SystemId{choice.system}, choice.root, choice.file, trusted, SystemClock{}, options);
  end_progress();
  if (!outcome) return std::unexpected(outcome.error());
  if (choice.format == "ndjson") print_ndjson(*outcome);
  else print_text(choice, *outcome);
  return outcome->report.clean ? done : found_something;
}

// --- diff, accept

Result<int> diff(const Choice& choice) {
  KULLA_TRY(const auto trusted, trusted_keys(choice.trust));
  KULLA_TRY(const auto options, options_of(choice));
  KULLA_TRY(const auto findings, inspect::diff(choice.file, choice.other, trusted, options.rules));
  for (const auto& finding : findings) {
    if (choice.format == "ndjson") fmt::print("{}\n", line_of(finding));
    else print(finding);
  }
  return findings.empty() ? done : found_something;
}

Result<int> accept(const Choice& choice) {
  KULLA_TRY(const auto trusted, trusted_keys(choice.trust));
  KULLA_TRY(const auto key, unlock_key(choice.key));
  KULLA_TRY(const auto options, options_of(choice));
  inspect::Reviewed reviewed{{}, choice.packages};
  for (const auto& text : choice.reviewed) {
    KULLA_TRY(auto path, text.starts_with("machine://") ? Result<std::string>{text} : unescape_path(text));
    reviewed.paths.push_back(std::move(path));
  }
  if (reviewed.paths.empty() && reviewed.packages.empty()) return fail(Code::bad_argument, "name what you reviewed: --path or --package");
  const auto accepted = inspect::accept(choice.root, choice.file, trusted, reviewed, choice.output, key, SystemClock{}, options);
  end_progress();
  if (!accepted) return std::unexpected(accepted.error());
  fmt::print("{} findings accepted, signed by {}, in {}; {} remain\n", accepted->findings, fingerprint(key.public_key()), choice.output,
             accepted->left);
  return accepted->left == 0 ? done : found_something;
}

// --- the command line

using Shared = std::shared_ptr<Choice>;
void add_format(CLI::App& command, Choice& choice) {
  command.add_option("--format", choice.format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
}
void add_trust(CLI::App& command, Choice& choice) {
  command.add_option("--trust", choice.trust, "public key files of who may sign baselines")->required()->allow_extra_args(false);
}
void add_rules(CLI::App& command, Choice& choice) {
  command.add_option("--rules", choice.rules, "what may change, and which files mean more; else what kulla carries (docs/inspection.md)");
}
void add_malware(CLI::App& command, Choice& choice) {
  command.add_option("--yara", choice.yara, "YARA rules besides kulla's own; a file")->allow_extra_args(false);
  command.add_flag("--no-malware", choice.no_malware, "do not look into what is new or changed");
}
void add_offline(CLI::App& command, Choice& choice) {
  command.add_flag("--offline", choice.offline, "ROOT is a mounted disk or a restored folder: ask no kernel, believe no package list");
}

void add_baseline(Context& context, CLI::App& parent, const Shared& choice) {
  auto* baseline =
      parent.add_subcommand("baseline", "Write down what is below ROOT, signed; of a whole machine, also what it says of itself");
  baseline->add_option("ROOT", choice->root, "the folder")->required();
  add_format(*baseline, *choice);
  baseline->add_option("-o,--output", choice->file, "where to write it; not below ROOT")->required();
  add_key_options(*baseline, choice->key, "secret key file that signs it")->required();
  baseline->add_option("--system", choice->system, "the system's name in kulla.toml; else the folder's name");
  add_offline(*baseline, *choice);
  baseline->footer(
      "Example:\n  kulla inspect baseline /srv/tax -o tax.baseline --key baselines.key --system web1\n  kulla inspect baseline / -o "
      "/media/usb/web1.baseline --key /media/usb/baselines.key");
  baseline->callback(bind(context, choice, take));
}

void add_check(Context& context, CLI::App& parent, const Shared& choice) {
  auto* check = parent.add_subcommand("check", "Compare ROOT with its baseline; exit 1 with findings, worst first");
  check->add_option("ROOT", choice->root, "the folder")->required();
  add_format(*check, *choice);
  check->add_option("--baseline", choice->file, "the baseline file")->required();
  add_trust(*check, *choice);
  check->add_option("--system", choice->system, "the system it is to be of; else whatever it says");
  check->add_flag("--all", choice->all, "show every finding");
  check->add_flag("--quick", choice->quick,
                  "do not read files whose size, times and number are as they were; never enough for a reopening");
  check->add_flag("--times", choice->times, "a change time that differs is a finding too");
  add_offline(*check, *choice);
  add_rules(*check, *choice);
  add_malware(*check, *choice);
  check->add_flag("--full", choice->full, "look for malware in everything, not only in what is new or changed");
  check->footer("Example:\n  kulla inspect check /srv/tax --baseline tax.baseline --trust baselines.key.pub");
  check->callback(bind(context, choice, compare));
}

void add_diff(Context& context, CLI::App& parent, const Shared& choice) {
  auto* differ = parent.add_subcommand("diff", "Compare two baselines; exit 1 where they differ");
  differ->add_option("BEFORE", choice->file, "a baseline file")->required();
  differ->add_option("AFTER", choice->other, "another")->required();
  add_trust(*differ, *choice);
  add_format(*differ, *choice);
  add_rules(*differ, *choice);
  differ->footer("Example:\n  kulla inspect diff may.baseline june.baseline --trust baselines.key.pub");
  differ->callback(bind(context, choice, diff));
}

void add_accept(Context& context, CLI::App& parent, const Shared& choice) {
  auto* accepted =
      parent.add_subcommand("accept", "Turn findings that you have reviewed into a new signed baseline; all else stays as it was");
  accepted->add_option("ROOT", choice->root, "the folder")->required();
  accepted->add_option("--baseline", choice->file, "the baseline file")->required();
  add_trust(*accepted, *choice);
  accepted
      ->add_option("--path", choice->reviewed,
                   "a path as findings name it: it, and all below it, is as it should be; several times; . is all")
      ->allow_extra_args(false);
  accepted->add_option("--package", choice->packages, "an upgrade that explains its findings; several times")->allow_extra_args(false);
  accepted->add_option("-o,--output", choice->output, "where to write the new one; not below ROOT")->required();
  add_key_options(*accepted, choice->key, "secret key file that signs it")->required();
  add_rules(*accepted, *choice);
  add_malware(*accepted, *choice);
  accepted->footer(
      "Example:\n  kulla inspect accept /srv/tax --baseline tax.baseline --trust baselines.key.pub --path www/news -o new.baseline --key "
      "baselines.key\nExit: 0 nothing else differs, 1 other findings remain");
  accepted->callback(bind(context, choice, accept));
}
}  // namespace

Result<std::vector<PublicKey>> trusted_keys(const std::vector<std::string>& files) {
  std::vector<PublicKey> trusted;
  for (const auto& file : files) {
    KULLA_TRY(const auto key, read_public_key(file));
    trusted.push_back(key);
  }
  return trusted;
}

void add_inspect(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* parent =
      context.app.add_subcommand("inspect", "Verify a system's files against a signed baseline; nothing on it is run or trusted");
  parent->require_subcommand(1);
  add_baseline(context, *parent, choice);
  add_check(context, *parent, choice);
  add_diff(context, *parent, choice);
  add_accept(context, *parent, choice);
  add_inspect_remote(context, *parent);
}
}  // namespace kulla::cli
