// The public recordings that benchmarks run on: where KULLA_CORPUS says, else beside the source tree.
#pragma once
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "event/input.hpp"

namespace kulla::bench {

inline std::filesystem::path corpus() {
  const char* named = std::getenv("KULLA_CORPUS");
  return named ? std::filesystem::path{named} : std::filesystem::path{KULLA_SOURCE_DIR}.parent_path() / "shared" / "corpus";
}
/// Says loudly where it is not.
inline bool has_corpus(std::string_view who) {
  if (std::filesystem::is_directory(corpus() / "windows-events")) return true;
  fmt::print("{}: NO CORPUS at {}: set KULLA_CORPUS\n", who, corpus().string());
  return false;
}
/// The lines of all its Windows events.
inline std::string windows_events() {
  std::string text;
  const auto inputs = event::list_inputs({(corpus() / "windows-events").string()}).value();
  for (const auto& path : inputs.files) {
    if (!path.ends_with(".ndjson.zst")) continue;
    const auto bytes = event::open_input(path).value();
    while (event::fill(*bytes, text, text.size() + (std::size_t{8} << 20)).value()) {}
  }
  return text;
}

}  // namespace kulla::bench
