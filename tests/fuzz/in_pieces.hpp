// What a reader makes of bytes, whole and cut in two: events with all their fields, and what was lost.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/reader.hpp"

namespace kulla::fuzz {

struct Outcome {
  std::string events;
  std::uint64_t faults = 0, last = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline Outcome read(event::Reader& reader, std::string_view bytes, std::size_t middle) {
  Outcome outcome;
  const event::Reader::OnRecord keep = [&outcome](const event::Event& event) {
    outcome.events += std::to_string(event.number) + '@' + std::to_string(event.happened.time_since_epoch().count());
    for (std::size_t at = 0; at < event.fields().size(); ++at) {
      const std::string value{event.text(at)};
      outcome.events.append("\1").append(event.fields()[at].name).append("\2").append(value);
    }
    outcome.events += '\3';
  };
  // What lies behind the bytes is not theirs, and must not be read as if it were.
  const std::string first = std::string{bytes.substr(0, middle)} + std::string(event::read_padding, '"'),
                    second = std::string{bytes.substr(middle)} + std::string(event::read_padding, '\n');
  if (middle > 0) reader.read(std::string_view{first}.substr(0, middle), false, keep);
  reader.read(std::string_view{second}.substr(0, bytes.size() - middle), true, keep);
  outcome.faults = reader.losses().records;
  outcome.last = reader.last_number();
  return outcome;
}

/// `make` gives a new reader.
void same_in_pieces(auto&& make, std::string_view bytes) {
  if (bytes.empty()) return;
  const auto whole = make(), cut = make();
  KULLA_ASSERT(read(*whole, bytes, 0) == read(*cut, bytes, static_cast<unsigned char>(bytes.back()) % bytes.size()));
}

}  // namespace kulla::fuzz
