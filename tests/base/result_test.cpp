// The table of errors agrees with itself and with its readers, and the helpers around Result.
#include "base/result.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <vector>

namespace kulla {
namespace {
const std::vector<Code> all{
#define KULLA_ERROR(code, meaning, remedy) Code::code,
#include "base/errors.def"
#undef KULLA_ERROR
};

TEST(Errors, EachHasANameAMeaningAndARemedyOfItsOwn) {
  std::set<std::string_view> names, meanings;
  for (const auto code : all) {
    EXPECT_TRUE(names.insert(name(code)).second) << name(code);
    EXPECT_TRUE(meanings.insert(meaning(code)).second) << meaning(code);
    EXPECT_GE(remedy(code).size(), 8u) << name(code);
    for (const auto text : {meaning(code), remedy(code)}) {
      EXPECT_FALSE(text.empty() || text.ends_with('.') || text.ends_with(' ') || text.find('\n') != text.npos) << name(code);
    }
  }
  EXPECT_EQ(name(Code::ledger_busy), "ledger_busy");
}
TEST(Errors, TheMessageSaysWhatMeaningAndRemedy) {
  const auto error = Error{Code::bad_key, "ana.key"}.in("approvers");
  EXPECT_EQ(error.what, "approvers: ana.key");
  EXPECT_EQ(error.message(), fmt::format("approvers: ana.key: {}; {}", meaning(Code::bad_key), remedy(Code::bad_key)));
}
TEST(Errors, FailErrnoCarriesTheSystemsText) {
  errno = ENOSPC;
  EXPECT_EQ(fail_errno("map").error().what, "map: No space left on device");
  EXPECT_EQ(fail_errno("map", ENOENT).error().code, Code::io);
}

Result<int> half(int number) {
  if (number % 2) return fail(Code::bad_argument, fmt::format("{} is odd", number));
  return number / 2;
}
Result<int> quarter(int number) {
  KULLA_TRY(const auto once, half(number));
  KULLA_TRY(const auto twice, half(once));
  return twice;
}
Result<> even(int number) {
  KULLA_CHECK(half(number));
  return {};
}
TEST(Result, TryGoesOnOrReturnsTheError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().what, "3 is odd");
  EXPECT_TRUE(even(2));
  EXPECT_EQ(even(3).error().what, "3 is odd");
}
TEST(AssertDeathTest, StaysOn) { EXPECT_DEATH(KULLA_ASSERT(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3"); }
}  // namespace
}  // namespace kulla
