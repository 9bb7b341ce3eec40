// What the tracker concludes: that a target was down, between when and when, why, and how sure that is.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/evidence.hpp"
#include "model/names.hpp"

namespace kulla::outage {

/// Something happened within it, both ends included: earliest is when it had not happened yet, latest when it had.
struct Interval {
  Timestamp earliest, latest;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// What all vantages together hold of a target. The last two are neither up nor down, and are never counted as either.
BOOST_DEFINE_ENUM_CLASS(Condition, up, degraded, down, vantage_fault, no_data)

BOOST_DEFINE_ENUM_CLASS(Cause, protective_closure, overload, server_fault, network, withdrawal, dns, certificate, defacement, wide_outage,
                        vantage_fault, unknown)

struct Outage {
  ServiceId target;
  Interval onset;                       ///< over all vantages
  std::optional<Interval> joint_onset;  ///< narrower, where several of a group failed together; never shown as `onset`
  std::optional<Interval> end;          ///< none while it lasts
  Cause cause = Cause::unknown;
  int confidence = 0;                   ///< of the cause, in percent
  std::vector<std::string> evidence;    ///< what the cause rests on, a sentence each, the weightiest first
  std::vector<VantageId> agreeing, dissenting;
  std::optional<Agreement> agreement;   ///< with the orders of a ledger, where one was given
  std::optional<std::string> agreement_why;
  friend bool operator==(const Outage&, const Outage&) = default;
};

}  // namespace kulla::outage
