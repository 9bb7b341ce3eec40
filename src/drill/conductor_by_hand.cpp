// The way back when people at the console do it: the drill asks, waits and shows what it waits for. What they did is judged from clients,
// disk and ledger as ever.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "drill/conductor.hpp"

namespace kulla::drill {
namespace {
constexpr std::chrono::minutes people_patience{15};  // people read before they sign; a drill that was left alone still ends

template <typename T>
bool is_of(const Fact& fact, const std::string& service) {
  const auto* body = std::get_if<T>(&fact.body);
  return body && body->service.str() == service;
}

bool failed(const Feed::Facts& facts, const std::string& service, std::size_t from) {
  return std::ranges::any_of(facts | std::views::drop(from),
                             [&](const Fact& fact) { return is_of<fact::VerificationFailed>(fact, service); });
}

bool is_verified(const Feed::Facts& facts, const std::string& service) {
  for (const auto& fact : facts | std::views::reverse) {
    if (is_of<fact::Verified>(fact, service)) return true;
    if (is_of<fact::VerificationVoided>(fact, service) || is_of<fact::VerificationFailed>(fact, service)) return false;
  }
  return false;
}

std::set<PersonId> signers(const Feed::Facts& facts, const std::string& service) {
  std::set<PersonId> people;
  for (const auto& fact : facts)
    if (const auto* approved = std::get_if<fact::Approved>(&fact.body);
        approved && approved->approval.service.str() == service && approved->approval.purpose == Purpose::reopen)
      people.insert(approved->approval.person);
  return people;
}
}  // namespace

void Conductor::await_people(std::string_view what, const std::vector<std::string>& services, const Done& done) {
  story_.tell(Lane::way_back, fmt::format("waits at most {} min for people at the console: {}: {}", people_patience.count(), what,
                                          fmt::join(services, ", ")));
  std::size_t shown = services.size() + 1;
  const auto all_done = [&](const Facts& facts) {
    const auto now = static_cast<std::size_t>(std::ranges::count_if(services, [&](const auto& service) { return done(facts, service); }));
    if (now != shown) story_.progress(what, now, services.size());
    shown = now;
    return now == services.size();
  };
  if (!feed_->wait(all_done, people_patience, interrupted_)) miss(fmt::format("{}: people did not get there in time", what));
}

std::size_t Conductor::facts_so_far() {
  std::size_t count = 0;
  feed_->wait(
      [&](const Facts& facts) {
        count = facts.size();
        return true;
      },
      std::chrono::seconds{1}, interrupted_);
  return count;
}

void Conductor::await_first_verification() {
  await_people("first verification of each closed service", names(plan_.closing()),
               [](const Facts& facts, const std::string& service) { return failed(facts, service, 0) || is_verified(facts, service); });
}

/// People may try again: of the rebuilt system until it passes, of the other until it failed since its rebuild.
void Conductor::await_second_verification() {
  const auto rebuilt = names(rebuilt_services());
  const auto from = facts_so_far();
  await_people("second verification, after the rebuild", names(plan_.closing()), [&](const Facts& facts, const std::string& service) {
    return std::ranges::count(rebuilt, service) > 0 ? is_verified(facts, service) : failed(facts, service, from);
  });
}

/// Whoever signs first is made to sign again. Where the second person is quicker than that, the next service shows it.
void Conductor::await_same_officer() {
  const auto of = [&](const Facts& facts, std::size_t service) { return signers(facts, plan_.services[service].name); };
  for (const auto service : rebuilt_services()) {
    std::set<PersonId> people;
    const auto signed_by_some = [&](const Facts& facts) { return !(people = of(facts, service)).empty(); };
    if (!feed_->wait(signed_by_some, people_patience, interrupted_)) return miss("nobody approved in time");
    if (people.size() > 1) continue;
    const auto& officers = world_.officers();
    const auto officer = std::ranges::find(officers, *people.begin(), &Officer::person);
    if (officer == officers.end()) return miss(fmt::format("{} approved, and is no officer of the drill", people.begin()->str()));
    sign_again(service, static_cast<std::size_t>(officer - officers.begin()));
    feed_->wait([&](const Facts& facts) { return people = of(facts, service), true; }, std::chrono::seconds{1}, interrupted_);
    if (people.size() == 1) return;
    seen_.same_officer = {};
  }
}

void Conductor::await_approvals() {
  story_.tell(Lane::way_back, "waits for people at the console: each verified service needs the approvals of two of its approvers");
  await_same_officer();
  if (!over())
    await_people("approvals by two people", names(rebuilt_services()),
                 [](const Facts& facts, const std::string& service) { return signers(facts, service).size() >= 2; });
}
}  // namespace kulla::drill
