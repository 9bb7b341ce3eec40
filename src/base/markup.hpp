// Foreign text within HTML, SVG and XML.
#pragma once
#include <string>
#include <string_view>

namespace kulla {

/// Escapes for text and for attributes in either kind of quotes.
[[nodiscard]] std::string escape_markup(std::string_view text);
/// The same of bytes that may be no text, as escape_path shows them; but a percent sign stands as it is: nobody reads the bytes back.
[[nodiscard]] std::string shown_in_markup(std::string_view bytes);

}  // namespace kulla
