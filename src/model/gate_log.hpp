// The gate's log line: written by gate/ (as HAProxy's log-format), read by event/. One line a request, fields separated by one space:
//
//   kulla1 DATE_US ACTIVE_MS CLIENT METHOD HOST PATH STATUS BYTES SERVICE VERDICT TERMINATION "URI" "USER-AGENT" "REFERER" "CONTENT-TYPE"
//
//   DATE_US      when the line was written, microseconds since 1970
//   ACTIVE_MS    the request's whole active time (HAProxy %Ta); the request began at DATE_US − 1000 × ACTIVE_MS; -1 where unknown
//   CLIENT       source address
//   HOST, PATH   as normalised for the look-up, "-" where there is none
//   SERVICE      the service's id, "-" where none matched
//   VERDICT      pass | closed | blocked | limited | bad | unknown: what the gate itself decided; all but pass are counted, never alerts;
//                "-" where the request was too malformed to reach the rules (METHOD is then <BADREQ>)
//   TERMINATION  HAProxy's two letters of session state (%ts)
//   "…"          the raw URI as it was received, from its path on, then request headers: quoted, with \ before " \ and ] (HAProxy's +Q,+E),
//                "-" or "" where absent; other bytes stand as they came, tabs and control characters too, but never a newline
//
// The stream is framed by newlines (HAProxy's log-proto legacy).
#pragma once
#include <cstddef>
#include <string_view>

namespace kulla::gate_log {
inline constexpr std::string_view version = "kulla1";
inline constexpr std::size_t plain_fields = 12;  ///< before the quoted ones, with the version
inline constexpr std::size_t quoted_fields = 4;
inline constexpr std::size_t line_limit = 16384;  ///< bytes; the ring's maxlen; a longer line arrives cut and is an alert of its own
}  // namespace kulla::gate_log
