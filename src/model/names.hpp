// The identities of the things in design's vocabulary, each a type of its own.
#pragma once
#include "base/id.hpp"

namespace kulla {
using ServiceId = Id<struct ServiceTag>;
using SystemId = Id<struct SystemTag>;
using DatasetId = Id<struct DatasetTag>;
using ClosureId = Id<struct ClosureTag>;    ///< 12 letters and digits, public, on the notice page
using IncidentId = Id<struct IncidentTag>;
using RuleId = Id<struct RuleTag>;
using SensorId = Id<struct SensorTag>;      ///< a source of events; two alerts of one sensor never corroborate each other
using VantageId = Id<struct VantageTag>;
using PersonId = Id<struct PersonTag>;
using SourceRef = Id<struct SourceTag>;     ///< keyed pseudonym of a client address; the address itself never enters the ledger
using ObjectRef = Id<struct ObjectTag>;     ///< keyed pseudonym of (service, URL path): lets two sensors speak of one thing
}  // namespace kulla
