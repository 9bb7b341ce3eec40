// The public history, in the shapes that users of status pages know (Statuspage's summary.json and incidents.json; Atom, RFC 4287):
// static files. docs/outage.md says what our states are in them. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "outage/history.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

struct Publication {
  std::string name, url;          ///< of the page: "Services of …", "https://status.example/"
  Timestamp now;                  ///< until when it is known
  std::span<const Target> targets;
  std::span<const Outage> outages;
  std::span<const Uptime> uptime; ///< of the range; may lack targets
  std::span<const Track> tracks;  ///< what each is now: its last step
};
/// {"page","status","components","incidents"}; incidents are those that last.
[[nodiscard]] std::string summary_json(const Publication& publication);
/// {"page","incidents"}: all, the newest first.
[[nodiscard]] std::string incidents_json(const Publication& publication);
/// An entry an outage, the newest first; at most 200.
[[nodiscard]] std::string atom_feed(const Publication& publication);

/// A name for an outage that stays: of its target and when it was first known bad.
[[nodiscard]] std::string outage_id(const Outage& outage);

}  // namespace kulla::outage
