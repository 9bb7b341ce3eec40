// Any bytes, as a stream in pieces and as one line.
#include <cstddef>
#include <cstdint>

#include "event/gate_log.hpp"
#include "event/lines.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  static kulla::event::Event event;
  (void)kulla::event::read_gate_line(bytes, {}, event);
  kulla::event::LineSplitter splitter{kulla::gate_log::line_limit};
  const auto middle = size / 2;
  const auto on_line = [](std::string_view line, bool) {
    if (line.empty() || line.size() > kulla::gate_log::line_limit || line.find('\n') != std::string_view::npos) __builtin_trap();
    (void)kulla::event::read_gate_line(line, {}, event);
  };
  splitter.feed(bytes.substr(0, middle), on_line);
  splitter.feed(bytes.substr(middle), on_line);
  return 0;
}
