#include "serve/status_zone.hpp"

#include <fmt/format.h>
#include <unicode/timezone.h>

#include <cmath>

namespace kulla::serve {

Result<Zone> Zone::find(const std::string& name) {
  std::shared_ptr<const icu::TimeZone> zone{icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name))};
  if (!zone || *zone == icu::TimeZone::getUnknown())
    return fail(Code::bad_argument, fmt::format("time zone \"{}\": unknown; write it as \"Europe/Tirane\"", name));
  return Zone{std::move(zone)};
}

std::chrono::seconds Zone::offset(Timestamp time, bool is_local) const {
  const auto milliseconds = std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
  std::int32_t raw = 0, summer = 0;
  UErrorCode error = U_ZERO_ERROR;
  static_cast<const icu::TimeZone*>(zone_.get())->getOffset(std::floor(milliseconds), is_local, raw, summer, error);
  return U_FAILURE(error) ? std::chrono::seconds{0} : std::chrono::seconds{(raw + summer) / 1000};
}

Zone::Civil Zone::civil(Timestamp time) const {
  const auto local = time + offset(time, false);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(local - day)};
  return {std::chrono::year_month_day{day}, static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count())};
}

std::string Zone::text(Timestamp time) const {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset(time, false)).count();
  if (minutes == 0) return "UTC";
  auto text = fmt::format("UTC{:+d}", minutes / 60);
  if (minutes % 60 != 0) text += fmt::format(":{:02d}", std::abs(minutes % 60));
  return text;
}

std::vector<Timestamp> Zone::days_until(Timestamp now, int days) const {
  const auto today = std::chrono::floor<std::chrono::days>(now + offset(now, false));
  std::vector<Timestamp> bounds;
  for (int ago = days - 1; ago >= 0; --ago) {
    const Timestamp midnight = today - std::chrono::days{ago};
    bounds.push_back(midnight - offset(midnight, true));
  }
  bounds.push_back(now);
  return bounds;
}
}  // namespace kulla::serve
