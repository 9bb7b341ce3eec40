#include "event/gate_log_reader.hpp"

#include "event/gate_log.hpp"
#include "event/lines.hpp"

namespace kulla::event {
namespace {
class GateLogReader final : public Reader {
 public:
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override {
    lines_.feed(
        bytes, last, [&](std::string_view line) { one(line, on_record); },
        [&](std::size_t size) { losses_.add(lines_.number(), size, "a line longer than the limit of 16 MiB"); });
  }
  const Losses& losses() const override { return losses_; }
  std::uint64_t last_number() const override { return lines_.number(); }

 private:
  void one(std::string_view line, const OnRecord& on_record) {
    if (line.empty()) return;
    const auto read = read_gate_line(line, {}, event_);
    event_.number = lines_.number();
    event_.seen = event_.recorded;
    if (!read) losses_.add(lines_.number(), 0, read.error().what);
    if (read || event_.field("c-ip")) on_record(event_);  // a cut line still says whose it was
  }
  Lines lines_;
  Event event_;
  Losses losses_;
};
}  // namespace

std::unique_ptr<Reader> make_gate_log_reader() { return std::make_unique<GateLogReader>(); }

}  // namespace kulla::event
