// expect SERVICE | every service  STATE [by machine|person|gate]
// expect gate SERVICE open | guarded | trial N [read_only|domestic_only|read_only_and_domestic_only] | closed     what its clients meet
// expect order close|guard|open|trial N SERVICE [before ORDER]    in the last step; also: block S, unblock S, inspect S, prove D, none
// expect refused WHY      expect paged [SERVICE]      expect advised close|guard SERVICE      expect [not] blocked SOURCE
// expect fact KIND        expect no fact KIND         in the last step
// expect nothing closes | changes                     in the last step
// expect never closed [SERVICE]                       since the beginning
// expect mode act|advise     expect incident | no incident
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "incident/runner.hpp"

namespace kulla::incident {
namespace {
const std::vector<std::string> states{"open", "guarded", "closed", "verifying", "verified", "trial"};

std::string text_of(const Order& order) {
  struct Text {
    std::string operator()(const order::SetGate& set) const {
      const auto verb = set.entry.mode == GateMode::trial     ? fmt::format("trial {}", set.entry.share)
                        : set.entry.mode == GateMode::closed  ? "close"
                        : set.entry.mode == GateMode::guarded ? "guard"
                                                              : "open";
      return verb + " " + set.service.str();
    }
    std::string operator()(const order::BlockSource& block) const { return "block " + block.source.str(); }
    std::string operator()(const order::UnblockSource& unblock) const { return "unblock " + unblock.source.str(); }
    std::string operator()(const order::Inspect& inspect) const { return "inspect " + inspect.system.str(); }
    std::string operator()(const order::Prove& prove) const { return "prove " + prove.dataset.str(); }
    std::string operator()(const order::Publish&) const { return "publish"; }
    std::string operator()(const order::Page& page) const { return "page " + page.text; }
  };
  return std::visit(Text{}, order);
}

template <typename T, typename Test>
bool any_fact(const std::vector<Fact>& facts, Test test) {
  return std::ranges::any_of(facts, [&](const Fact& fact) {
    const auto* body = std::get_if<T>(&fact.body);
    return body && test(*body);
  });
}
}  // namespace

void Run::expect(Words& words) {
  const bool good = met(words);
  words.end();
  if (!good) throw Mistake{0, "not so; " + seen()};
}

/// What there is instead.
std::string Run::seen() const {
  std::vector<std::string> services, kinds, orders;
  for (const auto& [id, record] : world_.state().services)
    services.push_back(fmt::format("{} {}", id.str(), states.at(static_cast<std::size_t>(record.state))));
  for (const auto& fact : facts_) {
    const auto* refused = std::get_if<fact::Refused>(&fact.body);
    kinds.push_back(refused ? fmt::format("refused {}", boost::describe::enum_to_string(refused->why, "?")) : std::string{kind_of(fact)});
  }
  for (const auto& order : orders_) orders.push_back(text_of(order));
  constexpr std::size_t shown = 20;
  if (kinds.size() > shown) kinds.resize(shown);
  return fmt::format("services: {}; facts of the last step: {}; orders: {}", fmt::join(services, ", "), fmt::join(kinds, ", "),
                     fmt::join(orders, ", "));
}

bool Run::met(Words& words) {
  static const std::map<std::string, bool (Run::*)(Words&)> kinds{
      {"gate", &Run::expect_gate},       {"order", &Run::expect_order},        {"refused", &Run::expect_refused},
      {"paged", &Run::expect_paged},     {"advised", &Run::expect_advised},    {"blocked", &Run::expect_blocked},
      {"nothing", &Run::expect_nothing}, {"never", &Run::expect_never_closed}, {"fact", &Run::expect_fact}};
  if (words.take("not")) return !met(words);
  if (words.take("no fact")) return !expect_fact(words);
  if (words.take("no incident")) return !world_.state().incident;
  if (words.take("incident")) return world_.state().incident.has_value();
  if (words.take("mode")) return (words.one_of("a mode", {"act", "advise"}) == "act") == (world_.state().mode == Mode::act);
  const auto kind = kinds.find(words.peek());
  if (kind == kinds.end()) return expect_state(words);
  static_cast<void>(words.next("a kind"));
  return (this->*kind->second)(words);
}

bool Run::expect_state(Words& words) {
  std::vector<ServiceId> ids;
  if (words.take("every service"))
    for (const auto& each : world_.setting.catalogue.services) ids.push_back(each.id);
  else ids.push_back(service(words));
  const auto state = words.one_of("a state", states);
  const auto by = words.take("by") ? words.one_of("by whom", {"machine", "person", "gate"}) : "";
  return std::ranges::all_of(ids, [&](const ServiceId& id) {
    const auto& record = *world_.state().find(id);
    if (states.at(static_cast<std::size_t>(record.state)) != state) return false;
    return by.empty() || (record.closure && boost::describe::enum_to_string(record.closure->by, "?") == by);
  });
}

bool Run::expect_gate(Words& words) {
  const auto entry = world_.gate.entry(service(words));
  const auto mode = words.one_of("what the gate does", {"open", "guarded", "trial", "closed"});
  const auto share = mode == "trial" ? words.number("percent") : 0;
  std::string limit = entry.limit ? boost::describe::enum_to_string(*entry.limit, "?") : "";
  if (limit.empty() == !words.done()) return false;
  if (!limit.empty() && !words.take(limit)) return false;
  return mode == boost::describe::enum_to_string(entry.mode, "?") && share == entry.share;
}

/// Where the described order stands among those of the last step; their number where it is not.
std::size_t Run::place_of_order(Words& words) {
  auto wanted = words.one_of("an order", {"close", "guard", "open", "trial", "block", "unblock", "inspect", "prove"});
  if (wanted == "trial") wanted += " " + words.next("percent");
  wanted += " " + words.next("of what");
  const auto at = std::ranges::find(orders_, wanted, text_of);
  return static_cast<std::size_t>(at - orders_.begin());
}
bool Run::expect_order(Words& words) {
  const auto is_gate = [](const Order& order) { return std::holds_alternative<order::SetGate>(order); };
  if (words.take("none")) return std::ranges::none_of(orders_, is_gate);
  const auto place = place_of_order(words);
  if (!words.take("before")) return place < orders_.size();
  const auto other = place_of_order(words);
  return place < other && other < orders_.size();
}

bool Run::expect_refused(Words& words) {
  Refusal why{};
  const auto word = words.next("why");
  if (!boost::describe::enum_from_string(word.c_str(), why)) throw Mistake{0, fmt::format("'{}' is no reason to refuse", word)};
  return any_fact<fact::Refused>(facts_, [&](const auto& refused) { return refused.why == why; });
}
bool Run::expect_paged(Words& words) {
  std::optional<ServiceId> of;
  if (!words.done()) of = service(words);
  return any_fact<fact::PersonPaged>(facts_, [&](const auto& paged) { return !of || paged.service == of; });
}
bool Run::expect_advised(Words& words) {
  const auto action = words.one_of("an advice", {"close", "guard"});
  const auto id = service(words);
  return any_fact<fact::Advised>(facts_, [&](const auto& advised) { return advised.service == id && advised.action == action; });
}
bool Run::expect_blocked(Words& words) { return world_.gate.blocked.contains(SourceRef{words.next("a source")}); }

bool Run::expect_nothing(Words& words) {
  if (words.one_of("what", {"closes", "changes"}) == "closes") return !any_fact<fact::Closed>(facts_, [](const auto&) { return true; });
  auto before = before_;
  before.facts = world_.state().facts, before.seen = world_.state().seen;
  if (variant_ == Variant::restart_after_every_step) return orders_.empty();  // the restart between changed timers
  return before == world_.state() && orders_.empty();
}
bool Run::expect_never_closed(Words& words) {
  words.demand("closed");
  std::optional<ServiceId> of;
  if (!words.done()) of = service(words);
  return !any_fact<fact::Closed>(world_.facts(), [&](const auto& closed) { return !of || closed.service == of; });
}
bool Run::expect_fact(Words& words) {
  const auto kind = words.next("a kind of fact");
  return std::ranges::any_of(facts_, [&](const Fact& fact) { return kind_of(fact) == kind; });
}

}  // namespace kulla::incident
