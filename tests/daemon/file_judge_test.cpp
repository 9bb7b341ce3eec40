#include <gtest/gtest.h>

#include "daemon/file_sensor.hpp"

using namespace kulla;
using namespace kulla::daemon;
using inspect::Change;
using inspect::ChangeKind;
using namespace std::chrono_literals;

namespace {
class FileJudgeTest : public ::testing::Test {
 protected:
  std::optional<input::AlertRaised> raise(ChangeKind kind, const std::string& path, std::chrono::milliseconds at = 0ms,
                                          bool executable = false) {
    return judge_.judge({SystemId{"web-1"}, path, kind, executable, Timestamp{} + 1h + at});
  }
  /// Where it is no repeat.
  std::optional<Alert> see(ChangeKind kind, const std::string& path, std::chrono::milliseconds at = 0ms, bool executable = false) {
    const auto raised = raise(kind, path, at, executable);
    return raised && !raised->repeat ? std::optional{raised->alert} : std::nullopt;
  }
  const std::map<SystemId, SystemPlace> systems_{[] {
    SystemPlace place;
    place.root = "/systems/web-1";
    place.document_roots = {{ServiceId{"e-tax"}, "/systems/web-1/www/e-tax"}};
    return std::pair{SystemId{"web-1"}, place};
  }()};
  const Pseudonyms pseudonyms_{sha256("test")};
  FileJudge judge_{systems_, pseudonyms_};
};

TEST_F(FileJudgeTest, a_new_script_below_a_document_root_is_an_effect_on_its_service) {
  const auto alert = see(ChangeKind::written, "www/e-tax/uploads/x.php", 0ms, true);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->nature, Nature::effect);
  EXPECT_EQ(alert->service, ServiceId{"e-tax"});
  EXPECT_EQ(alert->object, detect::object_ref(pseudonyms_, ServiceId{"e-tax"}, "/uploads/x.php"));
  EXPECT_TRUE(alert->may_close);
}
TEST_F(FileJudgeTest, a_script_elsewhere_on_the_system_is_an_effect_on_the_system) {
  const auto alert = see(ChangeKind::moved_in, "data/run.sh", 0ms, true);
  ASSERT_TRUE(alert);
  EXPECT_FALSE(alert->service);
  EXPECT_EQ(alert->system, SystemId{"web-1"});
}
TEST_F(FileJudgeTest, a_folder_whose_name_only_begins_like_a_document_root_is_not_in_it) {
  const auto alert = see(ChangeKind::written, "www/e-taxes/x.php", 0ms, true);
  ASSERT_TRUE(alert);
  EXPECT_FALSE(alert->service);
}
TEST_F(FileJudgeTest, uploads_of_citizens_are_nothing) {
  for (int i = 0; i < 100; ++i) {
    const auto path = "www/e-tax/uploads/" + std::to_string(i) + ".pdf";
    EXPECT_FALSE(see(ChangeKind::created, path));
    EXPECT_FALSE(see(ChangeKind::written, path));
  }
}
TEST_F(FileJudgeTest, the_fifth_file_rewritten_within_the_window_is_an_effect) {
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(see(ChangeKind::written, "data/" + std::to_string(i), i * 100ms));
  EXPECT_FALSE(see(ChangeKind::written, "data/0", 450ms)) << "one file written twice is one file";
  const auto alert = see(ChangeKind::written, "data/4", 500ms);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->nature, Nature::effect);
  EXPECT_FALSE(see(ChangeKind::written, "data/5", 600ms)) << "said once, then counted";
}
TEST_F(FileJudgeTest, removed_files_count_like_rewritten_ones) {
  for (int i = 0; i < 4; ++i) (void)see(ChangeKind::removed, "data/" + std::to_string(i));
  EXPECT_TRUE(see(ChangeKind::removed, "data/4"));
}
TEST_F(FileJudgeTest, files_saved_by_way_of_a_temporary_name_are_no_wiper) {
  for (int i = 0; i < 20; ++i) {
    const auto name = "www/e-tax/uploads/" + std::to_string(i);
    EXPECT_FALSE(see(ChangeKind::created, name + ".tmp"));
    EXPECT_FALSE(see(ChangeKind::written, name + ".tmp"));
    EXPECT_FALSE(see(ChangeKind::removed, name + ".tmp"));
    EXPECT_FALSE(see(ChangeKind::created, name + ".part"));
    EXPECT_FALSE(see(ChangeKind::removed, name + ".part"));
    EXPECT_FALSE(see(ChangeKind::moved_in, name + ".pdf"));
  }
}
TEST_F(FileJudgeTest, a_wiper_that_puts_files_over_others_is_seen_too) {
  int alerts = 0;
  for (int i = 0; i < 30; ++i) alerts += see(ChangeKind::moved_in, "data/" + std::to_string(i)).has_value();
  EXPECT_EQ(alerts, 1);
}
TEST_F(FileJudgeTest, files_moved_in_and_then_removed_are_removed_files) {
  for (int i = 0; i < 5; ++i) (void)see(ChangeKind::moved_in, "data/" + std::to_string(i));
  int alerts = 0;
  for (int i = 0; i < 5; ++i) alerts += see(ChangeKind::removed, "data/" + std::to_string(i)).has_value();
  EXPECT_EQ(alerts, 1);
}
TEST_F(FileJudgeTest, a_script_that_comes_again_is_said_again) {
  EXPECT_TRUE(see(ChangeKind::written, "www/x.php", 0ms, true));
  EXPECT_FALSE(see(ChangeKind::written, "www/x.php", 100ms, true));
  (void)see(ChangeKind::removed, "www/x.php", 200ms, true);
  EXPECT_TRUE(see(ChangeKind::written, "www/x.php", 300ms, true));
}
TEST_F(FileJudgeTest, files_created_a_while_ago_are_wiped_like_old_ones) {
  for (int i = 0; i < 5; ++i) (void)see(ChangeKind::created, "data/" + std::to_string(i));
  int alerts = 0;
  for (int i = 0; i < 5; ++i) alerts += see(ChangeKind::written, "data/" + std::to_string(i), 20s).has_value();
  EXPECT_EQ(alerts, 1);
}
TEST_F(FileJudgeTest, slow_changes_are_ordinary_work) {
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(see(ChangeKind::written, "data/" + std::to_string(i), i * 3s));
}
TEST_F(FileJudgeTest, a_hostile_file_name_is_shown_in_plain_characters) {
  const auto alert = see(ChangeKind::written, "www/e-tax/<script>\n\x1b[31m.php", 0ms, true);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->what, "www/e-tax/%3Cscript%3E%0A%1B%5B31m.php");
}
TEST_F(FileJudgeTest, a_script_after_a_burst_of_scripts_is_said_as_a_repeat) {
  for (int i = 0; i < 22; ++i) {
    const auto path = "www/e-tax/" + std::to_string(i) + ".php";
    EXPECT_TRUE(raise(ChangeKind::written, path, i * 10ms, true)) << i;
    EXPECT_FALSE(raise(ChangeKind::removed, path, i * 10ms + 5ms, true));
  }
  const auto shell = raise(ChangeKind::written, "www/e-tax/shell.php", 2s, true);
  ASSERT_TRUE(shell) << "the core decides whether it moves anything";
  EXPECT_TRUE(shell->repeat);
}
TEST_F(FileJudgeTest, a_script_rewritten_a_moment_later_is_said_as_a_repeat) {
  EXPECT_TRUE(see(ChangeKind::written, "www/x.php", 0ms, true));
  const auto again = raise(ChangeKind::written, "www/x.php", 5s, true);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeat);
}
TEST_F(FileJudgeTest, a_second_mass_change_within_the_window_is_said_as_a_repeat_and_its_few_files_alone_are_not) {
  for (int i = 0; i < 5; ++i) (void)raise(ChangeKind::written, "data/" + std::to_string(i), i * 10ms);
  for (int i = 5; i < 9; ++i) EXPECT_FALSE(raise(ChangeKind::written, "data/" + std::to_string(i), 1s + i * 10ms)) << i;
  const auto again = raise(ChangeKind::written, "data/9", 2s);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeat);
}
}  // namespace
