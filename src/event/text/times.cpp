#include "event/text/times.hpp"

#include <array>
#include <cstdint>

namespace kulla::event {
using namespace std::chrono;
namespace {

/// Takes pieces from the front; remembers whether all of them were there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool well() const { return well_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  bool take_if(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { well_ = take_if(c) && well_; }
  [[nodiscard]] bool digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  int number(std::size_t width);
  microseconds fraction();
  unsigned month_name();
  microseconds clock();
  minutes offset();

 private:
  std::string_view rest_;
  bool well_ = true;
};

int Scanner::number(std::size_t width) {
  int value = 0;
  for (; width > 0; --width) {
    if (!digit()) return well_ = false, 0;
    value = value * 10 + (rest_.front() - '0');
    rest_.remove_prefix(1);
  }
  return value;
}

microseconds Scanner::fraction() {
  std::int64_t value = 0;
  int digits = 0;
  for (; digit(); rest_.remove_prefix(1), ++digits)
    if (digits < 6) value = value * 10 + (rest_.front() - '0');
  well_ = well_ && digits > 0;
  for (; digits < 6; ++digits) value *= 10;
  return microseconds{value};
}

unsigned Scanner::month_name() {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto at = rest_.size() < 3 ? std::string_view::npos : names.find(rest_.substr(0, 3));
  if (at == std::string_view::npos || at % 3 != 0) return well_ = false, 1;
  rest_.remove_prefix(3);
  return static_cast<unsigned>(at / 3 + 1);
}

microseconds Scanner::clock() {
  const int h = number(2);
  expect(':');
  const int m = number(2);
  expect(':');
  const int s = number(2);
  well_ = well_ && h < 24 && m < 60 && s <= 60;
  return hours{h} + minutes{m} + seconds{s};
}

// After the sign.
minutes Scanner::offset() {
  const int h = number(2);
  take_if(':');
  const int m = number(2);
  well_ = well_ && h < 24 && m < 60;
  return hours{h} + minutes{m};
}

std::optional<Timestamp> time_of(int y, unsigned m, int d, microseconds clock) {
  const year_month_day date{year{y}, month{m}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1970 || y > 9999) return std::nullopt;
  return Timestamp{sys_days{date} + clock};
}

std::optional<Timestamp> done(const Scanner& scanner, std::string_view& text, std::optional<Timestamp> time) {
  if (!scanner.well() || !time) return std::nullopt;
  text = scanner.rest();
  return time;
}

minutes zone_at(Scanner& scanner, minutes zone) {
  if (scanner.take_if('Z') || scanner.take_if('z')) return minutes{0};
  if (scanner.take_if('+')) return scanner.offset();
  if (scanner.take_if('-')) return -scanner.offset();
  return zone;
}
}  // namespace

std::optional<Timestamp> take_iso_time(std::string_view& text, minutes zone) {
  Scanner scanner{text};
  const int y = scanner.number(4);
  scanner.expect('-');
  const auto m = static_cast<unsigned>(scanner.number(2));
  scanner.expect('-');
  const int d = scanner.number(2);
  if (!scanner.take_if('T') && !scanner.take_if('t')) scanner.expect(' ');
  auto clock = scanner.clock();
  if (scanner.take_if('.') || scanner.take_if(',')) clock += scanner.fraction();
  clock -= zone_at(scanner, zone);
  return done(scanner, text, time_of(y, m, d, clock));
}

std::optional<Timestamp> take_clf_time(std::string_view& text, minutes zone) {
  Scanner scanner{text};
  const int d = scanner.number(2);
  scanner.expect('/');
  const auto m = scanner.month_name();
  scanner.expect('/');
  const int y = scanner.number(4);
  scanner.expect(':');
  auto clock = scanner.clock();
  if (scanner.take_if('.')) clock += scanner.fraction();
  const auto before_zone = scanner;
  if (scanner.take_if(' ')) {
    const bool named = scanner.rest().starts_with('+') || scanner.rest().starts_with('-');
    if (!named) scanner = before_zone;
    clock -= named ? zone_at(scanner, zone) : zone;
  } else {
    clock -= zone;
  }
  return done(scanner, text, time_of(y, m, d, clock));
}

std::optional<Timestamp> take_bsd_time(std::string_view& text, minutes zone, Timestamp latest) {
  Scanner scanner{text};
  const auto m = scanner.month_name();
  scanner.expect(' ');
  const bool one_digit = scanner.take_if(' ') || (scanner.rest().size() > 1 && scanner.rest()[1] == ' ');
  const int d = scanner.number(one_digit ? 1 : 2);
  scanner.expect(' ');
  int y = 0;
  if (scanner.rest().size() > 4 && scanner.rest()[4] == ' ') y = scanner.number(4), scanner.expect(' ');
  auto clock = scanner.clock() - zone;
  if (scanner.take_if('.')) clock += scanner.fraction();
  if (y != 0 || !scanner.well()) return done(scanner, text, time_of(y, m, d, clock));
  constexpr int leap_gap = 8;  // years between two leap years, at most
  y = static_cast<int>(year_month_day{floor<days>(latest + days{1})}.year());
  for (const int first = y - leap_gap; y >= first; --y)
    if (const auto time = time_of(y, m, d, clock); time && *time <= latest + days{1}) return done(scanner, text, time);
  return std::nullopt;
}

std::optional<Timestamp> take_epoch_time(std::string_view& text) {
  constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
  Scanner scanner{text};
  std::int64_t value = 0;
  if (!scanner.digit()) return std::nullopt;
  while (scanner.digit() && value <= last_second) value = value * 10 + scanner.number(1);
  if (value > last_second) return std::nullopt;
  const auto fraction = scanner.take_if('.') ? scanner.fraction() : microseconds{0};
  return done(scanner, text, Timestamp{seconds{value} + fraction});
}

}  // namespace kulla::event
