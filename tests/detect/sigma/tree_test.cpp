#include "detect/sigma/tree.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kulla::detect::sigma {
namespace {
std::string refusal(const std::string& text) {
  const auto read = read_yaml(text);
  return read ? "read" : fmt::format("{}: {}", read.error().line, read.error().reason);
}

TEST(Tree, KeepsLinesAndTellsNullFromText) {
  const auto read = read_yaml("a: 1\nb:\n  - x\n  - null\n  - 'null'\n  -\n---\r\nc: d\r\n");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  const auto* list = read->front().find("b");
  ASSERT_TRUE(list && list->items.size() == 4U);
  EXPECT_EQ(list->items[0].line, 3);
  EXPECT_TRUE(list->items[1].is(Tree::Kind::null));
  EXPECT_TRUE(list->items[2].is(Tree::Kind::text));
  EXPECT_TRUE(list->items[3].is(Tree::Kind::null));
  EXPECT_EQ(read->back().find("c")->text, "d");
  EXPECT_EQ(read->back().find("c")->line, 8);
  EXPECT_EQ(read->back().find("a"), nullptr);
}

TEST(Tree, RefusesWhatASmallFileCouldGrowBy) {
  EXPECT_EQ(refusal("a: &x [1]\nb: *x\n"), "1: YAML anchors are not supported");
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int level = 1; level < 30; ++level) bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", level, level - 1);
  EXPECT_EQ(refusal(bomb), "1: YAML anchors are not supported");
  EXPECT_EQ(refusal("b: *nobody\n").substr(0, 12), "1: not YAML:");
}

TEST(Tree, RefusesDepthHoweverItIsWritten) {
  EXPECT_EQ(refusal(std::string(24, '[') + std::string(24, ']')), "read");
  EXPECT_EQ(refusal(std::string(25, '[') + std::string(25, ']')), "1: nested deeper than 24");
  EXPECT_EQ(refusal(std::string(500'000, '[')).substr(0, 3), "1: ");
  EXPECT_EQ(refusal(std::string(500'000, '{')).substr(0, 3), "1: ");
  std::string blocks, dashes;
  for (int level = 0; level < 1000; ++level) blocks += std::string(static_cast<std::size_t>(level), ' ') + "a:\n", dashes += "- ";
  EXPECT_EQ(refusal(blocks), "25: nested deeper than 24");
  EXPECT_EQ(refusal(dashes + "x"), "1: nested deeper than 24");
  std::string questions;
  for (int level = 0; level < 100'000; ++level) questions += "? ";
  EXPECT_NE(refusal(questions), "read");
}

TEST(Tree, RefusesSizeAndNumber) {
  EXPECT_EQ(refusal(std::string(yaml_size_limit + 1, '#')), "0: larger than 1048576 bytes");
  std::string many = "[";
  for (std::size_t at = 0; at < yaml_node_limit; ++at) many += "1,";
  EXPECT_EQ(refusal(many + "]"), "1: more than 50000 YAML nodes");
  std::string documents;
  for (std::size_t at = 0; at <= yaml_document_limit; ++at) documents += "--- a\n";
  EXPECT_EQ(refusal(documents), "1001: more than 1000 documents in one file");
}

TEST(Tree, RefusesWhatIsNoRule) {
  EXPECT_EQ(refusal("a: 1\na: 2\n"), "2: the key 'a' is there twice");
  EXPECT_EQ(refusal("[a]: b\n"), "1: a key that is a list or a map");
  EXPECT_EQ(refusal("a: b: c\n").substr(0, 3), "1: ");
  EXPECT_EQ(refusal("\t- x: [").substr(0, 3), "1: ");
  EXPECT_NE(refusal(std::string("\0\xff\xfe\x01: {", 7)), "");
  EXPECT_EQ(refusal(""), "read");
}
}  // namespace
}  // namespace kulla::detect::sigma
