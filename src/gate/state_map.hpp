// The state map as text: a line "SERVICE VALUE" for each service, VALUE of fixed width (model/gate_state.hpp).
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/gate_state.hpp"

namespace kulla::gate {

inline constexpr std::size_t map_file_limit = std::size_t{16} << 20;  ///< a larger map is refused unread
inline constexpr std::size_t service_name_limit = 64;

using StateMap = std::map<ServiceId, GateEntry>;

/// Strict: every line ends, has two words and a value of the right form, and no service stands twice. map_bad names the line.
[[nodiscard]] Result<StateMap> parse_state_map(std::string_view text);
[[nodiscard]] std::string format_state_map(const StateMap& map);
/// Where the values of `service` stand, however bad the rest of the text is; only values whose whole width is there.
[[nodiscard]] std::vector<std::size_t> find_values(std::string_view text, const ServiceId& service);
/// What HAProxy does with a value that it finds, or does not find, in the map: what is not exactly known is closed.
[[nodiscard]] GateEntry read_leniently(std::string_view value);

}  // namespace kulla::gate
