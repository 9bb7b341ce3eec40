// Any bytes as lines of JSON and as JSON, whole and in two pieces: the same comes of both.
#include "event/json.hpp"
#include "fuzz/in_pieces.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  fuzz::same_in_pieces([] { return event::make_ndjson_reader(); }, bytes);
  fuzz::same_in_pieces([] { return event::make_json_reader(); }, bytes);
  return 0;
}
