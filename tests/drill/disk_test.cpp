#include "drill/disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

using namespace kulla;
using namespace kulla::drill;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {
TEST(Secrets, AreFoundInAnyBytes) {
  const auto folder = *TemporaryFolder::make("secrets");
  const auto file = folder.path() / "ledger.db";
  ASSERT_TRUE(write_file_atomic(file, std::string("\0a fact 1127.0 x\0", 17)));
  EXPECT_THAT(secrets_in(file, {"swordfish"}), IsEmpty());
  ASSERT_TRUE(write_file_atomic(file, std::string("\0from 127.66.0.3\0swordfish", 26)));
  EXPECT_THAT(secrets_in(file, {"swordfish"}), ElementsAre("ledger.db holds a password", "ledger.db holds an address"));
}
TEST(Secrets, AFileThatCannotBeReadIsNotOneWithoutAny) {
  EXPECT_THAT(secrets_in("/nowhere/ledger.db", {"swordfish"}), ElementsAre(HasSubstr("cannot be searched")));
}
}  // namespace
