// Against the real restic; each test is a story of few calls.
#include "backup/restic.hpp"

#include "world.hpp"

namespace kulla::backup {
namespace {
using testing::HasSubstr;
using testing::SizeIs;
using ResticTest = WithRepository;

TEST(Repository, is_shown_without_the_password_in_its_address) {
  const auto shown = [](const std::string& location) { return shown_location({location, {}, {}}); };
  EXPECT_EQ(shown("rest:https://user:pa@ss@host:8000/path@x/"), "rest:https://host:8000/path@x/");
  EXPECT_EQ(shown("rest:https://host/"), "rest:https://host/");
  EXPECT_EQ(shown("s3:https://host/bucket"), "s3:https://host/bucket");
  EXPECT_EQ(shown("sftp://user@host:22//srv"), "sftp://host:22//srv");
  EXPECT_EQ(shown("rest:https://user:secret@host"), "rest:https://host");
  EXPECT_EQ(shown("/srv/repository@a"), "/srv/repository@a");
}

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
  scratch_over(largest_pack(repository), 5000);
  const auto flipped = proof(repository);
  EXPECT_FALSE(flipped.passed);
  EXPECT_THAT(flipped.problem, HasSubstr("damaged"));
  EXPECT_THAT(flipped.problem, HasSubstr("records/one"));
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ResticTest, ACutPackAndAMissingOneAreNamedByTheCheck) {
  const auto repository = copy();
  const auto pack = largest_pack(repository);
  fs::permissions(pack, fs::perms::owner_all);
  fs::resize_file(pack, 1000);
  EXPECT_THAT(check(repository).value()->what, HasSubstr("pack " + pack.filename().string() + ": unexpected file size"));
  fs::remove(pack);
  EXPECT_THAT(check(repository).value()->what, HasSubstr("pack " + pack.filename().string() + ": does not exist"));
}

TEST_F(ResticTest, ASnapshotThatCannotBeLoadedIsListedAsSuch) {
  const auto repository = copy();
  const auto snapshot = files_of(repository, "snapshots").front();
  scratch_over(snapshot, 10);
  const auto listing = list(repository).value();
  EXPECT_THAT(listing.snapshots, SizeIs(files_of(repository, "snapshots").size() - 1));
  ASSERT_THAT(listing.unreadable, SizeIs(1));
  EXPECT_THAT(listing.unreadable.front(), HasSubstr(snapshot.filename().string().substr(0, 8)));
  EXPECT_THAT(check(repository).value()->what, HasSubstr("invalid data returned"));
}

TEST_F(ResticTest, WhoLocksExclusivelyIsSaid) {
  const auto leave_lock = [](const Repository& repository, std::vector<std::string> arguments) {
    const auto locks = fs::path(repository.location) / "locks";
    const auto there = [&] {
      for (const auto& item : fs::directory_iterator{locks})
        if (item.path().filename().string().size() == 64) return true;
      return false;
    };
    auto child = Child::start(restic_command(repository, std::move(arguments)), {}).value();
    while (!there() && !child.ended()) std::this_thread::yield();
    child.signal(SIGKILL);
    child.stop();
    ASSERT_TRUE(there()) << "restic ended before it was killed";
  };
  const auto repository = copy();
  EXPECT_EQ(exclusive_lock(repository).value(), std::nullopt);
  leave_lock(repository, {"backup", world->data.string()});
  EXPECT_EQ(exclusive_lock(repository).value(), std::nullopt) << "a lock to add";
  fs::remove_all(fs::path(repository.location) / "locks");
  fs::create_directory(fs::path(repository.location) / "locks");
  leave_lock(repository, {"check"});
  const auto who = exclusive_lock(repository).value();
  ASSERT_TRUE(who);
  EXPECT_THAT(*who, HasSubstr("exclusively since 20"));
  EXPECT_THAT(*who, HasSubstr(", process "));
  const auto result = proof(repository);
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("locked: exclusively since"));
}

TEST_F(ResticTest, ACopyThatDiffersFromItsManifestIsNotProved) {
  const auto folder = world->folder.path() / "differs";
  put(folder / "data/kept", "as it was");
  put(folder / "data/changed", "as it was");
  put(folder / "data/lost", "as it was");
  put(folder / "kulla-manifest.ndjson", to_text(take_manifest(folder / "data").value()));
  put(folder / "data/changed", "as it is!");
  fs::rename(folder / "data/lost", folder / "data/found");
  const auto made = run(restic_command(
      world->repository, {"backup", "--tag=differs", (folder / "data").string(), (folder / "kulla-manifest.ndjson").string()}));
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

TEST_F(ResticTest, ATagWithACommaIsRefused) { EXPECT_EQ(snapshots(world->repository, "a,b").error().code, Code::bad_argument); }
}  // namespace
}  // namespace kulla::backup
