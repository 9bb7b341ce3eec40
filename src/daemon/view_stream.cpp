#include "daemon/view_stream.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kulla::daemon {
namespace {
serve::EventText event(std::uint64_t number, std::string_view kind, std::string_view data) {
  return std::make_shared<const std::string>(fmt::format("id: {}\nevent: {}\ndata: {}\n\n", number, kind, data));
}
}  // namespace

serve::EventText facts_event(std::uint64_t from, std::span<const std::string_view> lines, const std::vector<std::string>& rows,
                             const StreamHead& head, const std::string* waiting) {
  const auto to = from + lines.size() - 1;
  auto text =
      fmt::format("id: {}\nevent: facts\ndata: {{\"from\":{},\"to\":{},\"facts\":[{}],\"services\":[{}],\"incident\":{},\"mode\":\"{}\"",
                  to, from, to, fmt::join(lines, ","), fmt::join(rows, ","), head.incident, head.mode);
  if (waiting) text += ",\"waiting\":" + *waiting;
  text += "}\n\n";
  return std::make_shared<const std::string>(std::move(text));
}
serve::EventText durable_event(std::uint64_t number, const ledger::Head& durable) {
  return event(number, "durable", fmt::format("{{\"number\":{},\"head\":\"{}\"}}", durable.number, to_hex(durable.hash)));
}
serve::EventText pulse_event(std::uint64_t number, const json::object& pulse) { return event(number, "pulse", json::serialize(pulse)); }
serve::EventText reset_event(std::uint64_t number) { return event(number, "reset", fmt::format("{{\"number\":{}}}", number)); }

void Readers::send(const serve::EventText& event) {
  std::erase_if(readers_, [&](const auto& reader) {
    if (reader->push(event)) return false;
    cut_off_ += reader->too_slow();
    return true;
  });
}
void Readers::close() {
  for (const auto& reader : readers_) reader->close();
  readers_.clear();
}
}  // namespace kulla::daemon
