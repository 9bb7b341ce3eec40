// What a reader makes of the bytes of an EVTX input, as plain text to compare.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "event/evtx/evtx.hpp"

namespace kulla::test::evtx {

struct Reading {
  std::vector<std::string> events;  ///< "NUMBER name=value; name=value; "
  event::Losses losses;
  std::uint64_t last_number = 0;
};

/// Gives the bytes in pieces of `piece` bytes.
inline Reading read(std::string_view bytes, std::size_t piece = std::string::npos) {
  Reading reading;
  const auto reader = event::make_evtx_reader();
  do {
    std::string part{bytes.substr(0, piece)};
    bytes.remove_prefix(part.size());
    const auto size = part.size();
    part.resize(size + event::read_padding, '*');
    reader->read(std::string_view{part}.substr(0, size), bytes.empty(), [&](const event::Event& event) {
      auto& text = reading.events.emplace_back(std::to_string(event.number) + " ");
      for (const auto& [name, value, form, key] : event.fields()) text.append(name).append("=").append(value).append("; ");
    });
  } while (!bytes.empty());
  reading.losses = reader->losses();
  reading.last_number = reader->last_number();
  return reading;
}

}  // namespace kulla::test::evtx
