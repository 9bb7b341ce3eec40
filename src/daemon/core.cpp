#include "daemon/core.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace kulla::daemon {
namespace {
/// What may close, confirm or steer goes before what is only seen.
bool is_urgent(const InputBody& body) {
  if (const auto* raised = std::get_if<input::AlertRaised>(&body)) return raised->alert.nature == Nature::effect;
  return !std::holds_alternative<input::BeliefChanged>(body) && !std::holds_alternative<input::SignedIn>(body) &&
         !std::holds_alternative<input::SignedOut>(body) && !std::holds_alternative<input::SignInFailed>(body);
}
/// Goes out before its fact is durable.
bool at_once(const Order& order) {
  if (const auto* set = std::get_if<order::SetGate>(&order)) return !set->opens;
  return !std::holds_alternative<order::UnblockSource>(order) && !std::holds_alternative<order::Publish>(order);
}
}  // namespace

bool Core::post(InputBody input) {
  const auto lane = is_urgent(input) ? Inbox::Lane::urgent : Inbox::Lane::normal;
  return inbox_.post(std::move(input), lane);
}

bool Core::ask(Query query, std::chrono::milliseconds patience) {
  // Shared with the core: if we give up waiting, the answer comes to nobody and harms nobody.
  auto done = std::make_shared<std::promise<void>>();
  auto answered = done->get_future();
  auto question = std::make_shared<std::pair<std::mutex, Query>>();
  question->second = std::move(query);
  const bool posted = inbox_.post(Query{[done, question](const incident::State& state) {
                                    const std::scoped_lock lock{question->first};
                                    if (question->second) question->second(state);
                                    done->set_value();
                                  }},
                                  Inbox::Lane::urgent);
  if (posted && answered.wait_for(patience) == std::future_status::ready) return true;
  const std::scoped_lock lock{question->first};
  question->second = {};
  return false;
}

bool Core::turned_away(const InputBody& body) {
  const auto* raised = std::get_if<input::AlertRaised>(&body);
  const bool telemetry = (raised && raised->alert.nature == Nature::attempt) || std::holds_alternative<input::BeliefChanged>(body);
  if (!telemetry || !outlets_.overloaded()) return false;
  if (turned_away_++ == 0) turned_away_from_ = clock_.now().wall;
  return true;
}

void Core::handle(InputBody body) {
  if (turned_away(body)) return;
  const Input input{clock_.now(), std::move(body)};
  for (auto& fact : incident::decide(state_, input, policy_)) {
    state_ = incident::evolve(std::move(state_), fact);
    const auto number = state_.facts;
    std::vector<Order> once_durable;
    for (auto& order : incident::orders(state_, fact)) {
      if (at_once(order)) outlets_.carry_out(number, order);
      else once_durable.push_back(std::move(order));
    }
    outlets_.record(number, std::move(fact), std::move(once_durable));
  }
}

bool Core::jumped(Moment now) const {
  const auto wall = std::chrono::duration_cast<Ticks>(now.wall - last_.wall), mono = now.mono - last_.mono;
  return last_.mono.count() != 0 && (std::chrono::abs(wall - mono) > jump_limit || mono > jump_limit + tick_);
}

void Core::tick() {
  const auto now = clock_.now();
  const auto wall = std::chrono::duration_cast<Ticks>(now.wall - last_.wall), mono = now.mono - last_.mono;
  const bool gap = jumped(now);
  const auto before = std::exchange(last_, now).wall;
  if (gap)
    spdlog::warn("the clock jumped, or the machine stood still: {} ms by the wall, {} ms by ticks; timers towards open start again",
                 wall.count(), mono.count());
  handle(input::Tick{gap, gap ? std::optional{before} : std::nullopt});
  if (turned_away_ > 0 && !outlets_.overloaded())
    handle(input::Blind{SensorId{"core"}, std::exchange(turned_away_, 0), turned_away_from_, now.wall});
}

void Core::give_again() {
  for (const auto& order : incident::unconfirmed(state_)) outlets_.carry_out(state_.facts, order);
}

void Core::run(const std::function<bool()>& stop, InputBody first) {
  last_ = clock_.now();
  handle(std::move(first));
  give_again();
  auto next = std::chrono::steady_clock::now() + tick_;
  while (!stop()) {
    if (auto letter = inbox_.take(next)) {
      if (jumped(clock_.now())) tick();  // before what came right after it is judged by the clock
      if (auto* query = std::get_if<Query>(&*letter)) (*query)(state_);
      else handle(std::get<InputBody>(std::move(*letter)));
    }
    if (std::chrono::steady_clock::now() >= next) {
      tick();
      next = std::chrono::steady_clock::now() + tick_;
    }
  }
}
}  // namespace kulla::daemon
