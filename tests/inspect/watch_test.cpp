#include "inspect/watch.hpp"

#include <unistd.h>
#include <thread>

#include "base/queue.hpp"
#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct Seen {
  Change change;
  steady_clock::time_point at;
};

class WatchTest : public Inspection {
 protected:
  void start(std::vector<Watched> roots = {}) {
    if (roots.empty()) roots = {{SystemId{"web1"}, root}};
    watcher_ = std::jthread([this, roots] {
      const auto end = watch(
          roots, clock_, stop_, [this](const Change& change) { seen_.push({change, steady_clock::now()}); },
          [this](const Lost&) { ++lost_; }, [this] { ready_.push(true); });
      if (!end) ready_.push(false), problem_ = end.error().what;
    });
    ASSERT_EQ(ready_.pop(10s), true);
  }
  /// Waits for a change of this path and kind; what comes before it is passed over.
  std::optional<Seen> wait_for(std::string_view path, ChangeKind kind) {
    while (auto seen = seen_.pop(5s))
      if (seen->change.path == path && seen->change.kind == kind) return seen;
    ADD_FAILURE() << "nothing seen of " << path;
    return std::nullopt;
  }
  void TearDown() override { stop_ = true; }

  SystemClock clock_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> lost_ = 0;
  BoundedQueue<Seen> seen_{100'000};
  BoundedQueue<bool> ready_{2};
  std::string problem_;
  std::jthread watcher_;
};

TEST_F(WatchTest, EveryKindOfChangeIsSeen) {
  put("page", "x");
  put("old", "x");
  put("d/deep", "x");
  start();
  put("page", "<?php system(1);");
  const auto written = wait_for("page", ChangeKind::written);
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->change.executable_or_script);
  EXPECT_EQ(written->change.system, SystemId{"web1"});
  std::filesystem::rename(at("old"), at("d/new"));
  ASSERT_TRUE(wait_for("old", ChangeKind::removed));
  ASSERT_TRUE(wait_for("d/new", ChangeKind::moved_in));
  ::chmod(at("d/deep").c_str(), 0755);
  const auto attributes = wait_for("d/deep", ChangeKind::attributes);
  ASSERT_TRUE(attributes);
  EXPECT_TRUE(attributes->change.executable_or_script);
  std::filesystem::remove(at("d/deep"));
  ASSERT_TRUE(wait_for("d/deep", ChangeKind::removed));
}

TEST_F(WatchTest, AHardLinkToAProgramIsSeen) {
  put("../outside", "#!/bin/sh\n");
  start();
  ASSERT_EQ(::link((folder.path() / "outside").c_str(), at("innocent.txt").c_str()), 0);
  const auto created = wait_for("innocent.txt", ChangeKind::created);
  ASSERT_TRUE(created);
  EXPECT_TRUE(created->change.executable_or_script);
}

TEST_F(WatchTest, ANewFolderIsWatchedAndWhatIsInItReported) {
  put("../prepared/a/b/shell.jsp", "x");
  start();
  std::filesystem::rename(folder.path() / "prepared", at("up"));
  ASSERT_TRUE(wait_for("up", ChangeKind::moved_in));
  const auto inside = wait_for("up/a/b/shell.jsp", ChangeKind::moved_in);
  ASSERT_TRUE(inside);
  EXPECT_TRUE(inside->change.executable_or_script);
  put("up/a/b/second", "x");
  EXPECT_TRUE(wait_for("up/a/b/second", ChangeKind::written));
}

TEST_F(WatchTest, AFolderMovedAwayIsNoLongerSpokenOf) {
  put("d/file", "x");
  start();
  std::filesystem::rename(at("d"), folder.path() / "elsewhere");
  ASSERT_TRUE(wait_for("d", ChangeKind::removed));
  put("../elsewhere/file", "y");
  put("marker", "x");
  while (auto seen = seen_.pop(5s)) {
    EXPECT_NE(seen->change.path, "d/file");
    if (seen->change.path == "marker") break;
  }
}

TEST_F(WatchTest, AFolderThatIsALinkIsNotEntered) {
  put("../outside/file", "x");
  start();
  std::filesystem::create_directory_symlink(folder.path() / "outside", at("link"));
  ASSERT_TRUE(wait_for("link", ChangeKind::created));
  put("../outside/file", "y");
  put("marker", "x");
  while (auto seen = seen_.pop(5s)) {
    EXPECT_FALSE(seen->change.path.starts_with("link/"));
    if (seen->change.path == "marker") break;
  }
}

TEST_F(WatchTest, FourThousandFoldersAndAChangeIsSeenWithinTenMilliseconds) {
  for (int i = 0; i < 4000; ++i) std::filesystem::create_directories(at("s" + std::to_string(i / 40) + "/d" + std::to_string(i)));
  start();
  std::vector<steady_clock::duration> delays;
  for (int i = 0; i < 101; ++i) {
    const auto path = "s" + std::to_string(i % 100) + "/d" + std::to_string((i % 100) * 40) + "/f" + std::to_string(i);
    put(path, "x");
    const auto written = steady_clock::now();
    const auto seen = wait_for(path, ChangeKind::written);
    ASSERT_TRUE(seen);
    delays.push_back(seen->at - written);
  }
  std::ranges::sort(delays);
  EXPECT_LT(delays[delays.size() / 2], 10ms);
  RecordProperty("median_us", static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(delays[50]).count()));
}

TEST_F(WatchTest, ARootThatIsMissingIsAnError) {
  const auto end = watch({{SystemId{"web1"}, at("missing")}}, clock_, stop_, [](const Change&) {}, [](const Lost&) {});
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().what, testing::HasSubstr("missing"));
}
}  // namespace
}  // namespace kulla::inspect
