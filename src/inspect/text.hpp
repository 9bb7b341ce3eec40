// Text as configuration files have it, of any size and with any bytes: lines, words, lines that go on.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kulla::inspect {

constexpr std::string_view blanks = " \t\r\f\v";

[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The next word, taken off the front.
[[nodiscard]] inline std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const auto word = text.substr(0, std::min(text.find_first_of(blanks), text.size()));
  text.remove_prefix(word.size());
  return word;
}

[[nodiscard]] inline std::string single_blanks(std::string_view text) {
  std::string line;
  while (true) {
    const auto word = take_word(text);
    if (word.empty()) return line;
    if (!line.empty()) line += ' ';
    line += word;
  }
}

/// At most `most` parts; the last has the rest.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most && text.contains(separator)) {
    parts.push_back(text.substr(0, text.find(separator)));
    text.remove_prefix(parts.back().size() + 1);
  }
  parts.push_back(text);
  return parts;
}

/// One way to write a number; what is none stays as it is.
[[nodiscard]] inline std::string_view number_text(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return text;
  return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

template <typename Each>
void each_line(std::string_view text, Each&& each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

using IsComment = bool (*)(std::string_view line, bool continued);
/// A line that ends with an odd number of backslashes goes on in the next. A comment never does: what follows it counts.
template <typename Each>
void each_logical_line(std::string_view text, IsComment is_comment, Each&& each) {
  std::string whole;
  bool continued = false;
  each_line(text, [&](std::string_view physical) {
    const auto line = trimmed(physical);
    if (is_comment(line, continued)) return;
    const auto last = line.find_last_not_of('\\');
    const auto backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
    const bool goes_on = backslashes % 2 == 1;
    if (continued) whole += ' ';
    whole += goes_on ? line.substr(0, line.size() - 1) : line;
    if (continued = goes_on; goes_on) return;
    if (!trimmed(whole).empty()) each(std::string_view(whole));
    whole.clear();
  });
  if (!trimmed(whole).empty()) each(std::string_view(whole));
}

}  // namespace kulla::inspect
