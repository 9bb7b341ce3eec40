#include "incident/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <sstream>

#include "incident/people.hpp"

namespace kulla::incident {
namespace {

template <typename T>
T& find_or_add(std::vector<T>& all, const std::string& name) {
  const auto id = decltype(T::id){name};
  if (const auto at = std::ranges::find(all, id, &T::id); at != all.end()) return *at;
  all.push_back({});
  all.back().id = id;
  return all.back();
}

void read_system(Words& words, Scenario& scenario) {
  auto& system = find_or_add(scenario.setting.catalogue.systems, words.next("a system"));
  words.demand("shares with");
  while (!words.done()) system.shares_with.push_back(SystemId{words.next("a system")});
}

void read_service(Words& words, Scenario& scenario) {
  auto& catalogue = scenario.setting.catalogue;
  auto& service = find_or_add(catalogue.services, words.next("a service"));
  service.systems.clear();
  service.datasets.clear();
  service.is_protected = false;
  service.host = service.id.str() + ".gov.example";
  service.owner = "its owner";
  words.demand("on");
  bool data = false;
  while (!words.done()) {
    if (words.take("protected")) service.is_protected = true;
    else if (words.take("holds")) data = true;
    else if (words.take("priority")) service.priority = words.number("a priority");
    else if (data) {
      service.datasets.push_back(DatasetId{words.next("a data set")});
      find_or_add(catalogue.datasets, service.datasets.back().str()).system = service.systems.at(0);
    } else {
      service.systems.push_back(SystemId{words.next("a system")});
      find_or_add(catalogue.systems, service.systems.back().str());
    }
  }
  if (service.systems.empty()) throw Mistake{0, "a service runs on at least one system"};
}

/// dataset NAME [sample N] [alive] [inspected]: what its proofs must show
void read_dataset(Words& words, Scenario& scenario) {
  auto& dataset = find_or_add(scenario.setting.catalogue.datasets, words.next("a data set"));
  while (!words.done())
    if (words.take("alive")) dataset.alive = true;
    else if (words.take("inspected")) dataset.inspected = true;
    else words.demand("sample"), dataset.sample = words.number("how many files");
}

void read_sensor(Words& words, Scenario& scenario) {
  auto& sensor = find_or_add(scenario.setting.catalogue.sensors, words.next("a sensor"));
  words.demand("for");
  if (words.take("every service")) sensor.all_services = true;
  while (!words.done()) sensor.systems.push_back(SystemId{words.next("a system")});
}

void read_approver(Words& words, Scenario& scenario) {
  if (words.take("nobody")) {
    scenario.setting.no_approvers = true;
    return scenario.setting.catalogue.approvers.clear();
  }
  scenario.setting.no_approvers = false;
  const auto person = words.next("a person");
  const auto key = words.take("with the key of") ? words.next("a person") : person;
  Approver approver{PersonId{person}, key_of(key).public_key()};
  if (words.take("until")) {
    const auto until = parse_rfc3339("2022-07-15T" + words.next("a time") + "Z");
    if (!until) throw Mistake{0, until.error().message()};
    approver.until = *until;
  }
  if (words.take("for")) approver.services = {ServiceId{words.next("a service")}};
  scenario.setting.catalogue.approvers.push_back(std::move(approver));
}

/// recovery 2 of r1 r2 r3
void read_recovery(Words& words, Scenario& scenario) {
  Recovery recovery{.keys = {}, .needed = words.number("how many keys are needed")};
  words.demand("of");
  while (!words.done()) recovery.keys.push_back(key_of(words.next("a key")).public_key());
  scenario.setting.catalogue.recovery = std::move(recovery);
}

void read_policy(Words& words, Scenario& scenario) {
  auto& policy = scenario.setting.policy;
  const std::map<std::string, Ticks*> times{{"half_life", &policy.half_life},
                                            {"report_max_age", &policy.report_max_age},
                                            {"guard_quiet", &policy.guard_quiet},
                                            {"block_for", &policy.block_for},
                                            {"trial_step", &policy.trial_step},
                                            {"prove_every", &policy.prove_every},
                                            {"corroborates_within", &policy.corroborates_within}};
  const std::map<std::string, int*> percentages{{"machine_share_percent", &policy.machine_share_percent},
                                                {"read_only_to", &policy.read_only_to},
                                                {"domestic_to", &policy.domestic_to}};
  for (const auto& [name, value] : percentages)
    if (words.take(name)) return void(*value = static_cast<int>(words.number("a percentage")));
  if (words.take("trial_steps")) {
    policy.trial_steps.clear();
    while (!words.done()) policy.trial_steps.push_back(static_cast<int>(words.number("a percentage")));
    return;
  }
  std::vector<std::string> names{"trial_steps"};
  for (const auto& [name, value] : percentages) names.push_back(name);
  for (const auto& [name, value] : times) names.push_back(name);
  auto& value = *times.at(words.one_of("a policy", names));
  value = words.duration();
}

void read_start(Words& words, Scenario& scenario) {
  words.demand("in");
  scenario.setting.mode = words.one_of("a mode", {"act", "advise"}) == "act" ? Mode::act : Mode::advise;
}

void read_without(Words& words, Scenario& scenario) {
  auto& reason = words.one_of("a variant", {"restarts:", "delays:"}) == "restarts:" ? scenario.without_restarts : scenario.without_delays;
  reason = words.rest();
  if (reason.empty()) throw Mistake{0, "say why this variant is left out"};
}

const std::map<std::string, void (*)(Words&, Scenario&)> settings{
    {"system", read_system}, {"service", read_service},   {"dataset", read_dataset},
    {"sensor", read_sensor}, {"approver", read_approver}, {"recovery", read_recovery},
    {"policy", read_policy}, {"starts", read_start},      {"without", read_without}};

}  // namespace

void complete(Setting& setting) {
  auto& catalogue = setting.catalogue;
  find_or_add(catalogue.sensors, "gate").all_services = true;
  for (const auto& system : catalogue.systems) find_or_add(catalogue.sensors, "watch-" + system.id.str()).systems = {system.id};
  if (!catalogue.approvers.empty() || setting.no_approvers) return;
  for (const auto* person : {"anna", "bert"}) catalogue.approvers.push_back({PersonId{person}, key_of(person).public_key()});
}

namespace {
void read_line(const Step& step, Scenario& scenario) {
  Words words{step.text};
  if (read_setting(words, scenario)) {
    if (!scenario.steps.empty()) throw Mistake{0, "this says what there is: it comes before the first step"};
    return words.end();
  }
  const auto verb = words.next("a step");
  if (!std::ranges::count(step_verbs(), verb))
    throw Mistake{0, fmt::format("unknown step '{}'; known: {}", verb, fmt::join(step_verbs(), ", "))};
  scenario.steps.push_back(step);
}
}  // namespace

Words::Words(std::string_view line) {
  std::istringstream in{std::string{line}};
  for (std::string word; in >> word;) words_.push_back(word);
}
bool Words::take(std::string_view words) {
  const Words wanted{words};
  if (words_.size() - at_ < wanted.words_.size()) return false;
  if (!std::equal(wanted.words_.begin(), wanted.words_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_))) return false;
  at_ += wanted.words_.size();
  return true;
}
void Words::demand(std::string_view words) {
  if (!take(words)) throw Mistake{0, fmt::format("'{}' expected, found '{}'", words, done() ? "the end" : words_[at_])};
}
std::string Words::next(std::string_view what) {
  if (done()) throw Mistake{0, fmt::format("{} expected, found the end", what)};
  return words_[at_++];
}
std::string Words::one_of(std::string_view what, const std::vector<std::string>& known) {
  auto word = next(what);
  if (!std::ranges::count(known, word))
    throw Mistake{0, fmt::format("{} expected, found '{}'; known: {}", what, word, fmt::join(known, ", "))};
  return word;
}
Ticks Words::duration() {
  const auto word = next("a duration");
  int amount = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), amount);
  const std::string_view unit{end, word.data() + word.size()};
  const std::map<std::string_view, Ticks> units{
      {"ms", Ticks{1}}, {"s", std::chrono::seconds{1}}, {"m", std::chrono::minutes{1}}, {"h", std::chrono::hours{1}}};
  if (error != std::errc{} || !units.contains(unit))
    throw Mistake{0, fmt::format("a duration such as 250ms, 10s, 5m or 1h expected, found '{}'", word)};
  return amount * units.at(unit);
}
std::int64_t Words::number(std::string_view what) {
  const auto word = next(what);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) throw Mistake{0, fmt::format("{} expected, found '{}'", what, word)};
  return value;
}
std::string Words::rest() {
  const auto text = fmt::format("{}", fmt::join(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end(), " "));
  at_ = words_.size();
  return text;
}
void Words::end() const {
  if (!done()) throw Mistake{0, fmt::format("the line should end before '{}'", words_[at_])};
}

bool read_setting(Words& words, Scenario& scenario) {
  for (const auto& [verb, read] : settings) {
    if (!words.take(verb)) continue;
    read(words, scenario);
    return true;
  }
  return false;
}

Scenario parse_scenario(std::string_view text) {
  Scenario scenario;
  std::istringstream in{std::string{text}};
  Step step;
  for (std::string line; std::getline(in, line);) {
    ++step.line;
    step.text = line.substr(0, line.find('#'));
    if (Words{step.text}.done()) continue;
    try {
      read_line(step, scenario);
    } catch (Mistake& mistake) {
      throw Mistake{step.line, std::move(mistake.what)};
    }
  }
  complete(scenario.setting);
  return scenario;
}

}  // namespace kulla::incident
