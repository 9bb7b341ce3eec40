// When an event happened, of readers that leave it to the fields.
#pragma once
#include "event/event.hpp"

namespace kulla::event {

/// Event::happened, else from the fields that usually say so; the epoch where none does.
[[nodiscard]] Timestamp time_told(const Event& event);

}  // namespace kulla::event
