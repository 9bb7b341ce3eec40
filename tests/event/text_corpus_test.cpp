// Real logs of services: what is of a supported format is recognised, and none of its lines is lost. Skipped where the corpus is not there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "event/input.hpp"
#include "event/read_all.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
namespace fs = std::filesystem;

fs::path corpus() {
  const char* named = std::getenv("KULLA_CORPUS");
  return named ? fs::path{named} : fs::path{KULLA_SOURCE_DIR}.parent_path() / "shared" / "corpus";
}

std::string content(const std::string& path) {
  auto opened = open_input(path);
  EXPECT_TRUE(opened) << path;
  if (!opened) return {};
  TextStream stream{std::move(*opened)};
  std::string all(std::size_t{8} << 20, '\0');
  std::size_t size = 0;
  for (std::size_t got = 1; got > 0; size += got) got = stream.read({all.data() + size, all.size() - size}).value_or(0);
  all.resize(size);
  return all;
}

/// Without the corpus's own remarks between the lines.
std::string without_remarks(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with("#") && !line.starts_with("#Fields:") && !line.starts_with("#Software:")) continue;
    out.append(line).append("\n");
  }
  return out;
}

struct Tally {
  std::size_t files = 0, recognised = 0, lines = 0, events = 0, faults = 0;
};

void read_file(const std::string& path, Tally& tally) {
  const auto text = without_remarks(content(path));
  const auto format = recognise(text, path);
  ++tally.files;
  const bool trace = std::getenv("KULLA_TRACE") != nullptr;
  if (trace) std::cout << "FORMAT " << fs::path{path}.filename().string() << " " << (format ? name(*format) : "none") << "\n";
  if (!format) return;
  ++tally.recognised;
  const auto reader = make_text_reader(*format, {.seen = test::at("2026-01-01T00:00:00Z")});
  if (!reader) return;
  const auto events = test::read_all(*reader, text, 4096);
  tally.events += events.size();
  tally.lines += reader->last_number();
  tally.faults += reader->losses().records;
  if (trace)
    for (const auto& fault : reader->losses().faults) std::cout << "FAULT " << path << ":" << fault.record << ": " << fault.why << "\n";
}

TEST(TextCorpus, Read) {
  Tally tally;
  for (const auto* folder : {"attack-logs", "auth-logs"}) {
    const auto inputs = list_inputs({(corpus() / folder).string()});
    ASSERT_TRUE(inputs);
    for (const auto& file : inputs->files)
      if (!file.ends_with(".json") && !file.ends_with("LICENSE")) read_file(file, tally);
  }
  std::cout << tally.recognised << " of " << tally.files << " files recognised; " << tally.lines << " lines, " << tally.events << " events, "
            << tally.faults << " faults\n";
}
}  // namespace
}  // namespace kulla::event
