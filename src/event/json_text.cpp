#include "event/json_text.hpp"

#include <simdjson.h>

#include "base/result.hpp"

namespace kulla::event {
namespace ondemand = simdjson::ondemand;

bool unescape_json(std::string_view raw, std::string& text) {
  thread_local const auto parser = [] {
    auto made = std::make_unique<ondemand::parser>();
    KULLA_ASSERT(made->allocate(64) == simdjson::SUCCESS);
    return made;
  }();
  text.resize(raw.size() + simdjson::SIMDJSON_PADDING);
  auto* end = reinterpret_cast<std::uint8_t*>(text.data());
  const auto plain = parser->unescape(ondemand::raw_json_string{reinterpret_cast<const std::uint8_t*>(raw.data())}, end);
  text.resize(plain.error() ? 0 : plain.value_unsafe().size());
  return !plain.error();
}

void escape_json(std::string_view text, std::string& raw) {
  constexpr std::string_view plain = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  for (const char c : text) {
    const auto at = plain.find(c);
    if (at != std::string_view::npos) raw += '\\';
    raw += at == std::string_view::npos ? c : letters[at];
  }
}

}  // namespace kulla::event
