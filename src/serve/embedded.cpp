#include "serve/embedded.hpp"

#include <array>
#include <utility>

#include "base/hash.hpp"

namespace kulla::serve {
namespace {
std::string bytes_of(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  KULLA_ASSERT(from_hex(hex, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}));
  return bytes;
}
}  // namespace

std::string openapi_document() {
  std::string text;
  for (const auto each : openapi_texts()) text += each;
  return text;
}

std::string_view content_type_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> types{{{".html", "text/html; charset=utf-8"},
                                                                                       {".js", "text/javascript; charset=utf-8"},
                                                                                       {".css", "text/css; charset=utf-8"},
                                                                                       {".json", "application/json"},
                                                                                       {".svg", "image/svg+xml"},
                                                                                       {".png", "image/png"},
                                                                                       {".woff2", "font/woff2"},
                                                                                       {".txt", "text/plain; charset=utf-8"}}};
  for (const auto& [ending, type] : types)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

Assets console_assets() {
  Assets assets;
  for (const auto& [name, content, gzip] : embedded_console())
    assets.emplace(name, Asset{std::string{content_type_of(name)}, bytes_of(content), bytes_of(gzip)});
  return assets;
}

}  // namespace kulla::serve
