// Requests as the data files of tests/detect/rules write them, turned into lines of the gate's log.
#pragma once
#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "detect/sigma/tree.hpp"
#include "event/gate_line.hpp"
#include "event/uri.hpp"

namespace kulla::detect::test {

inline kulla::test::GateLine line_of(const sigma::Tree& request) {
  kulla::test::GateLine line;
  for (std::size_t at = 0; at < request.keys.size(); ++at) {
    const auto& key = request.keys[at];
    const auto& value = request.items[at].text;
    if (key == "uri") line.uri = value;
    else if (key == "method") line.method = value;
    else if (key == "status") std::from_chars(value.data(), value.data() + value.size(), line.status);
    else if (key == "user_agent") line.user_agent = value;
    else if (key == "referer") line.referer = value;
    else if (key == "content_type") line.content_type = value;
    else ADD_FAILURE() << "unknown key " << key << " in line " << request.line;
  }
  line.path = event::split_uri(line.uri).stem;
  return line;
}

/// The requests under `key`; none where the key is not there.
inline std::vector<kulla::test::GateLine> requests(const std::filesystem::path& file, std::string_view key) {
  std::vector<kulla::test::GateLine> lines;
  const auto text = read_file(file, sigma::yaml_size_limit);
  const auto documents = text ? sigma::read_yaml(*text) : sigma::fault(0, text.error().what);
  EXPECT_TRUE(documents) << file << ":" << documents.error().line << ": " << documents.error().reason;
  if (!documents || documents->empty()) return lines;
  if (const auto* list = documents->front().find(key))
    for (const auto& request : list->items) lines.push_back(line_of(request));
  return lines;
}

}  // namespace kulla::detect::test
