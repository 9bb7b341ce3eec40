// kulla drill: the rehearsal; and the hidden role of its sandbox systems.
#include "drill/drill.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "drill/sandbox.hpp"

namespace kulla::cli {
namespace {
std::atomic<bool> stopping = false;  // set by a signal handler, which can reach nothing else

std::string reproduce(const drill::Options& options) {
  std::string line = fmt::format("kulla drill --services {} --seed {}", options.services, options.seed);
  if (options.by_hand) line += " --by-hand";
  if (options.no_defence) line += " --no-defence";
  if (options.sabotage != drill::Sabotage::none)
    line += fmt::format(" --sabotage {}", boost::describe::enum_to_string(options.sabotage, "?"));
  return line;
}

int run_drill(drill::Options options, const std::string& format, const std::string& sabotage) {
  options.form = format == "ndjson" ? drill::Story::Form::ndjson : drill::Story::Form::text;
  options.terminal = in_colour();
  boost::describe::enum_from_string(sabotage.c_str(), options.sabotage);
  options.command_line = reproduce(options);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, [](int) { stopping = true; });
  ::signal(SIGPIPE, SIG_IGN);
  const auto passed = drill::rehearse(options, [] { return stopping.load(); });
  if (!passed) return complain(passed.error());
  return *passed ? done : found_something;
}
}  // namespace

void add_drill(Context& context) {
  auto* command = context.app.add_subcommand(
      "drill", "rehearse the whole loop on this machine: attack, closing, proof, two keys, reopening; and score it");
  const auto options = std::make_shared<drill::Options>();
  const auto format = std::make_shared<std::string>("text"), sabotage = std::make_shared<std::string>("none");
  command->add_option("--services", options->services, "how many services the rehearsed state has")
      ->capture_default_str()
      ->check(CLI::Range(drill::services_least, drill::services_most));
  command->add_option("--seed", options->seed, "makes plan and traffic the same again")->capture_default_str();
  command->add_option("--report", options->report, "write index.html, one self-contained page, into this folder");
  command->add_flag("--keep", options->keep, "keep the temporary folder with ledger, keys and logs");
  command->add_option("--hold", options->hold_seconds, "pause before the attack and after the closing, so that you can look at the gate")
      ->check(CLI::Range(0, 3600));
  auto* by_hand = command->add_flag("--by-hand", options->by_hand,
                                    "people verify and approve at the console (see ready: console, people); the drill waits for them");
  auto* no_defence = command->add_flag("--no-defence", options->no_defence, "the same without the daemon: exits 1");
  auto* broken = command->add_option("--sabotage", *sabotage, "break one part on purpose: the drill must notice, and exits 1")
                     ->check(CLI::IsMember({"leak", "approval", "restore", "inspection", "ledger"}));
  auto* reopen_all =
      command->add_flag("--reopen-all", options->reopen_all,
                        "no attack: close the whole gateway, verify every system, reopen every service, and say how long it took");
  by_hand->excludes(no_defence)->excludes(broken)->excludes(reopen_all);
  command->add_option("--rules", options->rules, "folder of Sigma rules, instead of the program's own")->check(CLI::ExistingDirectory);
  command->add_option("--format", *format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  command->footer(
      "Example:\n  kulla drill --report report\nAll of it lives in one temporary folder and on loopback, and leaves nothing behind. "
      "docs/drill.md defines every figure and check.\nExit: 0 all checks passed, 1 a check failed, 2 could not run.");
  command->callback([&context, options, format, sabotage] { context.run = [=] { return run_drill(*options, *format, *sabotage); }; });

  auto* system = context.app.add_subcommand("drill-system", "one system of the drill")->group("");
  const auto file = std::make_shared<std::string>();
  system->add_option("FILE", *file, "its settings")->required();
  system->callback([&context, file] {
    context.run = [file] {
      const auto served = drill::serve_sandbox(*file);
      return served ? static_cast<int>(done) : complain(served.error());
    };
  });
}
}  // namespace kulla::cli
