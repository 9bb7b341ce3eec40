#include "serve/attempts.hpp"

#include <utility>

namespace kulla::serve {
namespace {
constexpr Ticks tell_again = std::chrono::seconds{10};
}  // namespace

std::optional<Ticks> SignInAttempts::begin(const std::string& name, const std::string& network, const Device& device, Ticks now) {
  if (device) return devices_.take(*device, now);
  if (const auto wait = clients_.take(network, now)) return wait;
  return names_.take(name, now);
}

std::optional<Ticks> SignInAttempts::come(const std::string& network, const Device& device, Ticks now) {
  return device ? devices_.take(*device, now) : clients_.take(network, now);
}

void SignInAttempts::succeeded(const std::string& name, const std::string& network, const Device& device) {
  if (device) return devices_.give_back(*device);
  clients_.give_back(network);
  names_.give_back(name);
}

bool SignInAttempts::use_code(const PersonId& person, std::int64_t step) {
  const auto [last, first] = last_step_.try_emplace(person, step);
  if (!first && last->second >= step) return false;
  last->second = step;
  return true;
}

void Failures::add(const PersonId& person, const std::string& address, const std::string& method) {
  auto& untold = notes_[person].untold;
  untold = {Happening::Kind::sign_in_failed, person, address, method, untold.times + (untold.method.empty() ? 0 : 1)};
}

std::vector<Happening> Failures::due(Ticks now) {
  std::vector<Happening> told;
  for (auto& [person, note] : notes_) {
    if (note.untold.method.empty() || (note.told && now - *note.told < tell_again)) continue;
    told.push_back(std::exchange(note.untold, {}));
    note.told = now;
  }
  std::erase_if(notes_, [now](const auto& each) { return each.second.untold.method.empty() && now - *each.second.told >= tell_again; });
  return told;
}

}  // namespace kulla::serve
