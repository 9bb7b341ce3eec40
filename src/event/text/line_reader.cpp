#include "event/text/line_reader.hpp"

namespace kulla::event {

Event& LineReader::begin(std::string_view line) {
  event_.clear();
  event_.seen = event_.recorded = event_.happened = options_.seen;
  event_.number = lines_.number();
  event_.record = line;
  return event_;
}

void LineReader::read(std::string_view bytes, bool last, const OnRecord& on_record) {
  const auto on_line = [&](std::string_view line, bool cut) {
    if (cut) losses_.add(lines_.number(), line.size(), "a line over the limit of 16 MiB");
    else take(line, on_record);
  };
  lines_.feed(bytes, on_line);
  if (last) lines_.finish(on_line);
  losses_.bytes += lines_.take_skipped();
  if (last) end(on_record);
}

}  // namespace kulla::event
