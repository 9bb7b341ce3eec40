// A record's cells are found as its bytes come, and where the bytes end within it the search goes on later from there.
#include <algorithm>
#include <array>

#include "event/csv.hpp"
#include "event/text/readers.hpp"
#include "event/text/times.hpp"

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;

/// Columns that say when something happened, in lower case and without spaces, '_', '-' and '@'; the first of them that a header has.
constexpr std::array<std::string_view, 13> time_columns{
    "timestamp",     "eventtime", "utctime",   "timecreated", "datetime", "starttime", "creationdate",
    "timegenerated", "created",   "createdat", "time",        "date",     "ts"};

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (std::string_view{" _-@"}.find(c) == npos) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

class Csv final : public Reader {
 public:
  explicit Csv(const ReadOptions& options) : options_(options) {}
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override;
  [[nodiscard]] const Losses& losses() const override { return losses_; }
  [[nodiscard]] std::uint64_t last_number() const override { return lines_; }

 private:
  void parse(std::string_view& bytes, bool last, const OnRecord& on_record);
  void take(std::string_view record, const OnRecord& on_record);
  void take_header(std::string_view record);
  void drop(std::string_view& bytes);
  std::string_view value_of(std::string_view cell);

  ReadOptions options_;
  std::string rest_;  // of the record whose end has not come
  CsvRecord record_;
  std::vector<std::string> names_;
  std::size_t time_column_ = npos;
  bool dropping_ = false;  // to the end of the line
  Event event_;
  Losses losses_;
  std::uint64_t lines_ = 0;
};

void Csv::take_header(std::string_view record) {
  std::size_t best = time_columns.size();
  for (std::size_t column = 0; column < record_.cells().size(); ++column) {
    event_.clear();
    auto name = value_of(record_.cell(record, column));
    names_.emplace_back(name.empty() ? "column" + std::to_string(column + 1) : std::string{name});
    const auto rank = static_cast<std::size_t>(std::find(time_columns.begin(), time_columns.end(), plain(name)) - time_columns.begin());
    if (rank < best) best = rank, time_column_ = column;
  }
}

std::string_view Csv::value_of(std::string_view cell) {
  if (!cell.starts_with('"')) return cell;
  const auto inner = cell.substr(1);
  if (inner.find('"') == inner.size() - 1) return inner.substr(0, inner.size() - 1);
  auto& out = event_.scratch();
  bool quoted = true;
  for (std::size_t at = 0; at < inner.size(); ++at) {
    const bool doubled = quoted && inner.substr(at).starts_with("\"\"");
    if (quoted && inner[at] == '"' && !doubled) quoted = false;
    else out += inner[at];
    at += doubled ? 1 : 0;
  }
  return out;
}

void Csv::take(std::string_view record, const OnRecord& on_record) {
  const auto first_line = lines_ + 1;
  lines_ += record_.newlines() + 1;
  if (record.empty()) return;
  if (names_.empty()) return take_header(record);
  event_.clear();
  event_.seen = event_.recorded = event_.happened = options_.seen;
  event_.number = first_line;
  event_.record = record;
  const auto cells = record_.cells().size();
  for (std::size_t column = 0; column < std::min(cells, names_.size()); ++column) {
    const auto cell = record_.cell(record, column);
    if (!cell.empty()) event_.add(names_[column], value_of(cell));
  }
  if (cells != names_.size())
    losses_.add(first_line, 0, cells < names_.size() ? "fewer cells than the header has" : "more cells than the header has");
  if (time_column_ < cells) {
    auto text = value_of(record_.cell(record, time_column_));
    if (const auto time = take_iso_time(text, options_.zone)) event_.happened = event_.recorded = *time;
  }
  on_record(event_);
}

void Csv::drop(std::string_view& bytes) {
  const auto newline = bytes.find('\n');
  losses_.bytes += std::min(newline, bytes.size());
  dropping_ = newline == npos;
  if (!dropping_) ++lines_;
  bytes.remove_prefix(dropping_ ? bytes.size() : newline + 1);
}

void Csv::parse(std::string_view& bytes, bool last, const OnRecord& on_record) {
  while (!bytes.empty()) {
    if (dropping_) {
      drop(bytes);
    } else if (const auto end = record_.find_end(bytes, last); end <= record_limit) {
      const auto next = std::min(end + 1, bytes.size());
      auto record = bytes.substr(0, end);
      if (record.ends_with('\r')) record.remove_suffix(1);
      take(record, on_record);
      bytes.remove_prefix(next);
      record_.clear();
    } else if (bytes.size() > record_limit) {
      losses_.add(lines_ + 1, record_limit, "a record over the limit of 16 MiB; is a quote left open?");
      lines_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.begin() + record_limit, '\n'));
      bytes.remove_prefix(record_limit);
      dropping_ = true;
      record_.clear();
    } else {
      return;
    }
  }
}

void Csv::read(std::string_view bytes, bool last, const OnRecord& on_record) {
  const bool kept = !rest_.empty();
  if (kept) bytes = rest_.append(bytes);
  parse(bytes, last, on_record);
  if (kept) rest_.erase(0, rest_.size() - bytes.size());
  else rest_ = bytes;
}
}  // namespace

std::unique_ptr<Reader> make_csv_reader(const ReadOptions& options) { return std::make_unique<Csv>(options); }

}  // namespace kulla::event
