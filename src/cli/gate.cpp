// kulla gate: HAProxy's folder for the services of a configuration, and what the gate does now. Works without the daemon.
#include "gate/folder.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

#include "base/canonical_json.hpp"
#include "cli/command.hpp"
#include "daemon/config.hpp"
#include "gate/haproxy.hpp"
#include "gate/render.hpp"
#include "model/codec.hpp"

namespace kulla::cli {
namespace {
struct Choice {
  std::string config = "kulla.toml", format = "text";
  bool first = false;
  [[nodiscard]] bool ndjson() const { return format == "ndjson"; }
};

void say(const Choice& choice, std::string_view key, std::string_view text) {
  if (choice.ndjson()) fmt::print("{}\n", canonical(json::object{{std::string(key), text}}));
  else fmt::print("{}\n", text);
}
std::string describe(const GateEntry& entry) {
  std::string text = boost::describe::enum_to_string(entry.mode, "?");
  if (entry.mode == GateMode::trial) text += fmt::format(" {}%", entry.share);
  if (!entry.closure.empty()) text += fmt::format(" ({})", entry.closure.str());
  return text;
}
std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// ---- render and repair: the folder

Result<int> render(const Choice& choice, const daemon::Config& config) {
  if (choice.first && std::filesystem::exists(config.ledger_path))
    return fail(Code::refused, fmt::format("{} exists: --init is for a gate that has never run; its services open through the daemon",
                                           config.ledger_path.string()));
  KULLA_TRY(const auto did, choice.first ? gate::render_first(config.gate) : gate::render(config.gate));
  for (const auto& line : did) say(choice, "did", line);
  if (!choice.ndjson()) fmt::print("start it with: {}\n", join_words(gate::haproxy_command(config.gate)));
  return done;
}
Result<int> repair(const Choice& choice, const daemon::Config& config) {
  KULLA_TRY(const auto did, gate::repair(config.gate));
  for (const auto& line : did) say(choice, "did", line);
  if (did.empty() && !choice.ndjson()) fmt::print("all is well: nothing was changed\n");
  return did.empty() ? done : found_something;
}

// ---- status and diff: what the workers and the file say

struct Places {
  std::map<ServiceId, std::vector<GateFound>> of;
  std::vector<std::string> problems;
};
Result<Places> read_places(const daemon::Config& config) {
  gate::HaproxyGate gate{config.gate};
  KULLA_TRY(const auto found, gate.read_back());
  Places places{{}, gate.problems()};
  for (const auto& one : found) places.of[one.service].push_back(one);
  return places;
}
bool agree(const std::vector<GateFound>& found) {
  for (const auto& one : found)
    if (one.entry != found.front().entry) return false;
  return true;
}
void print_each(const Choice& choice, const std::vector<GateFound>& found) {
  for (const auto& one : found) {
    if (choice.ndjson()) fmt::print("{}\n", canonical(codec::encode(one)));
    else
      fmt::print("{:<24} {:<28} {}\n", one.service.str(), describe(one.entry),
                 one.worker == "map file" ? one.worker : "worker " + one.worker);
  }
}
Result<int> status(const Choice& choice, const daemon::Config& config) {
  KULLA_TRY(const auto places, read_places(config));
  bool all_agree = true;
  for (const auto& problem : places.problems) say(choice, "problem", problem);
  for (const auto& [service, found] : places.of) {
    all_agree &= agree(found);
    if (choice.ndjson() || !agree(found)) print_each(choice, found);
    else fmt::print("{:<24} {}\n", service.str(), describe(found.front().entry));
  }
  return all_agree && places.problems.empty() ? done : found_something;
}
Result<int> diff(const Choice& choice, const daemon::Config& config) {
  KULLA_CHECK(gate::check(config.gate));
  bool differs = false;
  for (const auto& line : gate::differences(config.gate)) {
    differs = true;
    say(choice, "differs", line);
  }
  const auto places = read_places(config);
  if (!places) {
    say(choice, "unread", places.error().message());
    return could_not_run;
  }
  for (const auto& problem : places->problems) {
    differs = true;
    say(choice, "problem", problem);
  }
  for (const auto& [service, found] : places->of) {
    if (agree(found)) continue;
    differs = true;
    print_each(choice, found);
  }
  return differs ? found_something : done;
}

int with_config(const Choice& choice, Result<int> (*action)(const Choice&, const daemon::Config&)) {
  const auto config = daemon::read_config(choice.config);
  if (!config) {
    for (const auto& line : config.error().lines) fmt::print(stderr, "kulla: {}\n", line);
    return could_not_run;
  }
  const auto result = action(choice, *config);
  return result ? *result : complain(result.error());
}
}  // namespace

void add_gate(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* parent = context.app.add_subcommand("gate", "HAProxy's configuration and maps for these services, and what the gate does now");
  parent->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, const char* example,
                       Result<int> (*action)(const Choice&, const daemon::Config&)) {
    auto* command = parent->add_subcommand(name, about);
    command->add_option("-c,--config", choice->config, "the configuration; docs/config.md lists its keys")->capture_default_str();
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
    command->footer(std::string("Example: ") + example);
    command->callback([&context, choice, action] { context.run = [choice, action] { return with_config(*choice, action); }; });
    return command;
  };
  add("render", "Write the gate's folder; states that stand are kept, a service that is new starts closed",
      "kulla gate render -c kulla.toml", render)
      ->add_flag("--init", choice->first, "every service open; only where there is no state map and no ledger yet");
  add("repair", "Before any start of HAProxy: a state map that is missing or bad becomes all-closed; exit 1 if anything was changed",
      "ExecStartPre=-kulla gate repair -c /etc/kulla/kulla.toml", repair);
  add("status",
      "What every worker and the map file do with each service; exit 1 where they differ, or the map file, a reload or a worker is amiss",
      "kulla gate status -c kulla.toml --format ndjson", status);
  add("diff", "Rendered against on disk, live against file; exit 1 where they differ", "kulla gate diff -c kulla.toml", diff);
}
}  // namespace kulla::cli
