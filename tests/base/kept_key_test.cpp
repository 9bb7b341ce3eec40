// A key that is made once and kept.
#include "base/kept_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"

namespace kulla {
namespace {
TEST(KeptKey, IsMadeOnFirstUseForItsOwnerAloneAndThenTheSame) {
  const auto folder = TemporaryFolder::make("kulla-keys").value();
  const auto file = folder.path() / "a.key";
  const auto key = kept_key(file).value();
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(kept_key(file).value(), key);
  EXPECT_NE(kept_key(folder.path() / "b.key").value(), key);
}
TEST(KeptKey, AFileThatHoldsSomethingElseIsNotReplaced) {
  const auto folder = TemporaryFolder::make("kulla-keys").value();
  const auto file = folder.path() / "a.key";
  ASSERT_TRUE(write_file_atomic(file, "no key\n"));
  EXPECT_EQ(kept_key(file).error().code, Code::bad_json);
  EXPECT_EQ(read_file(file, 10).value(), "no key\n");
}
}  // namespace
}  // namespace kulla
