#include "serve/sessions.hpp"

#include <algorithm>
#include <ranges>

namespace kulla::serve {
namespace {
constexpr std::size_t name_length = 12, longest_token = 128;
}

bool Sessions::over(const Session& session, Ticks now) const { return left(session, now) <= Ticks{}; }

Ticks Sessions::left(const Session& session, Ticks now) const {
  return std::min(session.used + limits_.idle, session.opened + limits_.age) - now;
}

void Sessions::make_room_for(const PersonId& person) {
  auto own = sessions_ | std::views::filter([&](const auto& each) { return each.second.person == person; });
  if (std::cmp_less(std::ranges::distance(own), limits_.most_a_person)) return;
  sessions_.erase(std::ranges::min_element(own, {}, [](const auto& each) { return each.second.used; }).base());
}

std::optional<Sessions::Opened> Sessions::open(PersonId person, Roles roles, std::string account, Ticks now) {
  forget_old(now);
  make_room_for(person);
  if (sessions_.size() >= limits_.most) return {};
  auto token = to_hex(random_digest());
  Session session{to_hex(random_digest()).substr(0, name_length),
                  std::move(person),
                  std::move(roles),
                  to_hex(random_digest()),
                  std::move(account),
                  now,
                  now};
  const auto& opened = sessions_.insert_or_assign(sha256(token), std::move(session)).first->second;
  return Opened{std::move(token), &opened};
}

const Session* Sessions::find(std::string_view token, Ticks now, bool uses) {
  if (token.empty() || token.size() > longest_token) return nullptr;
  const auto found = sessions_.find(sha256(token));
  if (found == sessions_.end()) return nullptr;
  if (over(found->second, now)) {
    sessions_.erase(found);
    return nullptr;
  }
  if (uses) found->second.used = now;
  return &found->second;
}

const Session* Sessions::named(std::string_view name, Ticks now) const {
  const auto found = std::ranges::find_if(sessions_, [&](const auto& each) { return each.second.name == name; });
  return found == sessions_.end() || over(found->second, now) ? nullptr : &found->second;
}

void Sessions::end(std::string_view name) {
  keep_only([&](const Session& session) { return session.name != name; });
}

void Sessions::forget_old(Ticks now) {
  keep_only([&](const Session& session) { return !over(session, now); });
}

}  // namespace kulla::serve
