#include "outage/wire.hpp"

#include <charconv>

#include "base/canonical_json.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t name_limit = 256;
constexpr std::string_view begins_head = "{\"begins\":";

std::uint64_t number_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const bool well = value && value->is_int64() && value->get_int64() >= 0 && value->get_int64() <= integer_limit;
  return well ? static_cast<std::uint64_t>(value->get_int64()) : 0;
}
std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}
}  // namespace

std::string to_line(const DaemonBeat& beat) {
  json::object object{{"heartbeat", to_rfc3339(beat.now)}, {"taken", beat.taken}};
  if (beat.refused > 0) object["refused"] = beat.refused;
  return canonical(object) + "\n";
}
std::string measure_line(const ServiceId& target) { return canonical(json::object{{"measure", target.str()}}) + "\n"; }

Result<FromDaemon> read_daemon_line(std::string_view line) {
  KULLA_TRY(const auto value, parse_json(line, wire_line_limit));
  const auto* object = value.if_object();
  if (!object) return fail(Code::bad_json, "the daemon's line is no object");
  FromDaemon read;
  if (const auto now = parse_rfc3339(text_of(*object, "heartbeat")))
    read.beat = DaemonBeat{*now, number_of(*object, "taken"), number_of(*object, "refused")};
  if (auto target = text_of(*object, "measure"); !target.empty() && target.size() <= name_limit)
    read.measure = ServiceId{std::move(target)};
  return read;
}

std::string begins_line(std::uint64_t number) { return std::string{begins_head} + std::to_string(number) + "}\n"; }
std::optional<std::uint64_t> read_begins_line(std::string_view line) {
  if (!line.starts_with(begins_head)) return {};
  std::uint64_t number = 0;
  const auto rest = line.substr(begins_head.size());
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const std::string_view tail{end, static_cast<std::size_t>(rest.data() + rest.size() - end)};
  const bool well = error == std::errc{} && tail == "}" && number <= static_cast<std::uint64_t>(integer_limit);
  return well ? std::optional{number} : std::nullopt;
}
}  // namespace kulla::outage
