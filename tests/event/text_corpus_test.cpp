// Real logs of services: what is of a supported format is recognised, and none of its lines is lost. What a line should be is said here by
// regular expressions, apart from the readers. Skipped where the corpus is not there.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <regex>

#include "corpus.hpp"
#include "event/input.hpp"
#include "event/read_all.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
namespace fs = std::filesystem;
using test::corpus;

std::string content(const std::string& path) {
  auto opened = open_input(path);
  EXPECT_TRUE(opened) << path;
  if (!opened) return {};
  TextStream stream{std::move(*opened)};
  std::string all, some(std::size_t{64} << 10, '\0');
  for (auto got = stream.read(some); got && *got > 0; got = stream.read(some)) all.append(some, 0, *got);
  return all;
}

/// Not empty, and without the corpus's own remarks between them.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !line.starts_with("#")) lines.emplace_back(line);
  }
  return lines;
}

std::optional<Format> expected(const std::string& line) {
  static const std::vector<std::pair<std::regex, Format>> shapes = [] {
    std::vector<std::pair<std::regex, Format>> all;
    const auto add = [&all](const char* shape, Format format) { all.emplace_back(std::regex{shape, std::regex::optimize}, format); };
    add(R"(^(node=\S+ )?type=\S+ msg=audit\()", Format::auditd);
    add(R"(^.{0,250}\[\d\d/[A-Z][a-z][a-z]/\d{4}:[\d:]+ [-+]\d{4}\] ".*" \d{3} (\d+|-)( |$))", Format::web_access);
    add(R"(^(.{0,60}haproxy.{0,20}: )?[0-9a-f.:]+:\d+ \[.{20,30}\] \S+ \S+ [-\d/+]+ \d{3} )", Format::web_access);
    add(R"(^<\d{1,3}>)", Format::syslog);
    add(R"(^[A-Z][a-z][a-z] [ \d]?\d \d\d:\d\d:\d\d \S)", Format::syslog);
    add(R"(^\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+]\d\d:\d\d) \w[\w.-]* [\w/.-]+(\[\d+\])?: )", Format::syslog);
    add(R"(^\{".*\}$)", Format::ndjson);
    return all;
  }();
  const auto start = line.substr(0, 4000);
  for (const auto& [shape, format] : shapes)
    if (std::regex_search(start, shape)) return format;
  return std::nullopt;
}

struct Tally {
  std::size_t files = 0, recognised = 0, lines = 0, faults = 0;
  std::map<std::string_view, std::size_t> formats;
};

void check_file(const std::string& path, Tally& tally) {
  std::string text;
  std::map<Format, std::size_t> shapes;
  const auto lines = lines_of(content(path));
  for (const auto& line : lines) {
    text += line + "\n";
    if (const auto shape = expected(line)) ++shapes[*shape];
  }
  const auto format = recognise(text, path);
  ++tally.files;
  for (const auto& [shape, count] : shapes) EXPECT_TRUE(count * 2 <= lines.size() || format == shape) << path << ": " << name(shape);
  if (!format) return;
  ++tally.recognised;
  ++tally.formats[name(*format)];
  const auto reader = make_text_reader(*format, {.seen = test::at("2026-01-01T00:00:00Z")});
  if (!reader) return;
  std::size_t records = 0;
  for (const auto& event : test::read_all(*reader, text, 4096))
    records += 1 + static_cast<std::size_t>(std::count(event.record.begin(), event.record.end(), '\n'));
  EXPECT_EQ(records, lines.size()) << path << ": a line is lost";
  EXPECT_EQ(reader->last_number(), lines.size()) << path;
  EXPECT_LE(reader->losses().records + shapes[*format], lines.size()) << path << ": a line of the format was not read";
  tally.lines += lines.size();
  tally.faults += reader->losses().records;
}

TEST(TextCorpus, WhatIsOfASupportedFormatIsRecognisedAndNoLineIsLost) {
  if (!fs::is_directory(corpus() / "attack-logs"))
    GTEST_SKIP() << "NO CORPUS at " << corpus() << ": set KULLA_CORPUS to a folder that holds attack-logs/ and auth-logs/";
  Tally tally;
  const auto inputs = list_inputs({(corpus() / "attack-logs").string(), (corpus() / "auth-logs").string()});
  ASSERT_TRUE(inputs) << inputs.error().what;
  for (const auto& file : inputs->files)
    if (!file.ends_with(".json") && !file.ends_with("LICENSE")) check_file(file, tally);
  std::cout << tally.recognised << " of " << tally.files << " files are of a known format (";
  for (const auto& [format, count] : tally.formats)
    std::cout << format << " " << count << (format == tally.formats.rbegin()->first ? ")\n" : ", ");
  std::cout << tally.lines << " lines of text formats read, " << tally.faults << " of them of another shape than their file\n";
  EXPECT_GE(tally.recognised, 123U) << "of 224 in the corpus as it was";
}
}  // namespace
}  // namespace kulla::event
