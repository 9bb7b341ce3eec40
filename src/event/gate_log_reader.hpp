// Recordings of the gate's own log, as kept on disk.
#pragma once
#include <memory>

#include "event/reader.hpp"

namespace kulla::event {

/// Fields as read_gate_line() gives them (gate_log.hpp); events are seen when they were recorded.
[[nodiscard]] std::unique_ptr<Reader> make_gate_log_reader();

}  // namespace kulla::event
