// Our reading of public recordings beside evtx_dump's: each .evtx of sigma-regression and the .json of the same name have the same fields
// with the same values. evtx_dump drops blanks at the end of a value, we keep them (rules look for them). Skipped where the corpus is not
// there.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "corpus.hpp"
#include "event/evtx/evtx.hpp"

namespace kulla::event {
namespace {
namespace fs = std::filesystem;
using test::corpus;
namespace json = boost::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string contents(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string text_of(const json::value& value) {
  if (const auto* text = value.if_string()) return {text->begin(), text->end()};
  return json::serialize(value);
}

/// `name`: what the field of this element is called. evtx_dump writes attributes as "#attributes", a text beside them as "#text".
void flatten(const std::string& name, const json::value& value, Fields& fields) {
  if (value.is_null()) return;
  if (const auto* array = value.if_array())
    for (const auto& element : *array) flatten(name, element, fields);
  else if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      if (key == "#text") flatten(name, member, fields);
      else if (key != "#attributes") flatten(key, member, fields);
      else
        for (const auto& [attribute, text] : member.as_object())
          if (attribute == "SystemTime") fields.emplace_back("TimeCreated", text_of(text));
          else if (attribute != "xmlns") fields.emplace_back(name + "_" + std::string{attribute}, text_of(text));
    }
  } else {
    fields.emplace_back(name, text_of(value));
  }
}

std::vector<Fields> from_json(const fs::path& path) {
  std::vector<Fields> events;
  const auto text = contents(path);
  for (std::size_t at = text.find('{'); at < text.size(); at = text.find('{', at)) {
    json::stream_parser parser;
    at += parser.write_some(std::string_view{text}.substr(at));
    flatten("Event", parser.release(), events.emplace_back());
  }
  return events;
}

struct Reading {
  std::vector<Fields> events;
  std::uint64_t losses = 0;
  std::string first_loss;
};

Reading from_evtx(const fs::path& path) {
  Reading reading;
  const auto reader = make_evtx_reader();
  auto bytes = contents(path);
  bytes.reserve(bytes.size() + read_padding);
  reader->read(bytes, true, [&](const Event& event) {
    EXPECT_EQ(event.number, reading.events.size() + 1);
    EXPECT_EQ(event.product, "windows");
    EXPECT_EQ(to_rfc3339(event.recorded), event.field("TimeCreated"));
    auto& fields = reading.events.emplace_back();
    for (const auto& [name, value, form, key] : event.fields())
      fields.emplace_back(name, value.substr(0, value.find_last_not_of(" \r\n") + 1));
  });
  reading.losses = reader->losses().records;
  if (reading.losses) reading.first_loss = reader->losses().faults.front().why;
  return reading;
}

TEST(EvtxCorpus, TheSameFieldsAsEvtxDump) {
  const auto folder = corpus() / "sigma-regression";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "NO CORPUS at " << folder << ": set KULLA_CORPUS to a folder that holds sigma-regression/";
  std::size_t files = 0, events = 0;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() != ".evtx") continue;
    SCOPED_TRACE(entry.path());
    auto expected = from_json(fs::path{entry.path()}.replace_extension(".json"));
    auto read = from_evtx(entry.path());
    EXPECT_EQ(read.losses, 0U) << read.first_loss;
    for (auto* side : {&expected, &read.events})
      for (auto& fields : *side) std::sort(fields.begin(), fields.end());
    EXPECT_EQ(read.events, expected);
    ++files;
    events += expected.size();
  }
  EXPECT_EQ(files, 87U);
  EXPECT_GE(events, files);
}
}  // namespace
}  // namespace kulla::event
