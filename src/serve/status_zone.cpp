#include "serve/status_zone.hpp"

// The system's own database, which the system keeps up to date; as Debian builds the library.
#define USE_OS_TZDB 1
#define HAS_REMOTE_API 0
#include <date/tz.h>
#include <fmt/format.h>

namespace kulla::serve {
namespace {
Timestamp begin_of(const date::time_zone* zone, date::local_days day) {
  if (!zone) return Timestamp{day.time_since_epoch()};
  return zone->to_sys(std::chrono::time_point_cast<std::chrono::microseconds>(day), date::choose::earliest);
}
std::chrono::seconds offset_of(const date::time_zone* zone, Timestamp time) {
  return zone ? zone->get_info(time).offset : std::chrono::seconds{0};
}
}  // namespace

Result<Zone> Zone::find(const std::string& name) {
  if (name == "Etc/UTC" || name == "UTC") return Zone{nullptr};
  try {
    return Zone{date::locate_zone(name)};
  } catch (const std::exception& error) {  // the library's only way to say so
    return fail(Code::bad_argument, fmt::format("time zone \"{}\": {}; write it as \"Europe/Tirane\"", name, error.what()));
  }
}

Zone::Civil Zone::civil(Timestamp time) const {
  const auto local = time + offset_of(zone_, time);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(local - day)};
  return {std::chrono::year_month_day{day}, static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count())};
}

std::string Zone::text(Timestamp time) const {
  if (!zone_) return "UTC";
  const auto info = zone_->get_info(time);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(info.offset).count();
  auto offset = fmt::format("UTC{:+d}", minutes / 60);
  if (minutes % 60 != 0) offset += fmt::format(":{:02d}", std::abs(minutes % 60));
  // Zones without letters of their own are called by their offset, "+04".
  const bool lettered = !info.abbrev.empty() && info.abbrev.front() != '+' && info.abbrev.front() != '-';
  return lettered ? fmt::format("{}, {}", info.abbrev, offset) : offset;
}

std::vector<Timestamp> Zone::days_until(Timestamp now, int days) const {
  const auto local = std::chrono::floor<std::chrono::days>(now + offset_of(zone_, now));
  const date::local_days today{local.time_since_epoch()};
  std::vector<Timestamp> bounds;
  for (int ago = days - 1; ago >= 0; --ago) bounds.push_back(begin_of(zone_, today - date::days{ago}));
  bounds.push_back(now);
  return bounds;
}
}  // namespace kulla::serve
