// One incident as one HTML file that needs nothing else: what happened by lane, each closing from its order to its opening, who signed, and
// the ledger's proof. No script; printed, it can be filed. Every text in it is foreign, and escaped. Pure.
#pragma once
#include <string>
#include <vector>

#include "daemon/view_picture.hpp"
#include "ledger/chain.hpp"

namespace kulla::daemon {

struct ReportedFact {
  std::uint64_t number = 0;
  Fact fact;
  std::string json;
  std::optional<Digest> hash{}, previous{};  ///< none while it is not durable
};
struct IncidentReport {
  IncidentSeen incident;
  Timestamp made;
  std::string version;
  std::vector<ReportedFact> facts;  ///< of the incident, without alerts that showed no effect
  std::uint64_t attempts = 0;  ///< those
  bool cut = false;  ///< there are more facts than a report shows
  ledger::Head head;
  PublicKey key;
};
[[nodiscard]] std::string to_html(const IncidentReport& report);

}  // namespace kulla::daemon
