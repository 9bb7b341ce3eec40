// The inside of a JSON string as the text that it means, and back.
#pragma once
#include <string>
#include <string_view>

namespace kulla::event {

/// `raw` stands before a closing quote (as every string of a document does), with read_padding readable bytes after it. False, and
/// `text` empty, where an escape is none.
bool unescape_json(std::string_view raw, std::string& text);

/// Appends `text` in the one form in which most programs write it: `\"` `\\` `\b` `\f` `\n` `\r` `\t`, all other bytes as they are.
void escape_json(std::string_view text, std::string& raw);

}  // namespace kulla::event
