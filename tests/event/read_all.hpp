// Reads bytes with a reader, in pieces, and keeps what it hands on.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "event/reader.hpp"

namespace kulla::test {

/// An event that outlives its line.
struct Kept {
  std::vector<std::pair<std::string, std::string>> fields;
  Timestamp happened, recorded, seen;
  std::string product, category, service, record;
  std::uint64_t number = 0;

  explicit Kept(const event::Event& event)
      : happened(event.happened),
        recorded(event.recorded),
        seen(event.seen),
        product(event.product),
        category(event.category),
        service(event.service),
        record(event.record),
        number(event.number) {
    for (const auto& [name, value, form, key] : event.fields()) fields.emplace_back(name, value);
  }
  /// The first of that name.
  [[nodiscard]] std::string operator[](std::string_view name) const {
    const auto found = std::find_if(fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; });
    return found == fields.end() ? "(absent)" : found->second;
  }
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : fields)
      if (key == name) values.push_back(value);
    return values;
  }
  friend bool operator==(const Kept&, const Kept&) = default;
};

inline std::vector<Kept> read_all(event::Reader& reader, std::string_view bytes, std::size_t piece = std::string::npos) {
  std::vector<Kept> events;
  const auto keep = [&](const event::Event& event) { events.emplace_back(event); };
  do {
    std::string padded{bytes.substr(0, piece)};
    const auto size = padded.size();
    padded.append(event::read_padding, '\n');
    bytes.remove_prefix(size);
    reader.read(std::string_view{padded}.substr(0, size), bytes.empty(), keep);
  } while (!bytes.empty());
  return events;
}

inline Timestamp at(std::string_view text) {
  const auto time = parse_rfc3339(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(Timestamp{});
}

}  // namespace kulla::test
