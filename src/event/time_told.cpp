#include "event/time_told.hpp"

#include <array>

#include "event/text/times.hpp"

namespace kulla::event {

Timestamp time_told(const Event& event) {
  constexpr std::array<std::string_view, 12> names{"TimeCreated",
                                                   "@timestamp",
                                                   "SystemTime",
                                                   "EventTime",
                                                   "UtcTime",
                                                   "timestamp",
                                                   "eventTime",
                                                   "time",
                                                   "ts",
                                                   "Timestamp",
                                                   "requestReceivedTimestamp",
                                                   "CreationTime"};
  if (event.happened != Timestamp{}) return event.happened;
  for (const auto name : names) {
    auto text = event.field(name).value_or("");
    const auto time = take_iso_time(text, std::chrono::minutes{0});
    if (time && text.empty()) return *time;
  }
  return {};
}

}  // namespace kulla::event
