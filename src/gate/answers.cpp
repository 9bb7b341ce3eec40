#include "gate/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace kulla::gate {
namespace {
/// Calls `each(line)` for every line of `text`, without its newline.
template <typename Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}
/// The next word of `line`, which it is cut off from; empty at the end.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}
std::unexpected<Error> unexpected_answer(std::string_view text) {
  return fail(Code::gate_refused, fmt::format("unexpected answer: {}", text.substr(0, 200)));
}
bool is_prompt(std::string_view line) {
  if (line == "> ") return true;
  constexpr std::string_view master = "master";  // then flags, as in master(x)[ReloadFailed]>
  return line.starts_with(master) && line.size() <= 32 && std::string_view{">[("}.contains(line[master.size()]);
}
}  // namespace

std::optional<std::string> take_answer(std::string& unread) {
  for (std::size_t begin = 0; begin < unread.size();) {
    const auto end = unread.find('\n', begin);
    // A prompt has no newline after it: it ends the text, or the next answer begins right behind its blank.
    const auto rest = std::string_view{unread}.substr(begin, end == std::string::npos ? end : end - begin);
    const auto bracket = rest.find("> ");
    if (bracket != std::string_view::npos && is_prompt(rest.substr(0, bracket + 2))) {
      std::string answer = unread.substr(0, begin);
      unread.erase(0, begin + bracket + 2);
      while (answer.ends_with('\n')) answer.pop_back();
      return answer;
    }
    if (end == std::string::npos) return std::nullopt;
    begin = end + 1;
  }
  return std::nullopt;
}

Result<std::vector<Worker>> parse_workers(std::string_view text) {
  std::vector<Worker> workers;
  bool old = false, master = false;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with('#')) old = line.contains("old");
    const auto pid = number(take_word(line));
    const auto type = take_word(line);
    master |= pid && type == "master";
    if (pid && type == "worker") workers.push_back({*pid, old});
  });
  if (!master) return unexpected_answer(text);
  return workers;
}

int parse_failed_reloads(std::string_view text) {
  constexpr std::string_view before = "[failed: ";
  const auto begin = text.find(before);
  if (begin == std::string_view::npos) return 0;
  const auto count = text.substr(begin + before.size());
  return number(count.substr(0, count.find(']'))).value_or(0);
}

Result<pid_t> parse_pid(std::string_view text) {
  std::optional<int> pid;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with("Pid: ")) pid = number(line.substr(5));
  });
  if (!pid) return unexpected_answer(text);
  return *pid;
}

Result<std::vector<MapLine>> parse_map(std::string_view text) {
  std::vector<MapLine> lines;
  bool well = true;
  for_each_line(text, [&](std::string_view line) {
    if (line.empty()) return;
    const auto reference = take_word(line), key = take_word(line), value = take_word(line);
    well &= reference.starts_with("0x") && !key.empty();
    lines.push_back({key, value});
  });
  if (!well) return unexpected_answer(text);
  return lines;
}

Result<std::optional<std::string>> parse_found(std::string_view text) {
  if (text.contains("found=no")) return std::nullopt;
  constexpr std::string_view before = ", value=\"";
  const auto begin = text.find(before);
  if (!text.contains("found=yes") || begin == std::string_view::npos) return unexpected_answer(text);
  const auto value = text.substr(begin + before.size());
  return std::string(value.substr(0, value.find('"')));
}

std::vector<std::string> parse_streams(std::string_view text, std::string_view backend) {
  std::vector<std::string> streams;
  for_each_line(text, [&](std::string_view line) {
    const auto colon = line.find(':');
    if (!line.starts_with("0x") || colon == std::string_view::npos) return;
    const auto id = line.substr(0, colon);
    line.remove_prefix(colon + 1);
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
      if (word.starts_with("be=") && word.substr(3) == backend) streams.emplace_back(id);
  });
  return streams;
}

int parse_used_connections(std::string_view text) {
  int used = 0;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with('#') || line.empty()) return;
    constexpr int column = 6;  // name, ids, address, port, "-", purge delay, used
    std::string_view word;
    for (int i = 0; i <= column; ++i) word = take_word(line);
    used += number(word).value_or(0);
  });
  return used;
}
}  // namespace kulla::gate
