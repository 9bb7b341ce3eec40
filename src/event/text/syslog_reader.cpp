#include <array>
#include <charconv>

#include "event/fields.hpp"
#include "event/text/line_reader.hpp"
#include "event/text/linux_service.hpp"
#include "event/text/syslog.hpp"

namespace kulla::event {
namespace {

void add_pri(int pri, Event& event) {
  std::array<char, 3> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), pri).ptr;
  event.add("pri", event.own({digits.begin(), end}));
  event.add("facility", facility_name(pri));
  event.add("severity", severity_name(pri));
}

class Syslog final : public LineReader {
 public:
  using LineReader::LineReader;

 private:
  void take(std::string_view line, const OnRecord& on_record) override;
  void fill(const SyslogLine& parsed, Event& event);
};

void Syslog::fill(const SyslogLine& parsed, Event& event) {
  if (parsed.time) event.recorded = event.happened = *parsed.time;
  if (parsed.pri >= 0) add_pri(parsed.pri, event);
  add_present("hostname", parsed.hostname, event);
  add_present("appname", parsed.appname, event);
  add_present("procid", parsed.procid, event);
  add_present("msgid", parsed.msgid, event);
  if (!add_structured(parsed.structured, event)) fault("structured data is not well formed");
  if (!parsed.message.empty()) event.add("message", parsed.message);
  event.service = linux_service(parsed.appname, parsed.pri >= 0 ? facility_name(parsed.pri) : std::string_view{});
}

void Syslog::take(std::string_view line, const OnRecord& on_record) {
  auto& event = begin(line);
  event.product = "linux";
  if (const auto parsed = parse_syslog(line, options())) {
    fill(*parsed, event);
  } else {
    fault("not a line of syslog");
    event.service = "syslog";
    event.add("message", line);
  }
  on_record(event);
}
}  // namespace

std::unique_ptr<Reader> make_syslog_reader(const ReadOptions& options) { return std::make_unique<Syslog>(options); }

}  // namespace kulla::event
