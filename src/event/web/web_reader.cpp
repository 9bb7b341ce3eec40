#include "event/text/line_reader.hpp"
#include "event/web/access_lines.hpp"

namespace kulla::event {
namespace {

/// A line that cannot be read is an event all the same: its record is there for keywords.
class Web final : public LineReader {
 public:
  explicit Web(const ReadOptions& options, std::optional<LineFormat> format = {}) : LineReader(options), format_(std::move(format)) {}

 private:
  void take(std::string_view line, const OnRecord& on_record) override;
  [[nodiscard]] bool fill(std::string_view line, Event& event);

  std::optional<LineFormat> format_;
  AccessLines known_;
  W3cLines w3c_;
};

bool Web::fill(std::string_view line, Event& event) {
  if (format_) return read_by(*format_, line, options(), event);
  return w3c_.ready() ? w3c_.read(line, event) : known_.read(line, options(), event);
}

void Web::take(std::string_view line, const OnRecord& on_record) {
  if (!format_ && W3cLines::is_directive(line)) return w3c_.take_directive(line);
  auto& event = begin(line);
  if (!fill(line, event)) fault("not a request in the log's format");
  event.category = "webserver";
  on_record(event);
}
}  // namespace

std::unique_ptr<Reader> make_web_reader(const ReadOptions& options) { return std::make_unique<Web>(options); }
std::unique_ptr<Reader> make_web_reader(const ReadOptions& options, LineFormat format) {
  return std::make_unique<Web>(options, std::move(format));
}

}  // namespace kulla::event
