#include "incident/runner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <set>

#include "incident/people.hpp"

namespace kulla::incident {
namespace {
constexpr std::chrono::seconds step_time{1};
constexpr std::int64_t pieces_limit = 60;  // of a tick that stands for many
const std::map<std::string, void (Run::*)(Words&)> steps{{"at", &Run::at},
                                                         {"alert", &Run::alert},
                                                         {"attempt", &Run::attempt},
                                                         {"gate", &Run::gate},
                                                         {"ledger", &Run::ledger},
                                                         {"ask", &Run::ask},
                                                         {"inspected", &Run::inspected},
                                                         {"inspection", &Run::inspection},
                                                         {"proved", &Run::proved},
                                                         {"approve", &Run::approve},
                                                         {"replay", &Run::replay},
                                                         {"remember", &Run::remember},
                                                         {"tick", &Run::tick},
                                                         {"clock", &Run::clock},
                                                         {"restart", &Run::restart},
                                                         {"crash", &Run::crash},
                                                         {"config", &Run::config},
                                                         {"blind", &Run::blind},
                                                         {"believe", &Run::believe},
                                                         {"resume", &Run::resume},
                                                         {"approvers", &Run::approvers},
                                                         {"expect", &Run::expect}};

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> names;
  for (const auto& each : all) names.push_back(each.id.str());
  return names;
}
}  // namespace

const std::vector<std::string>& step_verbs() {
  static const auto verbs = [] {
    std::vector<std::string> names;
    for (const auto& [name, step] : steps) names.push_back(name);
    return names;
  }();
  return verbs;
}

Run::Run(const Scenario& scenario, Variant variant) : scenario_(scenario), variant_(variant), world_(scenario.setting) {}

std::vector<std::string> Run::problems() {
  world_.start();
  for (const auto& step : scenario_.steps) {
    take(step);
    for (const auto& rule : world_.broken()) problems_.push_back(fmt::format("line {}: {}", step.line, rule));
    if (!problems_.empty()) break;
  }
  return problems_;
}

void Run::take(const Step& step) {
  try {
    do_step(step);
  } catch (const Mistake& mistake) {
    problems_.push_back(fmt::format("line {}: {}", step.line, mistake.what));
  }
}

void Run::do_step(const Step& step) {
  Words words{step.text};
  const auto verb = words.next("a step");
  if (verb == "expect") return expect(words);
  world_.pass(step_time);
  if (verb != "tick" && confirms_at_once_) deliver_late();
  world_.decisions.clear();
  world_.start_orders.clear();
  before_ = world_.state();
  (this->*steps.at(verb))(words);
  words.end();
  after_step();
}

void Run::after_step() {
  if (confirms_at_once_ && variant_ != Variant::confirmations_late_and_twice) world_.deliver_all();
  facts_.clear();
  orders_.clear();
  for (const auto& decision : world_.decisions) {
    facts_.insert(facts_.end(), decision.facts.begin(), decision.facts.end());
    orders_.insert(orders_.end(), decision.orders.begin(), decision.orders.end());
  }
  orders_.insert(orders_.end(), world_.start_orders.begin(), world_.start_orders.end());
  check_fold();
  if (variant_ != Variant::restart_after_every_step || !world_.ledger_writes || rests_on_watching()) return;
  world_.crash();
  world_.start();
  inspect_trials_again();
  if (confirms_at_once_) world_.deliver_all();
  check_fold();
}

/// A restart voids it, as a scenario of its own says.
bool Run::rests_on_watching() const {
  return std::ranges::any_of(world_.state().services | std::views::values, [](const ServiceRecord& record) {
    return record.state == ServiceState::verifying || record.state == ServiceState::verified || is_trial_to_begin(record);
  });
}

/// What the start ordered, so that trials go on.
void Run::inspect_trials_again() {
  std::set<SystemId> systems;
  for (const auto& record : world_.state().services | std::views::values)
    if (record.state == ServiceState::trial)
      for (const auto& system : record.closure->unwatched | std::views::keys) systems.insert(system);
  for (const auto& system : systems)
    world_.give(input::Inspected{{system, true, 1000, 0, "", sha256(system.str()), world_.now(), world_.now()}});
}

void Run::check_fold() {
  if (world_.refolded() != world_.state()) problems_.push_back("the fold of all facts is not the state");
}

/// Newest first, each twice, and the old ones once more.
void Run::deliver_late() {
  while (!world_.outcomes().empty()) world_.deliver(world_.outcomes().size() - 1);
  if (variant_ != Variant::confirmations_late_and_twice) return;
  for (std::size_t i = 0; i < world_.delivered().size(); ++i) world_.repeat(i);
}

ServiceId Run::service(Words& words) { return ServiceId{words.one_of("a service", names_of(world_.setting.catalogue.services))}; }
SystemId Run::system_named(Words& words) { return SystemId{words.one_of("a system", names_of(world_.setting.catalogue.systems))}; }
std::vector<ServiceId> Run::services(Words& words) {
  std::vector<ServiceId> all;
  while (!words.done() && !words.take("because") && words.peek() != "since") all.push_back(service(words));
  return all;
}

void Run::at(Words& words) {
  const auto time = parse_rfc3339("2022-07-15T" + words.next("a time") + "Z");
  if (!time) throw Mistake{0, time.error().message()};
  if (*time < world_.now().wall) throw Mistake{0, fmt::format("it is already {}", to_rfc3339(world_.now().wall))};
  world_.pass(std::chrono::duration_cast<Ticks>(*time - world_.now().wall));
  (this->*steps.at(words.one_of("a step", step_verbs())))(words);
}

void Run::gate(Words& words) {
  if (words.take("confirms when told")) confirms_at_once_ = false;
  else if (words.take("confirms")) deliver_late();
  else if (words.take("loses")) world_.lose_outcomes();
  else if (words.take("is down")) world_.gate.down = true;
  else if (words.take("is up")) world_.gate.down = false;
  else if (words.take("is read back")) world_.read_back();
  else if (words.take("shows")) gate_shows(words);
  else throw Mistake{0, "after 'gate': confirms, loses, is down, is up, is read back, shows, confirms when told"};
}

void Run::gate_shows(Words& words) {
  const auto id = service(words);
  if (words.take("nothing")) return world_.other_hand_forgets(id);
  GateEntry entry{GateMode::open, {}, 0};
  const auto mode = words.one_of("what the gate does", {"open", "guarded", "trial", "closed"});
  boost::describe::enum_from_string(mode.c_str(), entry.mode);
  if (entry.mode == GateMode::trial) entry.share = static_cast<int>(words.number("percent"));
  if (entry.mode >= GateMode::trial) entry.closure = ClosureId{"otherclosure"};
  world_.other_hand(id, entry, words.take("in worker") ? "worker" : words.take("in map file") ? "map file" : "");
}

void Run::ledger(Words& words) {
  if (words.take("saves")) return world_.make_durable(static_cast<std::size_t>(words.number("how many facts")));
  world_.ledger_writes = words.one_of("what the ledger does", {"stops", "writes"}) == "writes";
  if (world_.ledger_writes) world_.make_durable();
}

void Run::tick(Words& words) {
  const auto time = words.duration();
  const auto pieces = std::clamp<std::int64_t>(time / step_time, 1, pieces_limit);
  for (std::int64_t i = 0; i < pieces; ++i) {
    world_.pass(time / pieces);
    world_.give(input::Tick{});
    if (confirms_at_once_) deliver_late();
  }
}

void Run::clock(Words& words) {
  const auto before = world_.now().wall;
  if (words.take("stalls")) world_.pass(words.duration());
  else if (words.take("jumps ahead")) world_.jump(words.duration());
  else if (words.take("jumps back")) world_.jump(-words.duration());
  else throw Mistake{0, "after 'clock': stalls, jumps ahead, jumps back"};
  world_.give(input::Tick{.gap = true, .before = before});
}

void Run::restart(Words& words) {
  if (words.take("in a new boot")) world_.reboot();
  world_.make_durable();
  world_.crash();
  world_.start();
}
void Run::crash(Words&) {
  world_.crash();
  world_.start();
}

void Run::config(Words& words) {
  auto& setting = world_.setting;
  if (words.take("says")) setting.mode = words.one_of("a mode", {"act", "advise"}) == "act" ? Mode::act : Mode::advise;
  else if (words.take("drops"))
    std::erase_if(setting.catalogue.services, [id = service(words)](const Service& each) { return each.id == id; });
  else {
    scenario_.setting = setting;
    if (!read_setting(words, scenario_)) throw Mistake{0, "after 'config': drops, says, or what there is, as in the head of a scenario"};
    setting = scenario_.setting;
    complete(setting);
  }
}

void Run::blind(Words& words) {
  const SensorId sensor{words.next("a sensor")};
  world_.give(input::Blind{sensor, static_cast<std::uint64_t>(words.number("how many")), world_.now().wall - step_time, world_.now().wall});
}

}  // namespace kulla::incident
