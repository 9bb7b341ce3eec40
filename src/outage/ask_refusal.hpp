// Who refused a connection: the host itself with a reset, or a filter on the way with ICMP. Both are ECONNREFUSED; ip(7), IP_RECVERR.
#pragma once

namespace kulla::outage {

/// Whether the system is to keep what ICMP says of this TCP socket. Only while it connects: on a connection that stands, ICMP would end
/// what is under way, as it does not otherwise. `false` also forgets what was kept.
void keep_icmp(int socket, bool v6, bool wanted);
/// ICMP was kept of the socket. Takes one message away.
[[nodiscard]] bool told_by_icmp(int socket);

}  // namespace kulla::outage
