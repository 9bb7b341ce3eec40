#include "event/gate_log.hpp"
#include "event/text/line_reader.hpp"

namespace kulla::event {
namespace {

class GateLog final : public LineReader {
 public:
  using LineReader::LineReader;

 private:
  void take(std::string_view line, const OnRecord& on_record) override;
};

void GateLog::take(std::string_view line, const OnRecord& on_record) {
  auto& event = begin(line);
  if (const auto read = read_gate_line(line, options().seen, event); !read) fault(read.error().what);
  event.record = line;
  event.number = number();
  on_record(event);
}
}  // namespace

std::unique_ptr<Reader> make_gate_log_reader(const ReadOptions& options) { return std::make_unique<GateLog>(options); }

}  // namespace kulla::event
