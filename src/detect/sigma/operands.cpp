#include "detect/sigma/operands.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string>

namespace kulla::detect::sigma {
namespace {
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = true;
};
std::optional<Address> read_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size()) return std::nullopt;
  text.copy(copy.data(), text.size());
  Address address;
  address.is_v4 = text.find(':') == std::string_view::npos;
  if (::inet_pton(address.is_v4 ? AF_INET : AF_INET6, copy.data(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

/// Two or more digits, all of them digits.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}
bool is_at(std::string_view text, std::size_t at, std::string_view any_of) {
  return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}
}  // namespace

std::partial_ordering Number::operator<=>(const Number& other) const {
  if (is_whole_ && other.is_whole_) return whole_ <=> other.whole_;
  return real_ <=> other.real_;
}

std::string Number::text() const { return is_whole_ ? fmt::format("{}", whole_) : fmt::format("{}", real_); }

std::optional<Number> read_number(std::string_view text) {
  const auto* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc{} && read.ptr == end) return Number{whole};
  double real = 0;
  const auto read = std::from_chars(text.data(), end, real);
  if (read.ec != std::errc{} || read.ptr != end || real != real) return std::nullopt;
  return Number{real};
}

std::optional<Date> read_date(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (!year || !month || !day || !is_at(text, 4, "-/") || text[7] != text[4]) return std::nullopt;
  const std::chrono::year_month_day known{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                          std::chrono::day{static_cast<unsigned>(*day)}};
  if (!known.ok()) return std::nullopt;
  Date date{*year, *month, *day, 0, 0};
  if (text.size() == 10) return date;
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2);
  if (!is_at(text, 10, "T ") || !is_at(text, 13, ":") || !hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  date.hour = *hour, date.minute = *minute;
  return date;
}

int iso_week(const Date& date) {
  using namespace std::chrono;
  const sys_days day =
      year_month_day{year{date.year}, month{static_cast<unsigned>(date.month)}, std::chrono::day{static_cast<unsigned>(date.day)}};
  const sys_days thursday = day + days{4 - static_cast<int>(weekday{day}.iso_encoding())};  // the day that says which year's week it is
  const sys_days first = year_month_day{year_month_day{thursday}.year(), January, std::chrono::day{1}};
  return static_cast<int>((thursday - first).count() / 7) + 1;
}

std::optional<Network> read_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = read_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int widest = address->is_v4 ? 32 : 128;
  Network network{address->bytes, address->is_v4, widest};
  if (slash == std::string_view::npos) return network;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + slash + 1, end, network.prefix);
  if (read.ec != std::errc{} || read.ptr != end || network.prefix < 0 || network.prefix > widest) return std::nullopt;
  return network;
}

bool Network::holds(std::string_view text) const {
  const auto address = read_address(text);
  if (!address || address->is_v4 != is_v4) return false;
  for (std::size_t bit = 0; bit < static_cast<std::size_t>(prefix); ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if ((bytes[bit / 8] ^ address->bytes[bit / 8]) & mask) return false;
  }
  return true;
}

}  // namespace kulla::detect::sigma
