// The kernel writes one event as several records and may write those of others between them. Records wait as text, joined by newlines,
// until their event is closed; then they are read as fields of one Event.
#include <algorithm>
#include <vector>

#include "event/text/auditd.hpp"
#include "event/text/line_reader.hpp"

namespace kulla::event {
namespace {
constexpr std::size_t open_limit = 64;                     // events whose records are still coming
constexpr std::uint64_t serial_window = 64;                // a record so many serials later closes an event
constexpr std::chrono::seconds time_window{2};             // likewise so much later: what libauparse waits
constexpr std::size_t text_limit = std::size_t{1} << 20;   // of one event; what is over it is another event of the same serial

struct Open {
  std::uint64_t serial = 0, number = 0;
  Timestamp time;
  std::string node, text;
};

class Auditd final : public LineReader {
 public:
  using LineReader::LineReader;

 private:
  void take(std::string_view line, const OnRecord& on_record) override;
  void end(const OnRecord& on_record) override;
  void take_record(const AuditHeader& header, std::string_view line, const OnRecord& on_record);
  Open& open_for(const AuditHeader& header, const OnRecord& on_record);
  void close_old(const AuditHeader& header, const OnRecord& on_record);
  void close_first(const OnRecord& on_record);
  void close(std::size_t at, const OnRecord& on_record);
  void hand_on(std::string_view text, std::uint64_t number, const OnRecord& on_record);

  std::vector<Open> open_;  // in the order of their first records; those from used_ on are kept for their storage
  std::size_t used_ = 0;
};

void Auditd::hand_on(std::string_view text, std::uint64_t number, const OnRecord& on_record) {
  auto& event = begin(text);
  event.product = "linux";
  event.service = "auditd";
  event.number = number;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto header = parse_audit(line);
    if (!header) continue;
    event.happened = event.recorded = header->time;
    if (!header->node.empty() && !event.field("node")) event.add("node", header->node);
    add_audit_fields(*header, event);
  }
  on_record(event);
}

void Auditd::close(std::size_t at, const OnRecord& on_record) {
  hand_on(open_[at].text, open_[at].number, on_record);
  const auto closed = open_.begin() + static_cast<std::ptrdiff_t>(at);
  std::rotate(closed, closed + 1, open_.begin() + static_cast<std::ptrdiff_t>(used_));
  --used_;
}

void Auditd::close_first(const OnRecord& on_record) { close(0, on_record); }

void Auditd::close_old(const AuditHeader& header, const OnRecord& on_record) {
  for (std::size_t at = 0; at < used_;) {
    const auto& open = open_[at];
    const bool other = open.node != header.node;
    const bool waits = other || (header.serial < open.serial + serial_window && header.time < open.time + time_window);
    if (waits) ++at;
    else close(at, on_record);
  }
}

Open& Auditd::open_for(const AuditHeader& header, const OnRecord& on_record) {
  const auto end = open_.begin() + static_cast<std::ptrdiff_t>(used_);
  const auto same = [&](const Open& open) { return open.serial == header.serial && open.time == header.time && open.node == header.node; };
  if (const auto found = std::find_if(open_.begin(), end, same); found != end) return *found;
  if (used_ == open_limit) close_first(on_record);
  if (used_ == open_.size()) open_.emplace_back();
  auto& open = open_[used_++];
  open.serial = header.serial;
  open.time = header.time;
  open.number = number();
  open.node = header.node;
  open.text.clear();
  return open;
}

void Auditd::take_record(const AuditHeader& header, std::string_view line, const OnRecord& on_record) {
  auto& open = open_for(header, on_record);
  const bool ends = header.type == "EOE";
  if (!ends) open.text.append(open.text.empty() ? "" : "\n").append(line);
  if (ends || header.type == "PROCTITLE" || open.text.size() > text_limit) close(static_cast<std::size_t>(&open - open_.data()), on_record);
}

void Auditd::take(std::string_view line, const OnRecord& on_record) {
  const auto header = parse_audit(line);
  if (!header) {
    fault("not a record of the audit log");
    return hand_on(line, number(), on_record);
  }
  close_old(*header, on_record);
  if (header->from_program()) hand_on(line, number(), on_record);
  else take_record(*header, line, on_record);
}

void Auditd::end(const OnRecord& on_record) {
  while (used_ > 0) close_first(on_record);
}
}  // namespace

std::unique_ptr<Reader> make_auditd_reader(const ReadOptions& options) { return std::make_unique<Auditd>(options); }

}  // namespace kulla::event
