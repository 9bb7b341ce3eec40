#include "base/time.hpp"

#include <ctime>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace kulla {
using namespace std::chrono;

namespace {
constexpr Timestamp first_time{sys_days{year{1970} / 1 / 1}};
constexpr Timestamp last_time{sys_days{year{10000} / 1 / 1} - microseconds{1}};
}  // namespace

std::string to_rfc3339(Timestamp time) {
  time = std::clamp(time, first_time, last_time);
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

namespace {
/// Takes exactly `width` digits from the front.
bool take(std::string_view& text, std::size_t width, int& value) {
  if (text.size() < width) return false;
  for (char c : text.substr(0, width))
    if (c < '0' || c > '9') return false;
  std::from_chars(text.data(), text.data() + width, value);
  text.remove_prefix(width);
  return true;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}
bool take_fraction(std::string_view& text, int& micros) {
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits)
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
  for (int i = digits; i < 6; ++i) micros *= 10;
  return digits >= 1 && digits <= 9;
}
bool take_offset(std::string_view& text, minutes& offset) {
  if (take(text, 'Z') || take(text, 'z')) return true;
  const bool negative = !text.empty() && text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return false;
  int hour = 0, minute = 0;
  if (!take(text, 2, hour) || !take(text, ':') || !take(text, 2, minute) || hour > 23 || minute > 59) return false;
  offset = (negative ? -1 : 1) * (hours{hour} + minutes{minute});
  return true;
}
}  // namespace

Result<Timestamp> parse_rfc3339(std::string_view text) {
  const std::string whole(text.substr(0, 64));
  const auto bad = [&] { return fail(Code::bad_time, fmt::format("'{}'", whole)); };
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, micros = 0;
  minutes offset{0};
  if (!take(text, 4, y) || !take(text, '-') || !take(text, 2, mo) || !take(text, '-') || !take(text, 2, d)) return bad();
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return bad();
  if (!take(text, 2, h) || !take(text, ':') || !take(text, 2, mi) || !take(text, ':') || !take(text, 2, s)) return bad();
  if (take(text, '.') && !take_fraction(text, micros)) return bad();
  if (!take_offset(text, offset) || !text.empty()) return bad();
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1970 || h > 23 || mi > 59 || s > 60) return bad();
  const Timestamp time{sys_days{date} + hours{h} + minutes{mi} + seconds{s} + microseconds{micros} - offset};
  if (time < first_time || time > last_time) return bad();
  return time;
}

Moment SystemClock::now() const {
  timespec spec{};
  clock_gettime(CLOCK_BOOTTIME, &spec);
  return {time_point_cast<microseconds>(system_clock::now()), duration_cast<Ticks>(seconds{spec.tv_sec} + nanoseconds{spec.tv_nsec})};
}

std::string SystemClock::boot() const {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  file >> id;
  return id;
}
}  // namespace kulla
