#include "daemon/answers.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t services_limit = 10'000;  // the gate names only services that it knows; more can only be a fault
}

void Answers::count(const event::Event& event) {
  const auto service = event.field("kulla-service");
  if (!service || event.field("kulla-verdict") != "pass") return;
  const auto status = event.field("sc-status").value_or("");
  const std::scoped_lock lock{mutex_};
  auto known = by_service_.find(*service);
  if (known == by_service_.end()) {
    if (by_service_.size() >= services_limit) return;
    known = by_service_.try_emplace(std::string{*service}).first;
  }
  ++known->second.requests;
  known->second.errors += status.size() != 3 || status.front() == '5';
}

std::map<std::string, Answered, std::less<>> Answers::all() const {
  const std::scoped_lock lock{mutex_};
  return by_service_;
}

Answered Answers::of(std::string_view service) const {
  const std::scoped_lock lock{mutex_};
  const auto known = by_service_.find(service);
  return known == by_service_.end() ? Answered{} : known->second;
}
}  // namespace kulla::daemon
