// A format, a newline, and a line that is read by it.
#include <cstddef>

#include "event/web/line_format.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  const auto newline = std::min(bytes.find('\n'), size);
  const auto line = bytes.substr(std::min(newline + 1, size));
  event::Event event;
  for (const auto& format : {event::compile_nginx(bytes.substr(0, newline)), event::compile_apache(bytes.substr(0, newline))}) {
    event.clear();
    if (!format || !event::read_by(*format, line, {}, event)) continue;
    for (const auto& [name, value, form, key] : event.fields())
      if (value.size() > line.size() + 20) __builtin_trap();
  }
  return 0;
}
