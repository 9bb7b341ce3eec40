// The map file missing, a directory, cut, doubled, unreadable; the disk full. In none does a closed service answer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "gate/folder.hpp"
#include "system/support/gate_world.hpp"

namespace kulla::test {
namespace {
using namespace std::chrono;
const std::vector<Route> two{{"tax", "tax.example"}, {"land", "land.example"}};
const ServiceId tax{"tax"}, land{"land"};

/// Where we are root, HAProxy runs as nobody, so that a file can be unreadable to it.
class AsNobody {
 public:
  explicit AsNobody(GateWorld& world) : world_(world) {
    if (::geteuid() != 0) return;
    user_ = ::getpwnam("nobody");
    world.command_prefix = {"setpriv",       "--reuid", std::to_string(user_->pw_uid), "--regid", std::to_string(user_->pw_gid),
                            "--clear-groups"};
  }
  /// In a root made by mktemp only root finds the libraries.
  static bool can_run() {
    struct stat root{};
    return ::geteuid() != 0 || (::stat("/", &root) == 0 && (root.st_mode & S_IXOTH) != 0);
  }
  void give_folder() const {
    if (!user_) return;
    own(world_.settings.folder.parent_path());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world_.settings.folder.parent_path())) own(entry.path());
  }

 private:
  void own(const std::filesystem::path& path) const { ASSERT_EQ(::chown(path.c_str(), user_->pw_uid, user_->pw_gid), 0); }
  GateWorld& world_;
  passwd* user_ = nullptr;
};

struct Damage {
  std::string name;
  void (*inflict)(const std::filesystem::path&);
};
void append(const std::filesystem::path& file, std::string_view text) {
  ASSERT_TRUE(write_file_atomic(file, read_file(file, 1 << 20).value() + std::string(text)));
}
const Damage damages[] = {
    {"missing", [](const auto& map) { std::filesystem::remove(map); }},
    {"a_directory", [](const auto& map) { std::filesystem::remove(map), std::filesystem::create_directory(map); }},
    {"cut_within_a_line", [](const auto& map) { std::filesystem::resize_file(map, std::filesystem::file_size(map) - 9); }},
    {"cut_within_a_name", [](const auto& map) { std::filesystem::resize_file(map, 2); }},
    {"empty", [](const auto& map) { std::filesystem::resize_file(map, 0); }},
    {"a_service_twice", [](const auto& map) { append(map, "tax o:------------:000\n"); }},
    {"an_unknown_service", [](const auto& map) { append(map, "nobody o:------------:000\n"); }},
    {"an_unknown_value", [](const auto& map) { append(map, "x open\n"); }},
    {"unreadable", [](const auto& map) { ASSERT_EQ(::chmod(map.c_str(), 0), 0); }},
};
class BadMap : public ::testing::TestWithParam<Damage> {};

/// tax is closed, the map is damaged, HAProxy is reloaded, killed, started: it never answers, and after the repair nothing does.
TEST_P(BadMap, never_opens_a_closed_service) {
  if (!AsNobody::can_run()) GTEST_SKIP() << "NOBODY CANNOT ENTER /: HAProxy cannot run as another user here";
  GateWorld world{two};
  const AsNobody nobody{world};
  ASSERT_TRUE(gate::render_first(world.settings));
  nobody.give_folder();
  ASSERT_TRUE(world.start()) << world.output();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  GetParam().inflict(world.settings.state_map());
  const auto never_open = [&](std::string_view when) {
    EXPECT_NE(get(world.port(), "tax.example", "/").status, 200) << when;
    EXPECT_EQ(world.upstream("tax").requests(), 0) << when;
  };
  never_open("damaged");
  EXPECT_FALSE(world.gate().read_back() && world.gate().file_problem().empty() && GetParam().name != "empty" &&
               GetParam().name != "unreadable")
      << "the damage is not seen";
  ::kill(world.master(), SIGUSR2);
  never_open("during a reload");
  ASSERT_TRUE(eventually([&] { return world.gate().workers().has_value(); }));
  never_open("reloaded");
  world.kill();
  if (world.start()) never_open("started on it");
  world.stop();
  const auto done = gate::repair(world.settings);
  ASSERT_TRUE(done) << done.error().message();
  const bool root_reads_it = GetParam().name == "unreadable" && ::geteuid() == 0;
  EXPECT_EQ(done->empty(), root_reads_it);
  nobody.give_folder();
  ASSERT_EQ(::chmod(world.settings.state_map().c_str(), 0600), 0);
  ASSERT_TRUE(world.start()) << world.output();
  never_open("repaired");
  EXPECT_EQ(get(world.port(), "land.example", "/").status, root_reads_it ? 200 : 503) << "a bad map opens nothing";
}
INSTANTIATE_TEST_SUITE_P(Every, BadMap, ::testing::ValuesIn(damages), [](const auto& one) { return one.param.name; });

TEST(BadMap, haproxy_refuses_to_start_without_a_map_it_can_read) {
  if (!AsNobody::can_run()) GTEST_SKIP() << "NOBODY CANNOT ENTER /: HAProxy cannot run as another user here";
  GateWorld world{two};
  const AsNobody nobody{world};
  ASSERT_TRUE(gate::render_first(world.settings));
  nobody.give_folder();
  ASSERT_EQ(::chmod(world.settings.state_map().c_str(), 0), 0);
  EXPECT_FALSE(world.start());
  std::filesystem::remove(world.settings.state_map());
  EXPECT_FALSE(world.start());
}

// ---- a full disk ----

/// A small file system of its own, until it goes. Not mounted where we may not.
class SmallDisk {
 public:
  SmallDisk() : folder_(*TemporaryFolder::make("kd")) {
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  void fill() const {
    const Descriptor file{::open((path() / "fill").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    const std::string block(4096, 'x');
    while (write_all(file.get(), block, "fill")) {}
  }
  void empty() const { std::filesystem::remove(path() / "fill"); }

 private:
  static TemporaryFolder unwrap(Result<TemporaryFolder> made) { return std::move(*made); }
  TemporaryFolder folder_;
  bool mounted_ = false;
};
/// Runs this one test again where we are root and may mount; true where that was done.
bool ran_in_a_namespace(const std::string& test) {
  if (::geteuid() == 0 || std::getenv("KULLA_TEST_NAMESPACE")) return false;
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  RunOptions options;
  options.environment = {{"KULLA_TEST_NAMESPACE", "1"}, {"GTEST_OUTPUT", ""}};
  const auto done = run({"unshare", "-rm", self, "--gtest_filter=" + test}, options);
  if (!done || done->err.contains("unshare")) return false;
  EXPECT_EQ(done->exit_code, 0) << done->out;
  return true;
}

TEST(FullDisk, closing_works_opening_does_not_and_a_start_stays_closed) {
  const SmallDisk disk;
  if (!disk.mounted()) {
    if (ran_in_a_namespace("FullDisk.*")) return;
    GTEST_SKIP() << "no file system may be mounted here: a full disk is NOT tested";
  }
  GateWorld world{two, disk.path()};
  world.start_open();
  disk.fill();
  const auto closed = world.gate().set(tax, closed_entry, false);
  ASSERT_TRUE(closed) << closed.error().message();
  EXPECT_EQ(world.gate().file_problem(), "") << "overwriting needs no free block";
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  const auto opened = world.gate().set(tax, open_entry, true);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().what.contains("No space left")) << opened.error().what;
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  const auto blocked = world.gate().block("127.0.0.9");
  EXPECT_TRUE(blocked) << "a source is blocked live, whatever the disk";
  EXPECT_EQ(get(world.port(), "land.example", "/", "127.0.0.9").status, 403);
  world.reload();
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  world.kill();
  ASSERT_TRUE(world.start()) << world.output();
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  EXPECT_EQ(get(world.port(), "land.example", "/").status, 200);
  disk.empty();
  ASSERT_TRUE(world.gate().set(tax, open_entry, true));
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 200);
}

TEST(ReadOnlyMap, a_closing_that_cannot_be_written_removes_the_file_and_says_so) {
  if (::geteuid() == 0) {
    GateWorld world{two};
    world.start_open();
    ASSERT_TRUE(world.gate().set(land, open_entry, true));
    std::filesystem::remove(world.settings.state_map());
    std::filesystem::create_directory(world.settings.state_map());
    const auto closed = world.gate().set(tax, closed_entry, false);
    ASSERT_TRUE(closed) << closed.error().message();
    EXPECT_TRUE(world.gate().file_problem().contains("removed")) << world.gate().file_problem();
    EXPECT_FALSE(std::filesystem::exists(world.settings.state_map()));
    EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
    EXPECT_FALSE(world.gate().set(tax, open_entry, true)) << "nothing opens without a map file";
    return;
  }
  GateWorld world{two};
  world.start_open();
  ASSERT_EQ(::chmod(world.settings.state_map().c_str(), 0400), 0);
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  EXPECT_TRUE(world.gate().file_problem().contains("removed"));
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
}
}  // namespace
}  // namespace kulla::test
