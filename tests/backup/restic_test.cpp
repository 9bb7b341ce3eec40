// Against the real restic. Starting it costs half a second, so one repository serves all, and each test is a story of few calls.
#include "backup/restic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "backup/manifest.hpp"
#include "base/file.hpp"
#include "base/process.hpp"

namespace kulla::backup {
namespace fs = std::filesystem;
namespace {
using testing::HasSubstr;

void put(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << content;
}
/// Bytes that do not compress, so that they fill a pack that can be damaged.
std::string noise(std::size_t size) {
  std::string bytes;
  for (std::uint64_t state = 1; bytes.size() < size;) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    bytes += static_cast<char>(state >> 56);
  }
  return bytes;
}

struct World {
  TemporaryFolder folder = TemporaryFolder::make("kulla-backup").value();
  fs::path data = folder.path() / "srv/tax", scratch = folder.path() / "scratch";
  Repository repository{(folder.path() / "repository").string(), folder.path() / "password", {}};
  Snapshot first;

  World() {
    put(repository.password_file, "right\n");
    fs::create_directory(scratch);
    put(data / "records/one", noise(300'000));
    put(data / "two \xff.txt", "two");
    fs::create_symlink("records/one", data / "link");
    ::chmod(data.c_str(), 0750);
    init(repository).value();
    first = back_up(repository, "tax", data).value();
  }
  fs::path largest_pack() const {
    fs::path largest;
    for (const auto& item : fs::recursive_directory_iterator{fs::path(repository.location) / "data"})
      if (item.is_regular_file() && (largest.empty() || item.file_size() > fs::file_size(largest))) largest = item.path();
    return largest;
  }
};

class ResticTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { world = std::make_unique<World>(); }
  static void TearDownTestSuite() { world.reset(); }
  static Proof proof(const Repository& repository, const std::string& tag = "tax", std::optional<Timestamp> before = {}) {
    return prove(DatasetId{"tax"}, repository, tag, world->scratch, before, SystemClock{});
  }
  static bool scratch_is_empty() { return fs::is_empty(world->scratch); }
  /// The repository again, to be damaged.
  static Repository copy() {
    auto other = world->repository;
    other.location += "-copy";
    fs::remove_all(other.location);
    fs::copy(world->repository.location, other.location, fs::copy_options::recursive);
    return other;
  }
  static inline std::unique_ptr<World> world;
};

TEST_F(ResticTest, ABackupIsProved) {
  const auto result = proof(world->repository);
  EXPECT_TRUE(result.passed) << result.problem;
  EXPECT_EQ(result.files, 2);
  EXPECT_EQ(result.bytes, 300'003);
  EXPECT_EQ(result.snapshot, world->first.id);
  EXPECT_EQ(result.snapshot.size(), 64U);
  EXPECT_EQ(result.taken, world->first.taken);
  EXPECT_FALSE(result.hash.is_zero());
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ResticTest, RestoredFilesLieDirectlyInTheTarget) {
  const auto target = world->folder.path() / "restored";
  fs::create_directory(target);
  const auto restored = restore(world->repository, world->first, target);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(read_file(target / "two \xff.txt", 10).value(), "two");
  EXPECT_EQ(fs::file_size(target / "records/one"), 300'000U);
  EXPECT_EQ(fs::read_symlink(target / "link"), "records/one");
  EXPECT_EQ(fs::status(target).permissions(), fs::perms{0750});
  EXPECT_EQ(std::distance(fs::directory_iterator{target}, {}), 3);
  EXPECT_FALSE(restore(world->repository, world->first, target)) << "a target that is not empty";
}

TEST_F(ResticTest, ADamagedPackIsFoundAndWhatItHeldIsNamed) {
  const auto repository = copy();
  World& at = *world;
  const auto pack = fs::path(repository.location) / fs::relative(at.largest_pack(), at.repository.location);
  fs::permissions(pack, fs::perms::owner_all);
  std::fstream{pack, std::ios::in | std::ios::out | std::ios::binary}.seekp(5000).write("damaged", 7);
  const auto flipped = proof(repository);
  EXPECT_FALSE(flipped.passed);
  EXPECT_THAT(flipped.problem, HasSubstr("damaged"));
  EXPECT_THAT(flipped.problem, HasSubstr("records/one"));
  fs::resize_file(pack, 1000);
  const auto cut = proof(repository);
  EXPECT_FALSE(cut.passed);
  EXPECT_THAT(cut.problem, HasSubstr("pack " + pack.filename().string()));
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ResticTest, ACopyThatDiffersFromItsManifestIsNotProved) {
  const auto folder = world->folder.path() / "differs";
  put(folder / "data/kept", "as it was");
  put(folder / "data/changed", "as it was");
  put(folder / "data/lost", "as it was");
  put(folder / "kulla-manifest.ndjson", to_text(take_manifest(folder / "data").value()));
  put(folder / "data/changed", "as it is!");
  fs::rename(folder / "data/lost", folder / "data/found");
  RunOptions options;
  options.environment["RESTIC_PASSWORD_FILE"] = world->repository.password_file.string();
  const auto made = run({"restic", "backup", "--no-cache", "--repo=" + world->repository.location, "--tag=differs",
                         (folder / "data").string(), (folder / "kulla-manifest.ndjson").string()},
                        options);
  ASSERT_EQ(made->exit_code, 0) << made->err;
  const auto result = proof(world->repository, "differs");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("1 missing, 1 different, 1 extra: different changed, missing lost, extra found"));
}

TEST_F(ResticTest, AWrongPasswordIsSaid) {
  auto repository = world->repository;
  repository.password_file = world->folder.path() / "wrong";
  put(repository.password_file, "wrong\n");
  EXPECT_THAT(proof(repository).problem, HasSubstr("password is wrong"));
  EXPECT_FALSE(proof(repository).passed);
}

TEST_F(ResticTest, NoSnapshotAndNoRepositoryAreToldApart) {
  EXPECT_THAT(proof(world->repository, "nobody").problem, HasSubstr("no snapshot"));
  EXPECT_THAT(proof(world->repository, "tax", world->first.taken).problem, HasSubstr("no snapshot")) << "none before the first";
  auto nowhere = world->repository;
  nowhere.location = (world->folder.path() / "nowhere").string();
  const auto listed = snapshots(nowhere, "tax");
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, Code::backup_missing);
}

TEST_F(ResticTest, AScratchFolderThatIsALinkIsRefused) {
  const auto link = world->folder.path() / "link-to-scratch";
  fs::create_directory_symlink(world->scratch, link);
  const auto result = prove(DatasetId{"tax"}, world->repository, "tax", link, {}, SystemClock{});
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("link"));
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ResticTest, ATagWithACommaIsRefused) { EXPECT_EQ(snapshots(world->repository, "a,b").error().code, Code::bad_argument); }
}  // namespace
}  // namespace kulla::backup
