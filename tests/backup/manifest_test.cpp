#include "backup/manifest.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/file.hpp"

namespace kulla::backup {
namespace {
class ManifestTest : public testing::Test {
 protected:
  void put(std::string_view path, std::string_view content) const {
    std::filesystem::create_directories((folder.path() / path).parent_path());
    std::ofstream{folder.path() / path, std::ios::binary} << content;
  }
  TemporaryFolder folder = TemporaryFolder::make("kulla-manifest-test").value();
};

TEST_F(ManifestTest, ComesBackAsItWas) {
  put("a/b\xff", "abc");
  std::filesystem::create_symlink("/etc/passwd", folder.path() / "link");
  const auto manifest = take_manifest(folder.path()).value();
  ASSERT_EQ(manifest.size(), 3U);
  EXPECT_EQ(manifest.at("a/b%FF").size, 3);
  EXPECT_EQ(manifest.at("link").target, "/etc/passwd");
  EXPECT_EQ(parse_manifest(to_text(manifest)).value(), manifest);
}

TEST_F(ManifestTest, EveryDifferenceIsCountedAndTheFirstOfEachNamed) {
  for (auto name : {"a", "b", "c", "d"}) put(name, name);
  const auto before = take_manifest(folder.path()).value();
  put("a", "A");
  put("new", "x");
  std::filesystem::remove(folder.path() / "b");
  std::filesystem::remove(folder.path() / "c");
  const auto difference = compare(before, take_manifest(folder.path()).value());
  EXPECT_EQ(difference.different, 1);
  EXPECT_EQ(difference.missing, 2);
  EXPECT_EQ(difference.extra, 1);
  EXPECT_EQ(difference.first, "different a, missing b, extra new");
  EXPECT_EQ(compare(before, before).first, "");
}

TEST_F(ManifestTest, ACutOrGrownListIsRefused) {
  put("a", "x");
  const auto text = to_text(take_manifest(folder.path()).value());
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(parse_manifest(text.substr(0, i))) << i;
  EXPECT_FALSE(parse_manifest(text + text));
}
}  // namespace
}  // namespace kulla::backup
