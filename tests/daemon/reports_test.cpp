#include "daemon/reports.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/file.hpp"

namespace kulla::daemon {
namespace {
class ReportsTest : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& system, std::string_view text) const {
    const auto file = folder_.path() / (system + ".json");
    EXPECT_TRUE(write_file_atomic(file, text));
    return file;
  }
  const TemporaryFolder folder_ = TemporaryFolder::make("kulla-reports").value();
  const SystemId web_{"web"}, db_{"db"};
};

TEST_F(ReportsTest, all_who_ask_at_the_same_time_share_one_text) {
  Reports reports;
  const auto file = write("web", "{}");
  std::vector<Reports::Text> texts(16);
  {
    std::vector<std::jthread> callers;
    for (auto& text : texts) callers.emplace_back([&] { text = reports.of(web_, file).value(); });
  }
  for (const auto& text : texts) EXPECT_EQ(text, texts.front());
}

TEST_F(ReportsTest, a_newer_report_is_read_and_the_older_stays_with_who_has_it) {
  Reports reports;
  const auto file = write("web", "{\"files\":1}");
  const auto before = reports.of(web_, file).value();
  write("web", "{\"files\":2}");
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds{1});
  EXPECT_EQ(*reports.of(web_, file).value(), "{\"files\":2}");
  EXPECT_EQ(*before, "{\"files\":1}");
}

TEST_F(ReportsTest, nothing_is_kept_that_nobody_holds) {
  Reports reports;
  const auto file = write("web", "{}");
  const std::weak_ptr<const std::string> text = reports.of(web_, file).value();
  EXPECT_TRUE(text.expired());
}

TEST_F(ReportsTest, what_is_under_way_is_bounded) {
  Reports reports{{.one = 10, .together = 15}};
  const auto web = write("web", "{\"web\":12}"), db = write("db", "{\"db\":1}");
  auto first = reports.of(web_, web).value();
  EXPECT_EQ(reports.of(web_, web).value(), first) << "the same costs nothing";
  EXPECT_EQ(reports.of(db_, db).error().code, Code::timed_out);
  first.reset();
  EXPECT_TRUE(reports.of(db_, db));
  EXPECT_EQ(reports.of(web_, write("web", "{\"web\":123}")).error().code, Code::too_large);
}

TEST_F(ReportsTest, a_system_that_was_never_inspected_is_named) {
  Reports reports;
  const auto error = reports.of(web_, folder_.path() / "web.json").error();
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_NE(error.what.find("web"), std::string::npos);
}
}  // namespace
}  // namespace kulla::daemon
