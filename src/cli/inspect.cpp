// kulla inspect: take a signed baseline of a tree, and compare a tree with one.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "cli/command.hpp"
#include "inspect/inspect.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
using inspect::Finding;
using inspect::Severity;
constexpr std::size_t shown_findings = 50;  // a screen or two; --all shows the rest

struct Choice {
  std::string root, file, other, output, key, system, format = "text";
  std::vector<std::string> trust, reviewed;
  bool all = false;
};

std::function<void(std::int64_t)> progress() {
  if (!::isatty(STDERR_FILENO)) return {};
  return [](std::int64_t files) { fmt::print(stderr, "\r{} looked at ", files); };
}
void end_progress() {
  if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r{:30}\r", "");
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
  KULLA_TRY(const auto key, read_secret_key(choice.key));
  KULLA_TRY(auto scanned, inspect::scan(choice.root, progress()));
  end_progress();
  const inspect::Baseline baseline{system_or_folder(choice), SystemClock{}.now().wall, std::move(scanned.tree), key.public_key()};
  KULLA_CHECK(inspect::write_baseline(choice.file, baseline, key));
  for (const auto& finding : scanned.unreadable) fmt::print(stderr, "kulla: {}: {}\n", finding.path, finding.why);
  if (choice.format == "ndjson")
    fmt::print("{}\n", canonical(json::object{{"system", baseline.system.str()},
                                              {"entries", std::ssize(baseline.tree)},
                                              {"unreadable", std::ssize(scanned.unreadable)},
                                              {"signer", to_hex(baseline.signer)},
                                              {"file", escape_path(choice.file)}}));
  else
    fmt::print("{}: {} files, folders and links, signed by {}, in {}\n", baseline.system.str(), baseline.tree.size(),
               fingerprint(baseline.signer), choice.file);
  return scanned.unreadable.empty() ? done : found_something;
}

// --- check

void print_ndjson(const inspect::Outcome& outcome) {
  for (const auto& finding : outcome.findings) fmt::print("{}\n", canonical(codec::encode(finding)));
  fmt::print("{}\n", canonical(json::object{{"report", codec::encode(outcome.report)}}));
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

void print_text(const Choice& choice, const inspect::Outcome& outcome) {
  const auto& report = outcome.report;
  const auto shown = choice.all ? outcome.findings.size() : std::min(outcome.findings.size(), shown_findings);
  for (std::size_t i = 0; i < shown; ++i) print(outcome.findings[i]);
  if (shown < outcome.findings.size()) fmt::print("… and {} more; --all shows them\n", outcome.findings.size() - shown);
  const auto took = report.finished.mono - report.started.mono;
  fmt::print("{}: {}, {} files in {} ms\n", report.system.str(), report.clean ? "clean" : counts_of(outcome.findings), report.files,
             took.count());
}

Result<std::vector<PublicKey>> trusted_keys(const Choice& choice) {
  std::vector<PublicKey> trusted;
  for (const auto& file : choice.trust) {
    KULLA_TRY(const auto key, read_public_key(file));
    trusted.push_back(key);
  }
  return trusted;
}

Result<int> compare(const Choice& choice) {
  KULLA_TRY(const auto trusted, trusted_keys(choice));
  SystemId system{choice.system};
  if (system.empty()) {
    KULLA_TRY(const auto baseline, inspect::read_baseline(choice.file, trusted));
    system = baseline.system;
  }
  KULLA_TRY(const auto outcome, inspect::check(system, choice.root, choice.file, trusted, SystemClock{}, progress()));
  end_progress();
  if (choice.format == "ndjson") print_ndjson(outcome);
  else print_text(choice, outcome);
  return outcome.report.clean ? done : found_something;
}

// --- diff, accept

Result<int> diff(const Choice& choice) {
  KULLA_TRY(const auto trusted, trusted_keys(choice));
  KULLA_TRY(const auto before, inspect::read_baseline(choice.file, trusted));
  KULLA_TRY(auto after, inspect::read_baseline(choice.other, trusted));
  const auto findings = inspect::compare(before, {std::move(after.tree), {}, {}});
  for (const auto& finding : findings) {
    if (choice.format == "ndjson") fmt::print("{}\n", canonical(codec::encode(finding)));
    else print(finding);
  }
  return findings.empty() ? done : found_something;
}

Result<int> accept(const Choice& choice) {
  KULLA_TRY(const auto trusted, trusted_keys(choice));
  KULLA_TRY(const auto key, read_secret_key(choice.key));
  KULLA_TRY(auto baseline, inspect::read_baseline(choice.file, trusted));
  std::vector<std::string> reviewed;
  for (const auto& text : choice.reviewed) {
    KULLA_TRY(auto path, unescape_path(text));
    reviewed.push_back(std::move(path));
  }
  KULLA_TRY(const auto now, inspect::scan(choice.root, progress()));
  end_progress();
  KULLA_TRY(baseline.tree, inspect::accept(baseline, now, reviewed));
  baseline.taken = SystemClock{}.now().wall;
  KULLA_CHECK(inspect::write_baseline(choice.output, baseline, key));
  const auto left = inspect::compare(baseline, now).size();
  fmt::print("{}: accepted, signed by {}, in {}; {} findings remain\n", baseline.system.str(), fingerprint(key.public_key()), choice.output,
             left);
  return left == 0 ? done : found_something;
}
}  // namespace

void add_inspect(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* parent =
      context.app.add_subcommand("inspect", "Verify a system's files against a signed baseline; nothing on it is run or trusted");
  parent->require_subcommand(1);
  auto* baseline = parent->add_subcommand(
      "baseline", "Write down what is below ROOT, signed: type, owner, mode, size, links, extended attributes, SHA-256");
  auto* check = parent->add_subcommand("check", "Compare ROOT with its baseline; exit 1 with findings, worst first");
  for (auto* command : {baseline, check}) {
    command->add_option("ROOT", choice->root, "the folder")->required();
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  }
  baseline->add_option("-o,--output", choice->file, "where to write it; not below ROOT")->required();
  baseline->add_option("--key", choice->key, "secret key file that signs it")->required();
  baseline->add_option("--system", choice->system, "the system's name in kulla.toml; else the folder's name");
  baseline->footer("Example:\n  kulla inspect baseline /srv/tax -o tax.baseline --key baselines.key --system web1");
  check->add_option("--baseline", choice->file, "the baseline file")->required();
  check->add_option("--trust", choice->trust, "public key files of who may sign baselines")->required();
  check->add_option("--system", choice->system, "the system it is to be of; else whatever it says");
  check->add_flag("--all", choice->all, "show every finding");
  check->footer("Example:\n  kulla inspect check /srv/tax --baseline tax.baseline --trust baselines.key.pub");
  auto* differ = parent->add_subcommand("diff", "Compare two baselines; exit 1 where they differ");
  differ->add_option("BEFORE", choice->file, "a baseline file")->required();
  differ->add_option("AFTER", choice->other, "another")->required();
  differ->add_option("--trust", choice->trust, "public key files of who may sign baselines")->required()->allow_extra_args(false);
  differ->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  differ->footer("Example:\n  kulla inspect diff may.baseline june.baseline --trust baselines.key.pub");
  auto* accepted =
      parent->add_subcommand("accept", "Turn findings that you have reviewed into a new signed baseline; all else stays as it was");
  accepted->add_option("ROOT", choice->root, "the folder")->required();
  accepted->add_option("--baseline", choice->file, "the baseline file")->required();
  accepted->add_option("--trust", choice->trust, "public key files of who may sign baselines")->required()->allow_extra_args(false);
  accepted
      ->add_option("--path", choice->reviewed,
                   "a path as findings name it: it, and all below it, is as it should be; several times; . is all")
      ->required()
      ->allow_extra_args(false);
  accepted->add_option("-o,--output", choice->output, "where to write the new one; not below ROOT")->required();
  accepted->add_option("--key", choice->key, "secret key file that signs it")->required();
  accepted->footer(
      "Example:\n  kulla inspect accept /srv/tax --baseline tax.baseline --trust baselines.key.pub --path www/news -o new.baseline --key "
      "baselines.key\nExit: 0 nothing else differs, 1 other findings remain");
  const auto bind = [&context, choice](Result<int> (*command)(const Choice&)) {
    return [&context, choice, command] {
      context.run = [choice, command] {
        const auto result = command(*choice);
        return result ? *result : complain(result.error());
      };
    };
  };
  baseline->callback(bind(take));
  check->callback(bind(compare));
  differ->callback(bind(diff));
  accepted->callback(bind(accept));
}
}  // namespace kulla::cli
