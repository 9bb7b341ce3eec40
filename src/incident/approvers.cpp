// What people must be who approve, whoever names them: the config the first time, two of the present ones, or the recovery keys.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "incident/handlers.hpp"

namespace kulla::incident {
namespace {
constexpr std::size_t approvers_most = 100, name_most = 64;  // as in the config; what is refused goes into the ledger with its name

std::optional<Objection> to_services(const Approver& approver, const std::function<bool(const ServiceId&)>& is_declared) {
  const auto about = [&](std::string_view what) { return fmt::format("{} {}", approver.person.str(), what); };
  if (approver.services->empty()) return Objection{Refusal::malformed, about("may approve no service: leave the list out, or name some")};
  std::set<ServiceId> once;
  for (const auto& service : *approver.services) {
    if (!is_declared(service))
      return Objection{Refusal::unknown_service, about("may approve \"" + service.str().substr(0, name_most) + '"')};
    if (!once.insert(service).second) return Objection{Refusal::malformed, about("may approve " + service.str() + " twice")};
  }
  return std::nullopt;
}
}  // namespace

bool may_approve_all(const Approver& approver, Timestamp now) { return !approver.services && (!approver.until || *approver.until > now); }

std::optional<Objection> objection_to(const std::vector<Approver>& approvers, const std::function<bool(const ServiceId&)>& is_declared,
                                      Timestamp now) {
  if (approvers.size() < approvals_needed) return Objection{Refusal::too_few_approvers, "a reopening takes two; name at least three"};
  if (approvers.size() > approvers_most) return Objection{Refusal::malformed, fmt::format("at most {} may approve", approvers_most)};
  for (const auto& approver : approvers) {
    if (approver.person.empty() || approver.person.str().size() > name_most)
      return Objection{Refusal::malformed, fmt::format("names have 1 to {} bytes", name_most)};
    if (approver.services)
      if (auto why = to_services(approver, is_declared)) return why;
  }
  if (std::ranges::count_if(approvers, [&](const Approver& approver) { return may_approve_all(approver, now); }) <
      static_cast<std::ptrdiff_t>(approvals_needed))
    return Objection{Refusal::too_few_approvers,
                     "two must be bound to no services, with keys that have not run out: else something could stay closed for ever"};
  return std::nullopt;
}

}  // namespace kulla::incident
