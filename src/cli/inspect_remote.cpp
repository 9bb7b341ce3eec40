// kulla inspect remote: other machines over ssh, several at once; one that hangs or dies does not hold up the others.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "cli/inspect.hpp"
#include "cli/signer.hpp"
#include "inspect/remote.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::vector<std::string> systems, trust, yara, ssh;
  std::string baselines, rules, format = "text";
  KeyOptions key;
  int at_once = 4, silence = 60;
  bool take = false, copy = false, quick = false, offline = false, full = false, no_malware = false;
};

struct Target {
  SystemId system;
  inspect::Remote remote;
};
/// NAME=DESTINATION, with :ROOT behind it where it is not "/".
Result<Target> target_of(const std::string& text, const Choice& choice) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(Code::bad_argument, fmt::format("{}: write NAME=DESTINATION, for example web1=root@web1.gov.example:/srv", text));
  Target target{SystemId{text.substr(0, equals)}, {}};
  if (target.system.str().find('/') != std::string::npos) return fail(Code::bad_argument, fmt::format("{}: a name has no /", text));
  target.remote.destination = text.substr(equals + 1);
  if (const auto root = target.remote.destination.find(":/"); root != std::string::npos) {
    target.remote.root = target.remote.destination.substr(root + 1);
    target.remote.destination.erase(root);
  }
  target.remote.copy = choice.copy;
  target.remote.silence = std::chrono::seconds{choice.silence};
  if (!choice.ssh.empty()) target.remote.ssh.insert(target.remote.ssh.end(), choice.ssh.begin(), choice.ssh.end());
  return target;
}

/// What each machine is at, in one line of a terminal.
class Board {
 public:
  explicit Board(const std::vector<Target>& targets) : targets_(targets), things_(targets.size()) {}
  void reached(std::size_t index, std::int64_t things) {
    const std::scoped_lock lock{mutex_};
    things_[index] = things;
    show();
  }
  /// Prints what a machine had to say, whole.
  void ended(std::size_t index, const std::string& text, int code) {
    const std::scoped_lock lock{mutex_};
    things_[index] = -1;
    clear();
    fmt::print("{}", text);
    std::fflush(stdout);
    show();
    code_ = std::max(code_, code);
  }
  [[nodiscard]] int code() const { return code_; }
  void clear() const {
    if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  void show() const {
    if (!::isatty(STDERR_FILENO)) return;
    std::string line;
    for (std::size_t i = 0; i < targets_.size(); ++i)
      if (things_[i] >= 0) line += fmt::format("{} {}  ", targets_[i].system.str(), things_[i] > 0 ? std::to_string(things_[i]) : "…");
    fmt::print(stderr, "\r\x1b[K{}", cut_text(line, 78));
  }
  const std::vector<Target>& targets_;
  std::vector<std::int64_t> things_;
  std::mutex mutex_;
  int code_ = done;
};

struct Said {
  std::string text;
  int code = done;
};
Said say_error(const Target& target, const Error& error, const Choice& choice) {
  if (choice.format == "ndjson")
    return {canonical(json::object{{"system", target.system.str()}, {"problem", escape_path(error.what)}}) + "\n", could_not_run};
  return {fmt::format("{}: COULD NOT BE INSPECTED: {}\n", target.system.str(), error.message()), could_not_run};
}
Said say(const Target& target, const inspect::Outcome& outcome, const Choice& choice) {
  constexpr std::size_t shown = 20;
  Said said{{}, outcome.report.clean ? done : found_something};
  for (std::size_t i = 0; i < outcome.findings.size(); ++i) {
    const auto& finding = outcome.findings[i];
    if (choice.format == "ndjson") {
      auto object = codec::encode(finding).as_object();
      object["system"] = target.system.str();
      said.text += canonical(object) + "\n";
    } else if (i < shown) {
      said.text += fmt::format("{}: {:<9}{}: {}\n", target.system.str(), boost::describe::enum_to_string(finding.severity, "?"),
                               finding.path, finding.why);
    }
  }
  if (choice.format == "ndjson") said.text += canonical(json::object{{"report", codec::encode(outcome.report)}}) + "\n";
  else if (outcome.report.clean) said.text += fmt::format("{}: clean, {} files\n", target.system.str(), outcome.report.files);
  else said.text += fmt::format("{}: {} findings in {} files\n", target.system.str(), outcome.report.findings, outcome.report.files);
  return said;
}

Result<int> run_all(const Choice& choice) {
  std::vector<Target> targets;
  for (const auto& text : choice.systems) {
    KULLA_TRY(auto target, target_of(text, choice));
    targets.push_back(std::move(target));
  }
  KULLA_TRY(const auto trusted, trusted_keys(choice.trust));
  std::optional<SecretKey> key;
  if (choice.take) {
    KULLA_TRY(key, unlock_key(choice.key));
  }
  inspect::Options options;
  if (!choice.rules.empty()) {
    KULLA_TRY(options.rules, inspect::Rules::read(choice.rules));
  }
  options.quick = choice.quick, options.offline = choice.offline, options.full = choice.full, options.malware = !choice.no_malware;
  KULLA_TRY(options.yara, inspect::read_rule_files({choice.yara.begin(), choice.yara.end()}));

  Board board{targets};
  const auto one = [&](std::size_t index) -> Said {
    const auto& target = targets[index];
    auto own = options;
    own.progress = [&board, index](std::int64_t things) { board.reached(index, things); };
    const auto baseline = std::filesystem::path(choice.baselines) / (target.system.str() + ".baseline");
    if (choice.take) {
      const auto taken = inspect::take_remote_baseline(target.remote, target.system, baseline, *key, SystemClock{}, own);
      if (!taken) return say_error(target, taken.error(), choice);
      return {fmt::format("{}: {} files, folders and links, {} unreadable, in {}\n", target.system.str(), taken->things,
                          taken->unreadable.size(), baseline.string()),
              taken->unreadable.empty() ? done : found_something};
    }
    const auto outcome = inspect::check_remote(target.remote, target.system, baseline, trusted, SystemClock{}, own);
    return outcome ? say(target, *outcome, choice) : say_error(target, outcome.error(), choice);
  };
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < std::min<int>(choice.at_once, static_cast<int>(targets.size())); ++i)
      threads.emplace_back([&] {
        for (auto index = next++; index < targets.size(); index = next++) {
          const auto said = one(index);
          board.ended(index, said.text, said.code);
        }
      });
  }
  board.clear();
  return board.code();
}
}  // namespace

void add_inspect_remote(Context& context, CLI::App& parent) {
  const auto choice = std::make_shared<Choice>();
  auto* remote = parent.add_subcommand("remote", "Inspect other machines over ssh, several at once; keys and baselines stay here");
  remote->add_option("SYSTEM", choice->systems, "NAME=DESTINATION or NAME=DESTINATION:/ROOT, as ssh takes a destination")->required();
  remote->add_option("--baselines", choice->baselines, "the folder with NAME.baseline of each")->required();
  remote->add_option("--trust", choice->trust, "public key files of who may sign baselines")->allow_extra_args(false);
  auto* take = remote->add_flag("--take", choice->take, "take their baselines instead of checking them");
  auto* key = add_key_options(*remote, choice->key, "with --take: the secret key file that signs; it stays here");
  take->needs(key);
  remote->add_flag("--copy", choice->copy, "kulla-inspect is not installed there: copy it over, and remove it afterwards");
  remote->add_option("--at-once", choice->at_once, "machines inspected at the same time")->check(CLI::Range(1, 64))->capture_default_str();
  remote->add_option("--silence", choice->silence, "seconds after which a machine that says nothing is given up")
      ->check(CLI::Range(2, 3600))
      ->capture_default_str();
  remote->add_option("--ssh", choice->ssh, "an argument more for ssh; several times, for example --ssh=-F --ssh=FILE")
      ->allow_extra_args(false);
  remote->add_option("--rules", choice->rules, "what may change, and which files mean more");
  remote->add_option("--yara", choice->yara, "YARA rules besides kulla's own; a file")->allow_extra_args(false);
  remote->add_flag("--quick", choice->quick, "do not read files whose size, times and number are as they were");
  remote->add_flag("--offline", choice->offline, "ask no kernel, believe no package list");
  remote->add_flag("--full", choice->full, "look for malware in everything");
  remote->add_flag("--no-malware", choice->no_malware, "do not look into what is new or changed");
  remote->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  remote->footer(
      "Example:\n  kulla inspect remote web1=root@web1 db1=root@db1 --baselines baselines --take --key baselines.key --copy\n"
      "  kulla inspect remote web1=root@web1 db1=root@db1 --baselines baselines --trust baselines.key.pub --copy\n"
      "Exit: 0 all clean, 1 something found, 2 one could not be inspected");
  remote->callback(bind(context, choice, run_all));
}
}  // namespace kulla::cli
