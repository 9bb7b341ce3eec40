// Values that several readers add alike.
#pragma once
#include <string_view>

#include "event/event.hpp"

namespace kulla::event {

/// Adds what is there: neither empty nor "-".
void add_present(std::string_view name, std::string_view value, Event& event);

/// cs-uri, cs-uri-stem, cs-uri-query where there is a '?', and kulla-uri, decoded (event/uri.hpp).
void add_uri(std::string_view uri, Event& event);
/// kulla-uri alone.
void add_decoded_uri(std::string_view uri, Event& event);

/// cs-method, the URI's fields and cs-version of a request line. One of another shape is all cs-uri: attackers do not keep to HTTP.
void add_request(std::string_view request, Event& event);

/// time-taken: whole milliseconds.
void add_time_taken(std::chrono::microseconds taken, Event& event);

/// As Apache and nginx write into quotes: \xHH, \" and \\, and C's letters; the text itself where there is none.
[[nodiscard]] std::string_view unescape_backslashes(std::string_view text, Event& event);
/// As HAProxy writes: #HH.
[[nodiscard]] std::string_view unescape_hashes(std::string_view text, Event& event);

/// Written as an IPv4 or IPv6 address is; not whether it is one.
[[nodiscard]] bool looks_like_address(std::string_view text);

}  // namespace kulla::event
