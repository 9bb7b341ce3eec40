// The values of BinXML and their text, as evtx_dump writes it: GUIDs in upper case, binary as hexadecimal digits, FILETIME with
// microseconds in UTC, hexadecimal integers as 0x….
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace kulla::event::evtx {

enum class Type : std::uint8_t {
  null = 0x00,
  string = 0x01,
  ansi = 0x02,
  int8 = 0x03,
  uint8 = 0x04,
  int16 = 0x05,
  uint16 = 0x06,
  int32 = 0x07,
  uint32 = 0x08,
  int64 = 0x09,
  uint64 = 0x0A,
  real32 = 0x0B,
  real64 = 0x0C,
  boolean = 0x0D,
  binary = 0x0E,
  guid = 0x0F,
  size = 0x10,
  filetime = 0x11,
  systemtime = 0x12,
  sid = 0x13,
  hex32 = 0x14,
  hex64 = 0x15,
  handle = 0x20,
  binxml = 0x21,
  xml = 0x23,
};
inline constexpr std::uint8_t array_flag = 0x80;  ///< beside a type: values of it, one after another

/// The room that write() needs for `size` bytes of any type.
constexpr std::size_t text_room(std::size_t size) { return 3 * size + 64; }
/// Writes the value's text; returns its end, or null where these bytes are no such value. Not for null and binxml.
[[nodiscard]] char* write(Type type, std::string_view value, char* out);
/// How many of the first bytes are one value of an array of `type`; nothing where there is none.
[[nodiscard]] std::optional<std::size_t> array_step(Type type, std::string_view values);
/// Of a FILETIME or a SYSTEMTIME.
[[nodiscard]] std::optional<Timestamp> time_of(Type type, std::string_view value);
/// Hundreds of nanoseconds since 1601.
[[nodiscard]] Timestamp from_filetime(std::uint64_t ticks);

}  // namespace kulla::event::evtx
