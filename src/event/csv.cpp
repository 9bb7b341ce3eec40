#include "event/csv.hpp"

#include <algorithm>
#include <array>

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;
constexpr std::size_t header_limit = std::size_t{1} << 20;  // bytes after which the delimiter is decided whether the line ends or not
}  // namespace

void CsvRecord::clear() {
  cells_.clear();
  begin_ = at_ = newlines_ = 0;
  within_ = Within::start;
}

std::string_view CsvRecord::cell(std::string_view record, std::size_t column) const {
  const auto [begin, end] = cells_.at(column);
  return record.substr(std::min(begin, record.size()), end - begin);
}

bool CsvRecord::find_delimiter(std::string_view bytes, bool last) {
  std::array<std::size_t, delimiters.size()> counts{};
  bool quoted = false;
  for (const char c : bytes) {
    if (c == '\n' && !quoted) last = true;
    if (c == '\n' && !quoted) break;
    if (c == '"') quoted = !quoted;
    if (const auto which = delimiters.find(c); which != npos && !quoted) ++counts[which];
  }
  last = last || bytes.size() > header_limit;
  if (last) delimiter_ = delimiters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
  return last;
}

std::size_t CsvRecord::end_record(std::size_t at) {
  cells_.push_back({begin_, at});
  at_ = at;
  return at;
}

std::size_t CsvRecord::find_end(std::string_view bytes, bool last) {
  if (delimiter_ == 0 && !find_delimiter(bytes, last)) return npos;
  while (at_ < bytes.size()) {
    if (within_ == Within::quotes) {
      const auto quote = std::min(bytes.find('"', at_), bytes.size());
      newlines_ += static_cast<std::size_t>(
          std::count(bytes.begin() + static_cast<std::ptrdiff_t>(at_), bytes.begin() + static_cast<std::ptrdiff_t>(quote), '\n'));
      at_ = quote;
      if (at_ == bytes.size()) break;
      within_ = Within::quote;
      ++at_;
      continue;
    }
    const char c = bytes[at_];
    if (c == '\n') return end_record(at_);
    if (c == delimiter_) {
      cells_.push_back({begin_, at_});
      begin_ = at_ + 1;
      within_ = Within::start;
    } else {
      const bool opens = c == '"' && (within_ == Within::start || within_ == Within::quote);  // or goes on: a doubled quote
      within_ = opens ? Within::quotes : Within::cell;
    }
    ++at_;
  }
  return last ? end_record(bytes.size()) : npos;
}

}  // namespace kulla::event
