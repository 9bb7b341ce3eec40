#include "detect/sigma/yaml_cache.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <fstream>

#include "base/file.hpp"
#include "detect/sigma/load.hpp"

namespace kulla::detect::sigma {
namespace {
constexpr const char* rule =
    "title: A\nid: 1\nlogsource: {category: webserver}\ndetection: {s: {cs-uri: ['x', null, 1]}, condition: s}\n---\n";

class YamlCacheOf : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(folder_); }
  /// What one start does: all is read, and what is new is kept.
  void start(std::string_view yaml) {
    auto cache = YamlCache::open(file());
    ASSERT_TRUE(cache) << cache.error().message();
    (void)cache->read(yaml);
    ASSERT_TRUE(cache->save(file()));
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_->path() / "kulla" / "rules.cache"; }
  [[nodiscard]] std::string bytes() const { return read_file(file(), YamlCache::size_limit).value_or(""); }
  Result<TemporaryFolder> folder_ = TemporaryFolder::make("kulla-yaml-cache");
};

TEST_F(YamlCacheOf, what_was_read_is_the_same_from_the_cache) {
  start(rule);
  auto cache = YamlCache::open(file());
  ASSERT_TRUE(cache);
  const auto kept = cache->read(rule);
  const auto read = read_yaml(rule);
  ASSERT_TRUE(kept && read);
  ASSERT_EQ(kept->size(), read->size());
  for (std::size_t at = 0; at < read->size(); ++at) EXPECT_EQ(kept->at(at), read->at(at));
}

TEST_F(YamlCacheOf, it_is_the_cache_that_answers) {
  start(rule);
  // What the cache says is changed, and its own sum with it: only then can we see who answered.
  auto text = bytes().substr(65);
  const auto at = text.find("\"A\"");
  ASSERT_NE(at, std::string::npos);
  text[at + 1] = 'B';
  ASSERT_TRUE(write_file_atomic(file(), to_hex(sha256(text)) + "\n" + text, 0600));
  EXPECT_EQ(YamlCache::open(file())->read(rule)->front().find("title")->text, "B");
}

TEST_F(YamlCacheOf, a_file_that_changed_is_read_anew) {
  start(rule);
  std::string other{rule};
  other[7] = 'C';
  EXPECT_EQ(YamlCache::open(file())->read(other)->front().find("title")->text, "C");
}

TEST_F(YamlCacheOf, nothing_new_writes_nothing) {
  start(rule);
  const auto before = std::filesystem::last_write_time(file());
  std::filesystem::last_write_time(file(), before - std::chrono::hours{1});
  start(rule);
  EXPECT_EQ(std::filesystem::last_write_time(file()), before - std::chrono::hours{1});
}

TEST_F(YamlCacheOf, a_fault_is_found_again_each_time) {
  start("a: [");
  EXPECT_FALSE(YamlCache::open(file())->read("a: ["));
}

TEST_F(YamlCacheOf, one_byte_that_differs_is_damage) {
  start(rule);
  const auto good = bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    ASSERT_TRUE(write_file_atomic(file(), bad, 0600));
    const auto opened = YamlCache::open(file());
    ASSERT_FALSE(opened) << at;
    EXPECT_NE(opened.error().what.find(file().string()), std::string::npos);
  }
}

TEST_F(YamlCacheOf, one_that_others_can_write_or_that_is_a_link_is_not_trusted) {
  start(rule);
  ASSERT_EQ(::chmod(file().c_str(), 0620), 0);
  EXPECT_FALSE(YamlCache::open(file()));
  ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
  const auto link = folder_->path() / "link";
  std::filesystem::create_symlink(file(), link);
  EXPECT_FALSE(YamlCache::open(link));
}

TEST_F(YamlCacheOf, rules_are_all_there_where_the_cache_is_damaged_or_cannot_be_written) {
  const auto rules = folder_->path() / "rule.yml";
  std::ofstream{rules} << std::string_view{rule}.substr(0, std::string_view{rule}.find("---"));
  const auto damaged = folder_->path() / "damaged";
  ASSERT_TRUE(write_file_atomic(damaged, "no cache", 0600));
  std::ofstream{folder_->path() / "a-file"} << "x";
  for (const auto& cache : {damaged, folder_->path() / "a-file" / "below"}) {
    const auto loaded = load({rules}, {.cache = cache});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->rules->size(), 1U);
    ASSERT_TRUE(loaded->cache_problem);
    EXPECT_NE(loaded->cache_problem->what.find(folder_->path().string()), std::string::npos);
  }
}

Tree any_tree(int depth) {
  Tree tree;
  tree.line = *rc::gen::inRange(0, 1000);
  tree.kind = static_cast<Tree::Kind>(*rc::gen::inRange(0, depth == 0 ? 2 : 4));
  if (tree.is(Tree::Kind::text)) tree.text = *rc::gen::container<std::string>(rc::gen::inRange('\0', '\x7f')) + "\u00eb";
  const bool is_map = tree.is(Tree::Kind::map);
  if (!is_map && !tree.is(Tree::Kind::list)) return tree;
  for (int at = 0, count = *rc::gen::inRange(0, 4); at < count; ++at) {
    tree.items.push_back(any_tree(depth - 1));
    if (is_map) tree.keys.push_back(fmt::format("key {} \"\\\n", at));
  }
  return tree;
}
RC_GTEST_PROP(YamlCacheText, any_tree_comes_back, ()) {
  const std::vector trees{any_tree(4), any_tree(2)};
  RC_ASSERT(trees_from_json(trees_to_json(trees)) == trees);
}
TEST(YamlCacheText, what_is_not_ours_is_nothing) {
  for (const auto* text : {"", "[", "{}", "[1]", "[[]]", "[[\"x\"]]", "[[1,2]]", "[[99999999999999999999]]", "[[1,\"\xff\"]]"})
    EXPECT_FALSE(trees_from_json(text)) << text;
  EXPECT_FALSE(trees_from_json(std::string(100'000, '[')));
}
}  // namespace
}  // namespace kulla::detect::sigma
