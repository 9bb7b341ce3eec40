// An alert: a rule matched.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla {

BOOST_DEFINE_ENUM_CLASS(Level, informational, low, medium, high, critical)
/// An attempt was made, or something is different now. An attempt never closes.
BOOST_DEFINE_ENUM_CLASS(Nature, attempt, effect)

struct Alert {
  RuleId rule;
  std::string title;                    ///< of the rule; never text from an event
  Level level = Level::medium;
  Nature nature = Nature::attempt;
  bool succeeded = false;               ///< an attempt that its sensor saw answered as if it had worked
  bool may_close = false;               ///< the rule is allowed to close (backtested, within its noise budget)
  SensorId sensor;
  std::optional<SourceRef> source;
  std::optional<ServiceId> service;
  std::optional<SystemId> system;
  std::optional<ObjectRef> object;      ///< what it is about, comparable across sensors
  std::string what;                     ///< one short line for people; from a host's sensor a path on that host, else empty
  std::vector<std::string> techniques;  ///< ATT&CK ids
  std::uint64_t count = 1;              ///< how many matches this alert stands for
  Timestamp happened, seen;
  Digest evidence;                      ///< of the stored evidence; zero where there is none
  friend bool operator==(const Alert&, const Alert&) = default;
};
BOOST_DESCRIBE_STRUCT(Alert, (),
                      (rule, title, level, nature, succeeded, may_close, sensor, source, service, system, object, what, techniques, count,
                       happened, seen, evidence))

}  // namespace kulla
