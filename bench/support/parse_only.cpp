#include "support/parse_only.hpp"

#include <simdjson.h>

namespace kulla::bench {
namespace {
namespace ondemand = simdjson::ondemand;

std::uint64_t touched(std::string_view bytes) {
  std::uint64_t sum = 0;
  for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
  return sum;
}

bool parse(ondemand::document& document, Parsed& parsed) {
  ondemand::object object;
  if (document.get_object().get(object)) return false;
  for (auto each : object) {
    ondemand::field field;
    std::string_view key, text;
    if (std::move(each).get(field) || field.unescaped_key().get(key)) return false;
    if (field.value().get_string().get(text)) text = field.value().raw_json_token();
    parsed.sum += touched(key) + touched(text);
    ++parsed.fields;
  }
  return true;
}
}  // namespace

Parsed parse_only(std::string_view lines) {
  ondemand::parser parser;
  Parsed parsed;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    ondemand::document document;
    if (parser.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING).get(document)) continue;
    if (parse(document, parsed)) ++parsed.events;
  }
  return parsed;
}

}  // namespace kulla::bench
