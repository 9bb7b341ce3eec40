#include "event/evtx/value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "event/evtx/cursor.hpp"
#include "event/evtx/text.hpp"

namespace kulla::event::evtx {
using namespace std::chrono;
namespace {
constexpr std::string_view upper_digits = "0123456789ABCDEF";
constexpr std::size_t number_room = 48;

char* put(std::string_view text, char* out) { return static_cast<char*>(std::memcpy(out, text.data(), text.size())) + text.size(); }

char* put_hex_byte(char byte, char* out) {
  const auto value = static_cast<unsigned char>(byte);
  *out++ = upper_digits[value >> 4];
  *out++ = upper_digits[value & 0xF];
  return out;
}

/// With leading zeros.
char* put_digits(std::uint64_t value, int digits, char* out) {
  for (int at = digits - 1; at >= 0; --at, value /= 10) out[at] = static_cast<char>('0' + value % 10);
  return out + digits;
}

template <typename T>
char* write_integer(std::string_view value, char* out) {
  return value.size() == sizeof(T) ? std::to_chars(out, out + number_room, load<T>(value.data())).ptr : nullptr;
}

template <typename T>
char* write_hex(std::string_view value, char* out) {
  if (value.size() != sizeof(T)) return nullptr;
  return std::to_chars(put("0x", out), out + number_room, load<T>(value.data()), 16).ptr;
}

template <typename T>
char* write_real(std::string_view value, char* out) {
  if (value.size() != sizeof(T)) return nullptr;
  const T number = load<T>(value.data());
  auto* end = std::to_chars(out, out + number_room, number).ptr;
  const std::string_view text{out, static_cast<std::size_t>(end - out)};
  return std::isfinite(number) && text.find_first_of(".e") == std::string_view::npos ? put(".0", end) : end;
}

char* write_boolean(std::string_view value, char* out) {
  return value.size() == 4 ? put(load<std::uint32_t>(value.data()) ? "true" : "false", out) : nullptr;
}

char* write_binary(std::string_view value, char* out) {
  for (const char byte : value) out = put_hex_byte(byte, out);
  return out;
}

char* write_guid(std::string_view value, char* out) {
  if (value.size() != 16) return nullptr;
  constexpr std::array<std::int8_t, 20> order{3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15};
  for (const auto at : order)
    if (at < 0) *out++ = '-';
    else out = put_hex_byte(value[static_cast<std::size_t>(at)], out);
  return out;
}

std::optional<std::size_t> sid_size(std::string_view value) {
  if (value.size() < 8) return std::nullopt;
  const auto size = 8 + std::size_t{4} * static_cast<unsigned char>(value[1]);
  return size <= value.size() ? std::optional{size} : std::nullopt;
}

char* write_sid(std::string_view value, char* out) {
  const auto size = sid_size(value);
  if (!size) return nullptr;
  std::uint64_t authority = 0;
  for (const char byte : value.substr(2, 6)) authority = authority << 8 | static_cast<unsigned char>(byte);
  out = std::to_chars(put("S-", out), out + number_room, static_cast<unsigned>(static_cast<unsigned char>(value[0]))).ptr;
  *out++ = '-';
  out = std::to_chars(out, out + number_room, authority).ptr;
  for (std::size_t at = 8; at < *size; at += 4) {
    *out++ = '-';
    out = std::to_chars(out, out + number_room, load<std::uint32_t>(value.data() + at)).ptr;
  }
  return out;
}

char* put_date(sys_days day, char* out) {
  const year_month_day date{day};
  out = put_digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, out);
  *out++ = '-';
  out = put_digits(static_cast<unsigned>(date.month()), 2, out);
  *out++ = '-';
  return put_digits(static_cast<unsigned>(date.day()), 2, out);
}

char* write_time(Type type, std::string_view value, char* out) {
  const auto time = time_of(type, value);
  if (!time) return nullptr;
  const auto day = floor<days>(*time);
  const auto us = static_cast<std::uint64_t>((*time - day).count());
  out = put_date(day, out);
  *out++ = 'T';
  out = put_digits(us / 3'600'000'000, 2, out);
  *out++ = ':';
  out = put_digits(us / 60'000'000 % 60, 2, out);
  *out++ = ':';
  out = put_digits(us / 1'000'000 % 60, 2, out);
  *out++ = '.';
  out = put_digits(us % 1'000'000, 6, out);
  *out++ = 'Z';
  return out;
}

std::optional<Timestamp> from_systemtime(std::string_view value) {
  if (value.size() != 16) return std::nullopt;
  const auto part = [&](std::size_t at) { return unsigned{load<std::uint16_t>(value.data() + 2 * at)}; };
  const year_month_day date{year{static_cast<int>(part(0))}, month{part(1)}, day{part(3)}};
  if (part(0) > 9999 || !date.ok() || part(4) > 23 || part(5) > 59 || part(6) > 59 || part(7) > 999) return std::nullopt;
  return Timestamp{sys_days{date} + hours{part(4)} + minutes{part(5)} + seconds{part(6)} + milliseconds{part(7)}};
}
}  // namespace

Timestamp from_filetime(std::uint64_t ticks) {
  constexpr auto from_1601 = sys_days{year{1970} / 1 / 1} - sys_days{year{1601} / 1 / 1};
  return Timestamp{microseconds{static_cast<std::int64_t>(ticks / 10)} - from_1601};
}

std::optional<Timestamp> time_of(Type type, std::string_view value) {
  if (type == Type::systemtime) return from_systemtime(value);
  constexpr Timestamp year_10000 = sys_days{year{10000} / 1 / 1};
  if (type != Type::filetime || value.size() != 8) return std::nullopt;
  const auto time = from_filetime(load<std::uint64_t>(value.data()));
  return time < year_10000 ? std::optional{time} : std::nullopt;
}

char* write(Type type, std::string_view value, char* out) {
  switch (type) {
    case Type::string:
    case Type::xml: return utf16_to_utf8(value.data(), value.size() / 2, out);
    case Type::ansi: return ansi_to_utf8(value, out);
    case Type::int8: return write_integer<std::int8_t>(value, out);
    case Type::uint8: return write_integer<std::uint8_t>(value, out);
    case Type::int16: return write_integer<std::int16_t>(value, out);
    case Type::uint16: return write_integer<std::uint16_t>(value, out);
    case Type::int32: return write_integer<std::int32_t>(value, out);
    case Type::uint32: return write_integer<std::uint32_t>(value, out);
    case Type::int64: return write_integer<std::int64_t>(value, out);
    case Type::uint64: return write_integer<std::uint64_t>(value, out);
    case Type::real32: return write_real<float>(value, out);
    case Type::real64: return write_real<double>(value, out);
    case Type::boolean: return write_boolean(value, out);
    case Type::binary: return write_binary(value, out);
    case Type::guid: return write_guid(value, out);
    case Type::filetime:
    case Type::systemtime: return write_time(type, value, out);
    case Type::sid: return write_sid(value, out);
    case Type::hex32: return write_hex<std::uint32_t>(value, out);
    case Type::hex64: return write_hex<std::uint64_t>(value, out);
    case Type::size:
    case Type::handle: return value.size() == 4 ? write_hex<std::uint32_t>(value, out) : write_hex<std::uint64_t>(value, out);
    case Type::null:
    case Type::binxml: break;
  }
  return nullptr;
}

namespace {
std::size_t fixed_size(Type type) {
  switch (type) {
    case Type::int8:
    case Type::uint8: return 1;
    case Type::int16:
    case Type::uint16: return 2;
    case Type::int32:
    case Type::uint32:
    case Type::real32:
    case Type::boolean:
    case Type::hex32: return 4;
    case Type::int64:
    case Type::uint64:
    case Type::real64:
    case Type::filetime:
    case Type::size:
    case Type::hex64: return 8;
    case Type::guid:
    case Type::systemtime: return 16;
    default: return 0;
  }
}

/// With its NUL; the last may lack it.
std::size_t string_step(std::string_view values) {
  for (std::size_t at = 0; at + 2 <= values.size(); at += 2)
    if (values[at] == 0 && values[at + 1] == 0) return at + 2;
  return values.size();
}
}  // namespace

std::optional<std::size_t> array_step(Type type, std::string_view values) {
  if (type == Type::string) return string_step(values);
  if (type == Type::ansi) return std::min(values.find('\0'), values.size() - 1) + 1;
  if (type == Type::sid) return sid_size(values);
  const auto size = fixed_size(type);
  return size != 0 && size <= values.size() ? std::optional{size} : std::nullopt;
}

}  // namespace kulla::event::evtx
