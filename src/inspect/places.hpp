// Files by which an intruder stays: a change of theirs means more than that of another, whatever is in them.
#pragma once
#include <string>
#include <string_view>

#include "inspect/inspect.hpp"

namespace kulla::inspect {

struct Place {
  Severity severity = Severity::low;
  std::string_view why;  ///< what such a file decides; empty: nothing special
};
/// `path` is relative to the root of a machine, or of a part of one (a home, an /etc).
[[nodiscard]] Place place_of(const std::string& path);

}  // namespace kulla::inspect
