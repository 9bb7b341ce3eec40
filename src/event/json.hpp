// JSON records as events: one object a line (NDJSON), or objects in any layout, also in an array.
// Nested objects become names with dots ("userIdentity.type"), lists several fields of one name. A Windows event as its XML tells it
// ("Event": {"System": …, "EventData": …}) gets the names that Sigma's rules use, as from EVTX: EventID, Provider_Name, CommandLine.
#pragma once
#include <memory>

#include "event/reader.hpp"

namespace kulla::event {

inline constexpr int json_depth_limit = 32;
inline constexpr std::size_t json_field_limit = 10'000;  ///< of one record

/// A line that is cut short gives the fields before the fault, and is counted. Bytes that are not UTF-8 are replaced, and counted.
[[nodiscard]] std::unique_ptr<Reader> make_ndjson_reader();
/// Objects one after another, in any layout, also as elements of one array, or of an array that is the only member of an object
/// ("Records": [ … ], as cloud services write them). Numbers of records count objects.
[[nodiscard]] std::unique_ptr<Reader> make_json_reader();

}  // namespace kulla::event
