#include "daemon/evidence.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"

using namespace kulla;
using namespace kulla::daemon;

namespace {
const Timestamp noon{std::chrono::sys_days{std::chrono::year{2022} / 7 / 15} + std::chrono::hours{12}};

TEST(Evidence, what_was_put_is_found_by_its_hash_and_lies_there_encrypted) {
  const auto folder = *TemporaryFolder::make("kulla-evidence-test");
  Digest hash;
  {
    auto store = EvidenceStore::open(folder.path());
    ASSERT_TRUE(store);
    hash = (*store)->put("from 192.0.2.7 with password hunter2", noon);
    EXPECT_NE(hash, sha256("from 192.0.2.7 with password hunter2")) << "whoever guesses the text must not be able to check the guess";
  }
  EXPECT_EQ(EvidenceStore::find(folder.path(), hash).value(), "from 192.0.2.7 with password hunter2");
  const auto stored = read_file(folder.path() / "2022-07-15.evidence", 10'000);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->find("192.0.2.7"), std::string::npos);
}
TEST(Evidence, without_the_days_key_it_is_gone) {
  const auto folder = *TemporaryFolder::make("kulla-evidence-test");
  Digest hash;
  { hash = (*EvidenceStore::open(folder.path()))->put("secret", noon); }
  std::filesystem::remove(folder.path() / "2022-07-15.key");
  EXPECT_FALSE(EvidenceStore::find(folder.path(), hash));
}
TEST(Evidence, a_changed_box_does_not_open) {
  const auto folder = *TemporaryFolder::make("kulla-evidence-test");
  Digest hash;
  { hash = (*EvidenceStore::open(folder.path()))->put("secret", noon); }
  auto text = *read_file(folder.path() / "2022-07-15.evidence", 10'000);
  text[text.size() - 2] = text[text.size() - 2] == '0' ? '1' : '0';
  ASSERT_TRUE(write_file_atomic(folder.path() / "2022-07-15.evidence", text));
  EXPECT_FALSE(EvidenceStore::find(folder.path(), hash));
}
}  // namespace
