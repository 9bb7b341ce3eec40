// Foreign text for people: in one line of a terminal, and within HTML, SVG and XML. Nobody reads the bytes back from it.
#pragma once
#include <string>
#include <string_view>

namespace kulla {

/// As escape_path writes it, but a percent sign stands as it is.
[[nodiscard]] std::string shown_text(std::string_view bytes);
/// Escapes for text and for attributes in either kind of quotes.
[[nodiscard]] std::string escape_markup(std::string_view text);
/// Both.
[[nodiscard]] std::string shown_in_markup(std::string_view bytes);

}  // namespace kulla
