// Writes EVTX chunks for the tests: names and templates where they are first used, as Windows does. Nothing here is shared with the reader.
#pragma once
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kulla::test::evtx {

class Writer;
using Write = std::function<void(Writer&)>;

/// One value of a template instance.
struct Value {
  std::uint8_t type = 0;
  Write write = [](Writer&) {};
};

/// Appends to the bytes of one chunk; all offsets are those in the chunk.
class Writer {
 public:
  std::string bytes = std::string(512, '\0');
  bool dependencies = true;  // elements carry a dependency id
  std::map<std::string, std::uint32_t> names;  // where they are
  std::map<std::string, std::uint32_t> templates;

  template <typename T>
  Writer& put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Writer& raw(std::string_view text) { return bytes += text, *this; }
  Writer& utf16(std::u16string_view text) { return raw({reinterpret_cast<const char*>(text.data()), 2 * text.size()}); }
  template <typename T>
  void patch(std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
  [[nodiscard]] std::uint32_t at() const { return static_cast<std::uint32_t>(bytes.size()); }

  Writer& fragment() { return raw({"\x0f\x01\x01\x00", 4}); }
  Writer& end_of_stream() { return put('\0'); }
  Writer& name(const std::string& text) {
    const auto known = names.find(text);
    if (known != names.end()) return put(known->second);
    names[text] = at() + 4;
    put(at() + 4).put<std::uint32_t>(0).put<std::uint16_t>(0).put(static_cast<std::uint16_t>(text.size()));
    for (const char c : text) put(static_cast<char16_t>(c));
    return put(u'\0');
  }
  /// An element's start; with `attributes`, those follow.
  Writer& open(const std::string& element, bool attributes = false) {
    put(attributes ? '\x41' : '\x01');
    if (dependencies) put<std::uint16_t>(0xFFFF);
    put<std::uint32_t>(0).name(element);
    return attributes ? put<std::uint32_t>(0) : *this;
  }
  Writer& attribute(const std::string& text) { return put('\x06').name(text); }
  Writer& close_start() { return put('\x02'); }
  Writer& close_empty() { return put('\x03'); }
  Writer& end() { return put('\x04'); }
  Writer& text(std::u16string_view literal) { return raw("\x05\x01").put(static_cast<std::uint16_t>(literal.size())).utf16(literal); }
  Writer& slot(std::uint16_t number, bool optional = true) { return put(optional ? '\x0e' : '\x0d').put(number).put('\0'); }
  /// <ELEMENT>the value of the slot</ELEMENT>
  Writer& leaf(const std::string& element, std::uint16_t number) { return open(element).close_start().slot(number).end(); }
  /// <Data Name="NAME">the value of the slot</Data>
  Writer& data(std::u16string_view named, std::uint16_t number) {
    return open("Data", true).attribute("Name").text(named).close_start().slot(number).end();
  }

  /// A template instance; `define` writes the template where `key` is not yet known.
  Writer& instance(const std::string& key, const Write& define, const std::vector<Value>& values) {
    raw("\x0c\x01").put<std::uint32_t>(7);
    const auto known = templates.find(key);
    if (known != templates.end()) return put(known->second).these(values);
    templates[key] = at() + 4;
    put(at() + 4).put<std::uint32_t>(0).raw(std::string(16, '\x11')).put<std::uint32_t>(0);
    const auto begin = at();
    const bool outside = std::exchange(dependencies, true);
    fragment();
    define(*this);
    end_of_stream();
    dependencies = outside;
    patch(begin - 4, at() - begin);
    return these(values);
  }
  /// The count, descriptors and bytes of an instance's values.
  Writer& these(const std::vector<Value>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    const auto descriptors = at();
    for (const auto& value : values) put<std::uint16_t>(0).put(value.type).put('\0');
    for (std::size_t n = 0; n < values.size(); ++n) {
      const auto begin = at();
      values[n].write(*this);
      patch(descriptors + 4 * n, static_cast<std::uint16_t>(at() - begin));
    }
    return *this;
  }
};

inline Value none() { return {}; }
inline Value string(std::u16string text) {
  return {0x01, [=](Writer& to) { to.utf16(text); }};
}
inline Value bytes(std::uint8_t type, std::string text) {
  return {type, [=](Writer& to) { to.raw(text); }};
}
template <typename T>
Value number(std::uint8_t type, T value) {
  return {type, [=](Writer& to) { to.put(value); }};
}
/// BinXML as a value: its own elements have no dependency id.
inline Value binxml(Write write) {
  return {0x21, [=](Writer& to) {
            const bool outside = std::exchange(to.dependencies, false);
            write(to);
            to.dependencies = outside;
          }};
}

class Chunk : public Writer {
 public:
  static constexpr std::uint64_t written = 134'000'000'000'000'000;  // 2025-08-18T14:13:20Z
  /// A record of what `write` writes, between a fragment's head and the end of the stream.
  Chunk& record(const Write& write) {
    return raw_record([&](Writer& to) {
      to.fragment();
      write(to);
      to.end_of_stream();
    });
  }
  Chunk& raw_record(const Write& write);
  /// The chunk with its checksums; `whole`: filled to 64 KiB.
  [[nodiscard]] std::string finish(bool whole = true) const;
  std::uint64_t records = 0;
};

std::uint32_t plain_crc32(std::string_view bytes);
/// A file's header, then these chunks.
std::string file(const std::vector<std::string>& chunks);
/// The template of an ordinary event: <Event> with <System>, whose values are those of system_values(), and slot 11, which is the rest.
void event_template(Writer& to);
/// Its values, with `rest` as the last.
std::vector<Value> event_values(std::uint16_t id, const Value& rest);
/// An ordinary event with <EventData>: A, B and an unnamed one.
void ordinary(Writer& to, std::uint16_t id, std::u16string a, std::u16string b = u"b");

}  // namespace kulla::test::evtx
