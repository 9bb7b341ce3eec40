// What the program carries in itself (CMakeLists.txt puts it there): the API's document and the console's files.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "serve/serve.hpp"

namespace kulla::serve {

[[nodiscard]] std::vector<std::string_view> openapi_texts();  ///< docs/openapi.json
[[nodiscard]] std::string openapi_document();

/// A file of web/dist, in lower-case hexadecimal.
struct EmbeddedFile {
  std::string_view name, content, gzip;
};
[[nodiscard]] std::vector<EmbeddedFile> embedded_console();
/// The console as it was built; empty where there was nothing to build it with.
[[nodiscard]] Assets console_assets();
/// By the ending of its name.
[[nodiscard]] std::string_view content_type_of(std::string_view name);

}  // namespace kulla::serve
