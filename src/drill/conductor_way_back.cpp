// The way back, and the end.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "drill/conductor.hpp"

namespace kulla::drill {
using namespace std::chrono_literals;
namespace {
constexpr auto verification_patience = 60s, trial_patience = 40s, trial_patience_by_hand = 600s, settle_patience = 60s;
constexpr auto quiet_after_rebuild = 1500ms;   // the file sensor sees the rebuild too; its alert must not void the verification
constexpr auto opened_by_hand_for = 2500ms;
constexpr auto seen_at_the_end = 2s;

template <typename T>
const T* as(const Fact& fact) {
  return std::get_if<T>(&fact.body);
}
}  // namespace

void Conductor::verify_by_officers(std::string_view which) {
  story_.tell(Lane::way_back, fmt::format("{} verification: every system inspected, every data set proved", which));
  const auto wanted = names(plan_.closing());
  const auto before = facts_so_far();
  if (const auto asked = officers_.verify(wanted); !asked) miss(fmt::format("{} verification: {}", which, asked.error().message()));
  const auto settled = [&](const Facts& facts) {
    return std::ranges::all_of(wanted, [&](const std::string& name) {
      return std::ranges::any_of(facts | std::views::drop(before), [&](const Fact& fact) {
        const auto* failed = as<fact::VerificationFailed>(fact);
        const auto* passed = as<fact::Verified>(fact);
        return (failed && failed->service.str() == name) || (passed && passed->service.str() == name);
      });
    });
  };
  if (!feed_->wait(settled, patience(verification_patience), interrupted_))
    miss(fmt::format("the {} verification did not end in time", which));
}

std::vector<Inspection> Conductor::verify_all(std::string_view which) {
  if (!options_.by_hand) verify_by_officers(which);
  else if (which == "first") await_first_verification();
  else await_second_verification();
  std::vector<Inspection> inspections;
  for (const auto system : {Plan::breached, Plan::infected})
    if (auto report = officers_.report(system, plan_.systems[system].id)) inspections.push_back(std::move(*report));
  return inspections;
}

void Conductor::rebuild() {
  const auto one = [this](std::size_t system, std::string_view how, auto restore) {
    story_.tell(Lane::way_back, fmt::format("{} {}", plan_.systems[system].id, how));
    const auto done = restore(world_, system);
    auto result = compare_with_plan(world_, system);
    if (!done) result.problem = done.error().message();
    if (!done) story_.tell(Lane::way_back, fmt::format("{}: {}", plan_.systems[system].id, result.problem));
    seen_.rebuilt.push_back(std::move(result));
  };
  one(Plan::breached, "is emptied and restored from its backup", rebuild_whole);
  one(Plan::infected, "is restored over what is there: the implant is forgotten", rebuild_over);
  std::size_t effects = 0;
  auto quiet_since = std::chrono::steady_clock::now();
  wait(10s, [&] {
    feed_->wait(
        [&](const Facts& facts) {
          const auto now =
              static_cast<std::size_t>(std::ranges::count_if(facts, [](const Fact& fact) { return as<fact::Alerted>(fact) != nullptr; }));
          if (now != effects) quiet_since = std::chrono::steady_clock::now();
          effects = now;
          return true;
        },
        100ms, interrupted_);
    return std::chrono::steady_clock::now() - quiet_since > quiet_after_rebuild;
  });
}

void Conductor::try_same_officer_twice() {
  const auto service = rebuilt_services().front();
  const auto& planned = plan_.services[service];
  if (const auto first = officers_.approve(planned.name, 0); !first)
    return miss(fmt::format("{}: the first approval: {}", planned.name, first.error().message()));
  sign_again(service, 0);
}

void Conductor::sign_again(std::size_t service, std::size_t officer) {
  const auto& planned = plan_.services[service];
  story_.tell(Lane::way_back,
              fmt::format("{} approves {} a second time, with the same key", world_.officers()[officer].person.str(), planned.name));
  const auto again = officers_.approve(planned.name, officer, 1s);
  wait(300ms, [] { return false; });
  const Answer answer = traffic_->ask({.host = planned.host, .target = below(planned, ""), .body = {}, .headers = {}});
  seen_.same_officer = {true, !again && again.error().code == Code::refused, !answer.by_service()};
}

void Conductor::approve_all() {
  for (const auto& name : names(rebuilt_services()))
    for (const std::size_t officer : {0U, 1U}) {
      const bool has_signed = officer == 0 && name == plan_.services[rebuilt_services().front()].name;
      if (has_signed || over()) continue;
      if (const auto approved = officers_.approve(name, officer); !approved)
        miss(fmt::format("{}: approval refused: {}", name, approved.error().message()));
    }
}

void Conductor::watch_trials() {
  const auto wanted = names(rebuilt_services());
  const auto opened = [&](const Facts& facts) {
    return std::ranges::all_of(wanted, [&](const std::string& name) {
      return std::ranges::any_of(facts, [&](const Fact& fact) {
        const auto* body = as<fact::GateConfirmed>(fact);
        return body && body->service.str() == name && body->entry.mode <= GateMode::guarded &&
               std::ranges::any_of(
                   facts, [&](const Fact& other) { return as<fact::Opened>(other) && as<fact::Opened>(other)->service.str() == name; });
      });
    });
  };
  if (!feed_->wait(opened, options_.by_hand ? trial_patience_by_hand : trial_patience, interrupted_))
    miss("the trials did not lead to open in time");
}

void Conductor::way_back() {
  if (sabotage(Sabotage::restore)) {
    story_.tell(Lane::saboteur, "damages a pack of the backup");
    if (auto done = saboteur_.damage_backup(); !done) miss(done.error().message());
  }
  if (sabotage(Sabotage::inspection)) {
    story_.tell(Lane::saboteur, "takes the attacked systems' baselines anew, and signs them with the trusted key");
    if (auto done = saboteur_.retake_baselines(); !done) miss(done.error().message());
  }
  seen_.first = verify_all("first");
  if (over() || std::ranges::any_of(seen_.first, &Inspection::clean)) return;  // inspections that find nothing lead nowhere
  rebuild();
  if (over()) return;
  seen_.second = verify_all("second");
  const auto breached = std::ranges::find(seen_.second, Plan::breached, &Inspection::system);
  if (over() || breached == seen_.second.end() || !breached->clean || !seen_.rebuilt.front().problem.empty()) return;
  traffic_->focus(rebuilt_services());
  if (sabotage(Sabotage::approval)) {
    story_.tell(Lane::saboteur, "holds the daemon and opens the services at the gate by hand");
    if (auto done = saboteur_.open_by_hand(names(rebuilt_services())); !done) miss(done.error().message());
    wait(opened_by_hand_for, [] { return false; });
    saboteur_.let_daemon_go();
    return;
  }
  if (options_.by_hand) {
    await_approvals();
  } else {
    try_same_officer_twice();
    approve_all();
  }
  if (!over()) watch_trials();
  traffic_->focus({});
}

/// Attempts go on until each service has seen one since the way back began, and citizens meet what is open and what is not.
void Conductor::settle() {
  traffic_->focus(plan_.closing());
  const auto began = std::chrono::steady_clock::now();
  std::vector<bool> attempted(plan_.services.size());
  std::size_t read = 0;
  wait(settle_patience, [&] {
    for (const auto& request : traffic_->requests().copy(read)) {
      ++read;
      if (request.who == Who::attempt && request.sent >= seen_.way_back_began) attempted[request.service] = true;
    }
    return std::ranges::count(attempted, false) == 0 && std::chrono::steady_clock::now() - began > seen_at_the_end;
  });
}

// ---- the end

void Conductor::finish() {
  if (traffic_) traffic_->stop();
  seen_.ended = wall_now();
  if (traffic_) {
    seen_.requests = traffic_->requests().copy();
    seen_.streams = traffic_->streams().copy();
  }
  if (!over()) story_.tell(Lane::drill, "ends; reads the ledger");
  processes_.stop_defence();
  if (feed_) feed_->stop();
  processes_.stop();
  if (!over() && defended()) read_ledger();
  if (!defended()) seen_.ledger_problem = "there is no ledger without a defence";
}

void Conductor::read_ledger() {
  const auto read = ledger::read(world_.ledger(), [this](const ledger::Entry& entry) {
    const auto value = parse_json(entry.bytes);
    if (auto fact = value ? fact_from_json(*value) : Result<Fact>{std::unexpected(value.error())}) seen_.facts.push_back(std::move(*fact));
  });
  if (!read) seen_.ledger_problem = read.error().message();
  if (sabotage(Sabotage::ledger)) {
    story_.tell(Lane::saboteur, "changes one byte of a stored fact");
    if (auto done = saboteur_.alter_ledger(); !done) miss(done.error().message());
  }
  const auto trust = read_public_key(world_.ledger_trust());
  if (!trust) {
    seen_.ledger_problem = trust.error().message();
    return;
  }
  ledger::VerifyOptions options{*trust, world_.witness(), {}, {}};
  auto verified = ledger::verify(world_.ledger(), options);
  if (verified) seen_.ledger = std::move(*verified);
  else seen_.ledger_problem = verified.error().message();
  seen_.secrets_found = secrets_in(world_.ledger(), world_.passwords());
  for (auto& found : secrets_in(world_.witness(), world_.passwords())) seen_.secrets_found->push_back(std::move(found));
}
}  // namespace kulla::drill
