// Where the cells of a CSV record lie (RFC 4180): found a piece of the input at a time.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace kulla::event {

class CsvRecord {
 public:
  static constexpr std::string_view delimiters = ",;\t";
  /// Where the record that `bytes` begin with ends: at its newline, or at the end if it is the `last`; npos where the end has not come.
  /// Called again with more bytes after the same, it goes on. A quote opens only at the beginning of a cell.
  std::size_t find_end(std::string_view bytes, bool last);
  /// The next record begins.
  void clear();
  struct Cell {
    std::size_t begin, end;
  };
  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }
  /// With its quotes.
  [[nodiscard]] std::string_view cell(std::string_view record, std::size_t column) const;
  [[nodiscard]] std::size_t newlines() const { return newlines_; }  ///< in quotes
  /// 0 before the first record has shown it: the one of `delimiters` that is most frequent in its first line, outside of quotes.
  [[nodiscard]] char delimiter() const { return delimiter_; }

 private:
  enum class Within { start, quotes, quote, cell };
  bool find_delimiter(std::string_view bytes, bool last);
  std::size_t end_record(std::size_t at);

  char delimiter_ = 0;
  std::vector<Cell> cells_;
  std::size_t begin_ = 0, at_ = 0, newlines_ = 0;
  Within within_ = Within::start;
};

}  // namespace kulla::event
