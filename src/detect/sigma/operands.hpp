// What a value is compared with when it is more than text: numbers, parts of dates, networks. All readers take bytes that an attacker
// may have written and answer nothing where they are not what is asked for.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kulla::detect::sigma {

/// An integer where it fits 64 bits, so that large ids are not rounded; otherwise a double.
class Number {
 public:
  Number() = default;
  explicit Number(std::int64_t value) : whole_(value), real_(static_cast<double>(value)), is_whole_(true) {}
  explicit Number(double value) : real_(value), is_whole_(false) {}
  [[nodiscard]] std::partial_ordering operator<=>(const Number& other) const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::optional<std::int64_t> whole() const { return is_whole_ ? std::optional{whole_} : std::nullopt; }
  [[nodiscard]] double real() const { return real_; }
  [[nodiscard]] bool operator==(const Number& other) const { return (*this <=> other) == std::partial_ordering::equivalent; }

 private:
  std::int64_t whole_ = 0;
  double real_ = 0;
  bool is_whole_ = true;
};
/// Decimal digits with an optional sign, fraction and exponent; nothing before or after.
[[nodiscard]] std::optional<Number> read_number(std::string_view text);

struct Date {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0;
  friend bool operator==(const Date&, const Date&) = default;
};
/// The digits of "YYYY-MM-DD" (or with '/'), optionally followed by 'T' or ' ' and "HH:MM"; whatever follows is not looked at, and
/// no time zone is converted (Sigma 2.1, "Time Modifiers").
[[nodiscard]] std::optional<Date> read_date(std::string_view text);
/// The ISO 8601 week, 1 to 53.
[[nodiscard]] int iso_week(const Date& date);

/// An IPv4 or IPv6 network.
struct Network {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = true;
  int prefix = 0;  ///< in bits
  [[nodiscard]] bool holds(std::string_view address) const;
  friend bool operator==(const Network&, const Network&) = default;
};
/// "10.0.0.0/8", "2001:db8::/32"; an address alone is a network of one. Bits beyond the prefix are ignored.
[[nodiscard]] std::optional<Network> read_network(std::string_view text);

}  // namespace kulla::detect::sigma
