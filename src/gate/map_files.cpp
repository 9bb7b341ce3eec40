#include "gate/map_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.hpp"

namespace kulla::gate {
namespace {
constexpr mode_t file_mode = 0600;
constexpr std::string_view blocked = " blocked";

Result<> overwrite(const std::filesystem::path& file, const ServiceId& service, const GateEntry& entry) {
  KULLA_TRY(const auto text, read_file(file, map_file_limit));
  const auto places = find_values(text, service);
  if (places.empty()) return fail(Code::map_bad, fmt::format("{}: service {} is not in it", file.string(), service.str()));
  const auto value = to_map_value(entry);
  if (std::ranges::all_of(places, [&](auto place) { return text.substr(place, value.size()) == value; })) return {};
  const Descriptor out{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!out) return fail_errno(file.string());
  for (const auto place : places)
    if (::pwrite(out.get(), value.data(), value.size(), static_cast<off_t>(place)) != static_cast<ssize_t>(value.size()))
      return fail_errno(file.string());
  if (::fdatasync(out.get()) != 0) return fail_errno(file.string());
  return {};
}
}  // namespace

Result<> overwrite_state(const std::filesystem::path& file, const ServiceId& service, const GateEntry& entry) {
  auto done = overwrite(file, service, entry);
  if (done) return {};
  std::error_code error;
  std::filesystem::remove_all(file, error);
  const auto gone = error ? fmt::format("nor removed ({}): do not start or reload HAProxy", error.message())
                          : std::string("removed: HAProxy starts again only after 'kulla gate repair'");
  return fail(Code::map_bad, fmt::format("{}; the state map could not be written and was {}", done.error().what, gone));
}

Result<GateEntry> replace_state(const std::filesystem::path& file, const ServiceId& service, const GateEntry& entry) {
  KULLA_TRY(const auto text, read_file(file, map_file_limit));
  auto map = parse_state_map(text);
  if (!map) return std::unexpected(std::move(map).error().in(file.string()));
  auto& place = (*map)[service];
  const auto before = std::exchange(place, entry);
  KULLA_CHECK(write_file_atomic(file, format_state_map(*map), file_mode));
  return before;
}

std::vector<std::string> parse_source_map(std::string_view text) {
  std::vector<std::string> addresses;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (line.ends_with(blocked)) addresses.emplace_back(line.substr(0, line.size() - blocked.size()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return addresses;
}

Result<> add_source(const std::filesystem::path& file, const std::string& address) {
  KULLA_TRY(const auto text, read_file(file, map_file_limit));
  const auto present = parse_source_map(text);
  if (std::ranges::find(present, address) != present.end()) return {};
  const Descriptor out{::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)};
  if (!out) return fail_errno(file.string());
  // A line cut by a full disk would swallow the next one.
  const auto line = fmt::format("{}{}{}\n", text.empty() || text.ends_with('\n') ? "" : "\n", address, blocked);
  if (auto written = write_all(out.get(), line, file.string()); !written) {
    if (::ftruncate(out.get(), static_cast<off_t>(text.size())) != 0) return fail_errno(file.string());
    return written;
  }
  if (::fdatasync(out.get()) != 0) return fail_errno(file.string());
  return {};
}

Result<> remove_source(const std::filesystem::path& file, const std::string& address) {
  KULLA_TRY(const auto text, read_file(file, map_file_limit));
  std::string kept;
  for (const auto& other : parse_source_map(text))
    if (other != address) kept += fmt::format("{}{}\n", other, blocked);
  return write_file_atomic(file, kept, file_mode);
}
}  // namespace kulla::gate
