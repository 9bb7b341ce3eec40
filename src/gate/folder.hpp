// The gate's folder on disk: haproxy.cfg, the maps, the notice pages. Written before HAProxy starts; never opens anything.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gate/settings.hpp"
#include "gate/state_map.hpp"

namespace kulla::gate {

/// What was done, a sentence a line, for people.
using Done = std::vector<std::string>;

/// Writes the configuration. States in a good map are kept; services that it misses are added closed, unknown ones dropped.
/// A bad map is repaired as by `repair`.
[[nodiscard]] Result<Done> render(const Settings& settings);
/// `render` for a gate that has never run: every service open. Refused where there is a state map already.
[[nodiscard]] Result<Done> render_first(const Settings& settings);
/// Before any start of HAProxy: where the state map is missing, no file, unreadable, cut, ill-formed, or names a service twice or an
/// unknown one, the bad one is moved aside (state.map.bad) and an all-closed one is written. Then the rest is written as by `render`.
[[nodiscard]] Result<Done> repair(const Settings& settings);

/// The state map as it stands on disk, strictly read, with no service unknown. Services may be missing: they are closed.
[[nodiscard]] Result<StateMap> read_state_map(const Settings& settings);
/// What `render` would change in the files, a line each; empty where all is as it would be rendered.
[[nodiscard]] std::vector<std::string> differences(const Settings& settings);

}  // namespace kulla::gate
