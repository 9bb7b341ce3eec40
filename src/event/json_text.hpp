// The inside of a JSON string as the text that it means.
#pragma once
#include <string>
#include <string_view>

namespace kulla::event {

/// `raw` stands before a closing quote (as every string of a document does), with read_padding readable bytes after it. False, and
/// `text` empty, where an escape is none.
bool unescape_json(std::string_view raw, std::string& text);

}  // namespace kulla::event
