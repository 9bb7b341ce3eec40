// HAProxy's configuration for the services of a Settings: text only, nothing is written here (folder.hpp does).
// docs/gate.md tells operators what the rules do and in which order.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.hpp"

namespace kulla::gate {

/// A URI longer than this gets 414: the longest line of the gate's log stays below gate_log::line_limit.
inline constexpr int uri_limit = 4096;
/// Requests of one source to guarded services in ten seconds before it gets 429.
inline constexpr int guarded_requests = 500;

/// Refuses (bad_config) what cannot be rendered safely: names, hosts, paths and addresses outside their plain alphabets, two services
/// that a lenient server could not tell apart, a socket path over the system's limit.
[[nodiscard]] Result<> check(const Settings& settings);

/// All of these expect settings that `check` accepts.
[[nodiscard]] std::string render_config(const Settings& settings);
[[nodiscard]] std::string render_route_map(const Settings& settings);
/// The same routes as the most lenient server could read them (`folded`): where the two disagree on a request it is ambiguous.
[[nodiscard]] std::string render_folded_map(const Settings& settings);
/// `domestic.map`: networks of the country's own clients.
[[nodiscard]] std::string render_domestic_map(const Settings& settings);
/// HTML with HAProxy's log-format variables in it. `unknown`: the page for what the gate does not know.
enum class Notice { closed, unknown };
[[nodiscard]] std::string render_notice(const Settings& settings, Notice notice);

[[nodiscard]] std::string backend_name(const ServiceId& service);
/// The one server line of a service: backend/server, as the runtime API names it.
[[nodiscard]] std::string server_name(const ServiceId& service);

/// How to start HAProxy on this configuration, in the foreground: master and workers, with a master socket for kulla's user alone.
[[nodiscard]] std::vector<std::string> haproxy_command(const Settings& settings);

}  // namespace kulla::gate
