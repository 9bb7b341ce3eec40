#include "gate/signed_notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/file.hpp"
#include "gate/answers.hpp"
#include "model/notice.hpp"

namespace kulla::gate {
namespace {
constexpr std::chrono::milliseconds patience{2000};
constexpr mode_t file_mode = 0600;
constexpr std::size_t commands_at_once = 64;  // a line of commands has to fit into HAProxy's buffer of 16 KiB
}  // namespace

SignedNotices::SignedNotices(const Settings& settings, SecretKey key)
    : map_(settings.notice_map()), key_(std::move(key)), runtime_(settings.runtime_socket(), patience) {}

Result<> SignedNotices::refresh(const std::map<ServiceId, ClosureId>& closed, Timestamp now) {
  std::map<ServiceId, std::string> values;
  std::string text;
  for (const auto& [service, closure] : closed) {
    auto value = notice_header({service, closure, std::chrono::floor<std::chrono::seconds>(now) + notice_life}, key_);
    text += fmt::format("{} {}\n", service.str(), value);
    values.emplace(service, std::move(value));
  }
  auto written = write_file_atomic(map_, text, file_mode);
  auto live = set_live(values);  // needs no disk
  return written ? live : written;
}

Result<> SignedNotices::set_live(const std::map<ServiceId, std::string>& values) {
  runtime_.close();  // since a reload, an open connection would still lead to the old worker
  KULLA_TRY(const auto shown, runtime_.ask(fmt::format("show map {}", map_.string())));
  KULLA_TRY(const auto lines, parse_map(shown));
  std::set<std::string, std::less<>> present;
  std::vector<std::string> commands;
  for (const auto& line : lines) {
    present.emplace(line.key);
    if (!values.contains(ServiceId{std::string(line.key)})) commands.push_back(fmt::format("del map {} {}", map_.string(), line.key));
  }
  for (const auto& [service, value] : values)
    commands.push_back(
        fmt::format("{} map {} {} {}", present.contains(service.str()) ? "set" : "add", map_.string(), service.str(), value));
  for (std::size_t from = 0; from < commands.size(); from += commands_at_once) {
    const auto to = std::min(from + commands_at_once, commands.size());
    const std::vector<std::string> some(commands.begin() + static_cast<std::ptrdiff_t>(from),
                                        commands.begin() + static_cast<std::ptrdiff_t>(to));
    KULLA_TRY(const auto answers, runtime_.ask_all(some));
    for (const auto& answer : answers)
      if (!answer.empty()) return fail(Code::gate_refused, fmt::format("{}: {}", map_.string(), answer.substr(0, 200)));
  }
  return {};
}
}  // namespace kulla::gate
