// The small readers, on any bytes: times, map values, hexadecimal, escaped paths. What is accepted is written back the same.
#include "base/hash.hpp"
#include "base/path_text.hpp"
#include "base/time.hpp"
#include "model/gate_state.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view text{data, size};
  if (const auto time = parse_rfc3339(text)) KULLA_ASSERT(parse_rfc3339(to_rfc3339(*time)) == *time);
  if (const auto entry = from_map_value(text)) KULLA_ASSERT(to_map_value(*entry) == text);
  if (const auto digest = digest_from_hex(text)) KULLA_ASSERT(to_hex(*digest) == text);
  if (const auto bytes = unescape_path(text)) KULLA_ASSERT(escape_path(*bytes) == text);
  KULLA_ASSERT(unescape_path(escape_path(text)) == std::string{text});
  return 0;
}
