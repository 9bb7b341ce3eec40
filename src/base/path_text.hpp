// File names are bytes; JSON and terminals want text. Escaping keeps valid UTF-8 that is harmless to show and writes every other
// byte, and '%', as %XX (upper-case hexadecimal). One name has one text: docs/baseline-format.md.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla {

/// Also used for any foreign text that goes into one line: no control, no line end, no direction override is left in it.
[[nodiscard]] std::string escape_path(std::string_view bytes);
/// The bytes again; a text that escape_path would not have written is Code::bad_json.
[[nodiscard]] Result<std::string> unescape_path(std::string_view text);
/// At most `limit` bytes of an escaped text, cut between characters, with … where cut.
[[nodiscard]] std::string cut_text(std::string text, std::size_t limit);

}  // namespace kulla
