// A URI as it was received, taken apart and decoded (RFC 3986), without refusing anything: attackers do not keep to grammars.
#pragma once
#include <string>
#include <string_view>

namespace kulla::event {

struct UriParts {
  std::string_view stem;   ///< the path, without scheme and authority of an absolute form
  std::string_view query;  ///< after the first '?', without a fragment
  bool has_query = false;
};
[[nodiscard]] UriParts split_uri(std::string_view uri);

/// Appends `text` with each %XX as its byte, and with '+' as a space if `plus`; what is not %XX stays.
void percent_decode(std::string_view text, bool plus, std::string& out);

/// Appends `uri` with its encoding undone up to three times, as "%252e" is "." to those who decode twice; '+' in the query is a
/// space. True if that differs from `uri`; nothing is appended otherwise.
bool decode_uri(std::string_view uri, std::string& out);

/// A path without empty, "." and ".." segments, beginning with '/': "/a//b/./c/../d" is "/a/b/d"; a trailing '/' stays.
[[nodiscard]] std::string clean_path(std::string_view path);

}  // namespace kulla::event
