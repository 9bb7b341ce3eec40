// What a rotation explains, and what an intruder's hand among rotated logs does not hide behind it.
#include "inspect/rotation.hpp"

#include <fcntl.h>

#include "base/process.hpp"
#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class RotationTest : public Inspection {
 protected:
  static std::string name(int number) {
    return number == 0 ? "var/log/a.log" : "var/log/a.log." + std::to_string(number) + (number > 1 ? ".gz" : "");
  }
  void gzip(const std::string& path) const { ASSERT_EQ(run({"gzip", "-nf", at(path).string()})->exit_code, 0); }
  /// What logrotate does, with so many kept.
  void rotate(int kept, const std::string& next) const {
    std::filesystem::remove(at(name(kept)));
    for (int number = kept - 1; number > 1; --number)
      if (std::filesystem::exists(at(name(number)))) std::filesystem::rename(at(name(number)), at(name(number + 1)));
    if (std::filesystem::exists(at(name(1))) && kept > 1) {
      std::filesystem::rename(at(name(1)), at("var/log/a.log.2"));
      gzip("var/log/a.log.2");
    }
    std::filesystem::rename(at(name(0)), at(name(1)));
    put(name(0), next);
  }
  void put_logs(int count) const {
    for (int number = count; number > 0; --number) {
      put("var/log/a.log." + std::to_string(number), "content " + std::to_string(number) + "\n");
      if (number > 1) gzip("var/log/a.log." + std::to_string(number));
    }
    put(name(0), "content 0\n");
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    Judge judge{rules, {false, root, &gunzip}};
    EXPECT_TRUE(survey(root, recorded(), {}, [&](Pair&& pair) -> Result<> {
      judge.look_at(pair);
      return {};
    }));
    for (const auto& finding : judge.finish()) paths.push_back(finding.path);
    return paths;
  }
  /// As the child does it (content_test, inspect_test), here with a program.
  static Result<Unpacked> gunzip(int file, std::int64_t beginning, std::int64_t) {
    const auto text = run({"gzip", "-dc", "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file)})->out;
    if (text.empty()) return fail(Code::io, "damaged");
    return Unpacked{std::ssize(text), sha256(text), sha256(std::string_view(text).substr(0, static_cast<std::size_t>(beginning)))};
  }
};

TEST_F(RotationTest, WhatLogrotateDoesIsExpectedHoweverOften) {
  for (int times = 1; times < 6; ++times) {
    std::filesystem::remove_all(at("var"));
    put_logs(4);
    take_baseline();
    for (int i = 0; i < times; ++i) rotate(4, "new " + std::to_string(i) + "\n");
    // After as many as are kept, nothing that is left proves anything.
    if (times <= 4) EXPECT_THAT(paths(), IsEmpty()) << times;
    else EXPECT_FALSE(paths().empty());
  }
}
TEST_F(RotationTest, MoreMayBeKeptThanThereWere) {
  put_logs(2);
  take_baseline();
  rotate(10, "new\n");
  rotate(10, "newer\n");
  EXPECT_THAT(paths(), IsEmpty());
}
TEST_F(RotationTest, EmptyLogsAreRotatedToo) {
  put_logs(4);
  for (int number : {2, 3}) {
    put("var/log/a.log." + std::to_string(number), "");
    gzip("var/log/a.log." + std::to_string(number));
  }
  put(name(0), "");
  take_baseline();
  put(name(0), "something\n");
  rotate(4, "");
  EXPECT_THAT(paths(), IsEmpty());
}
TEST_F(RotationTest, AJunkNeighbourExcusesNothing) {
  put_logs(3);
  take_baseline();
  put(name(0), "");
  put("var/log/a.log.9", "junk\n");
  gzip("var/log/a.log.9");
  EXPECT_THAT(paths(), UnorderedElementsAre("var/log/a.log", "var/log/a.log.9.gz"));
}
TEST_F(RotationTest, AnEditBesideARotationIsFound) {
  put_logs(4);
  take_baseline();
  rotate(4, "new\n");
  put("var/log/a.log.3", "nobody did it\n");
  gzip("var/log/a.log.3");
  EXPECT_THAT(paths(), UnorderedElementsAre("var/log/a.log.2.gz", "var/log/a.log.3.gz"));  // its old content is nowhere; this is not it
}
TEST_F(RotationTest, ANeighbourRemovedBesideARotationIsFound) {
  put_logs(4);
  take_baseline();
  rotate(4, "new\n");
  std::filesystem::remove(at(name(3)));
  EXPECT_THAT(paths(), ElementsAre("var/log/a.log.2.gz"));  // whose content was to go there
}
TEST_F(RotationTest, RemovingAllOldOnesIsNoRotation) {
  put_logs(4);
  take_baseline();
  rotate(4, "new\n");
  for (int number : {2, 3, 4}) std::filesystem::remove(at(name(number)));
  EXPECT_THAT(paths(), UnorderedElementsAre("var/log/a.log.1", "var/log/a.log.2.gz", "var/log/a.log.3.gz", "var/log/a.log.4.gz"));
}
TEST_F(RotationTest, DatedOnesStayWhatTheyAreUntilTheOldestGoes) {
  for (auto day : {"01", "02", "03"}) put("var/log/b.log-202601" + std::string(day), "day " + std::string(day));
  put("var/log/b.log", "today\n");
  take_baseline();
  std::filesystem::rename(at("var/log/b.log"), at("var/log/b.log-20260104"));
  put("var/log/b.log", "");
  gzip("var/log/b.log-20260103");
  std::filesystem::remove(at("var/log/b.log-20260101"));
  EXPECT_THAT(paths(), IsEmpty());
  std::filesystem::remove(at("var/log/b.log-20260102"));
  EXPECT_THAT(paths(), IsEmpty());  // two of the oldest
  put("var/log/b.log-20260101", "day 01");
  EXPECT_THAT(paths(), ElementsAre("var/log/b.log-20260102"));
}
TEST_F(RotationTest, ALogThatIsNotMadeAnewMayBeAway) {
  put_logs(2);
  take_baseline();
  rotate(4, "");
  std::filesystem::remove(at(name(0)));
  EXPECT_THAT(paths(), IsEmpty());
}

TEST(RotatedName, TellsLogNumberAndDate) {
  struct Case {
    std::string path, log, date;
    int number;
    bool packed;
  };
  for (const auto& [path, log, date, number, packed] :
       {Case{"x.log.1", "x.log", "", 1, false}, Case{"x.log.2.gz", "x.log", "", 2, true},
        Case{"x.log-20260101", "x.log", "20260101", 0, false}, Case{"x-2026-01-01.log", "x", "20260101", 0, false},
        Case{"x.log", "", "", 0, false}, Case{"x.log.gz", "", "", 0, false}, Case{"x.99999999999", "", "", 0, false},
        Case{"x.-1", "", "", 0, false}, Case{"", "", "", 0, false}}) {
    const auto name = rotated(path);
    EXPECT_EQ(name.log, log) << path;
    if (log.empty()) continue;
    EXPECT_EQ(name.date, date) << path;
    EXPECT_EQ(name.number, number) << path;
    EXPECT_EQ(name.packed, packed) << path;
  }
}

}  // namespace
}  // namespace kulla::inspect
