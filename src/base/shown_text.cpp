#include "base/shown_text.hpp"

#include "base/path_text.hpp"

namespace kulla {

std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char letter : text) switch (letter) {
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '&': escaped += "&amp;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += letter;
    }
  return escaped;
}

std::string shown_text(std::string_view bytes) {
  auto shown = escape_path(bytes);
  for (auto at = shown.find("%25"); at != std::string::npos; at = shown.find("%25", at + 1)) shown.erase(at + 1, 2);
  return shown;
}

std::string shown_in_markup(std::string_view bytes) { return escape_markup(shown_text(bytes)); }
}  // namespace kulla
