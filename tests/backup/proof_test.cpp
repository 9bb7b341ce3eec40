// Proofs against the real restic, on good days and bad ones.
#include "backup/proof.hpp"

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "backup/sample.hpp"
#include "world.hpp"

namespace kulla::backup {
namespace {
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;
using ProofTest = WithRepository;

Wanted wanted(const char* tag) { return {.dataset = DatasetId{tag}, .tag = tag}; }

TEST_F(ProofTest, OneCallServesManyDataSets) {
  const auto other = world->folder.path() / "srv/land";
  put(other / "plots", "plots");
  const auto second = back_up(world->repository, "land", other).value();
  std::vector<std::string> phases;
  std::size_t listed = 0;
  ProveOptions options;
  options.progress = [&](std::string_view phase) { phases.emplace_back(phase); };
  options.listed = [&](const Listing& listing) { listed += listing.snapshots.size(); };
  const auto proofs = prove(world->repository, {wanted("tax"), wanted("nobody"), wanted("land")}, world->scratch, SystemClock{}, options);
  ASSERT_EQ(proofs.size(), 3U);
  EXPECT_TRUE(proofs[0].passed) << proofs[0].problem;
  EXPECT_FALSE(proofs[1].passed);
  EXPECT_THAT(proofs[1].problem, HasSubstr("no snapshot of this data set: tag 'nobody'"));
  EXPECT_TRUE(proofs[2].passed) << proofs[2].problem;
  EXPECT_EQ(proofs[2].started.mono, proofs[0].started.mono) << "as old as the listing and the check that they rest on";
  EXPECT_EQ(proofs[2].dataset, DatasetId{"land"});
  EXPECT_EQ(proofs[2].snapshot, second.id);
  EXPECT_TRUE(proofs[2].restored_ms);
  EXPECT_EQ(proofs[2].compared, std::nullopt);
  EXPECT_EQ(listed, 2U);
  EXPECT_EQ(std::ranges::count(phases, "checking the repository"), 1);
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ProofTest, TheLastOneBeforeTheAttackOrOneByItsIdIsProvedAndASuddenChangeIsSaid) {
  const auto folder = world->folder.path() / "srv/docs";
  const auto fill = [&](std::string_view word) {
    for (int i = 0; i < 25; ++i) put(folder / std::to_string(i), std::string(word) + std::to_string(i));
  };
  fill("clear");
  const auto before = back_up(world->repository, "docs", folder).value();
  fill("encrypted");
  const auto after = back_up(world->repository, "docs", folder).value();
  auto newest = wanted("docs"), last_good = newest, by_id = newest, unknown = newest;
  last_good.before = after.taken;
  by_id.snapshot = before.id.substr(0, 8);
  unknown.snapshot = "123456";
  const auto proofs = prove(world->repository, {newest, last_good, by_id, unknown}, world->scratch, SystemClock{});
  EXPECT_EQ(proofs[0].snapshot, after.id);
  EXPECT_TRUE(proofs[0].passed) << "what was backed up came back";
  EXPECT_THAT(proofs[0].drift.value_or(""), HasSubstr("25 of 25 files changed or went"));
  EXPECT_EQ(proofs[1].snapshot, before.id);
  EXPECT_EQ(proofs[1].drift, std::nullopt);
  EXPECT_EQ(proofs[2].snapshot, before.id);
  EXPECT_THAT(proofs[3].problem, HasSubstr("123456"));
}

TEST_F(ProofTest, ASampleIsRestoredByExactName) {
  const auto folder = world->folder.path() / "srv/names";
  const std::vector<std::string> names{"a*b/[x]/f?", "axxb/x/fq", "back\\slash\\*", "new\nline",  "bad\xff\xfe",         "  space ",
                                       "$HOME",      "!not",      "#hash",          "..dots/...", std::string(255, 'n'), "[a-z]/q"};
  for (const auto& name : names) put(folder / name, "content of " + name);
  put(folder / "a/q", "what [a-z]/q would also mean");
  put(folder / "empty", "");
  fs::create_symlink("/etc/passwd", folder / "link");
  back_up(world->repository, "names", folder).value();
  for (const auto size : {13, 5}) {
    auto some = wanted("names");
    some.sample = size;
    const auto result = proof(world->repository, some);
    EXPECT_TRUE(result.passed) << result.problem;
    EXPECT_EQ(result.compared, size);
    EXPECT_EQ(result.files, 14);
  }
  auto all = wanted("names");
  all.sample = 14;
  EXPECT_EQ(proof(world->repository, all).compared, std::nullopt) << "then it is the whole";
}

/// As whoever may write backups can make one now that says it is from before the attack.
TEST_F(ProofTest, ASnapshotThatIsOldByItsOwnWordAloneGoesAfterOneThatIsKnown) {
  const auto repository = copy();
  const auto attack = world->first.taken + 10s;
  const auto manifest = world->folder.path() / "forged/kulla-manifest.ndjson";
  put(manifest, to_text(take_manifest(world->data).value()));
  const auto forged_time = to_rfc3339(world->first.taken + 5s);
  RunOptions options;
  options.environment["TZ"] = "UTC";
  const auto made =
      run(restic_command(repository, {"backup", "--tag=tax", "--time=" + forged_time.substr(0, 10) + " " + forged_time.substr(11, 8),
                                      world->data.string(), manifest.string()}),
          options);
  ASSERT_EQ(made->exit_code, 0) << made->err;
  auto by_its_word = wanted("tax");
  by_its_word.before = attack;
  auto known = by_its_word, gone = by_its_word, newest = by_its_word;
  known.known = {world->first.id};
  gone.known = {std::string(64, 'a')};
  newest.before = world->first.taken - 1h, newest.else_newest = true;
  const auto proofs = prove(repository, {by_its_word, known, gone, newest}, world->scratch, SystemClock{});
  for (const auto& each : proofs) EXPECT_TRUE(each.passed) << each.problem;
  EXPECT_NE(proofs[0].snapshot, world->first.id) << "the forged one is the last before the attack";
  EXPECT_EQ(proofs[1].snapshot, world->first.id);
  EXPECT_EQ(proofs[2].snapshot, proofs[0].snapshot) << "where none is known its word is taken";
  EXPECT_EQ(proofs[3].snapshot, proofs[0].snapshot);
}

TEST_F(ProofTest, ACommandShowsThatTheDataIsAlive) {
  auto alive = wanted("tax"), dead = alive, infected = alive;
  alive.alive = {"sh", "-c", "[ \"$PWD\" = \"$KULLA_RESTORED\" ] && echo reading && stat -c '%s bytes' records/one"};
  dead.alive = {"sh", "-c", "echo 'relation \033[31mis missing' >&2; exit 3"};
  infected.examine = [](const fs::path& restored) -> Result<std::string> {
    return fs::exists(restored / "link") ? "web shell in link" : "";
  };
  infected.alive = alive.alive;
  const auto proofs = prove(world->repository, {alive, dead, infected}, world->scratch, SystemClock{});
  EXPECT_TRUE(proofs[0].passed) << proofs[0].problem;
  EXPECT_EQ(proofs[0].alive, "300000 bytes");
  EXPECT_FALSE(proofs[1].passed);
  EXPECT_THAT(proofs[1].problem, HasSubstr("its own test: sh: exit 3: relation %1B[31mis missing"));
  EXPECT_FALSE(proofs[2].passed);
  EXPECT_THAT(proofs[2].problem, HasSubstr("web shell in link"));
  EXPECT_EQ(proofs[2].alive, std::nullopt) << "nothing is started on what is infected";
}

TEST_F(ProofTest, AMalformedIndexHidesNothingOfTheOthers) {
  const auto repository = copy();
  const auto before = files_of(repository, "index");
  put(world->folder.path() / "srv/late/file", noise(1000, 2));
  back_up(repository, "late", world->folder.path() / "srv/late").value();
  for (const auto& index : files_of(repository, "index"))
    if (std::ranges::find(before, index) == before.end()) {
      scratch_over(index, 30);
      const auto proofs = prove(repository, {wanted("tax"), wanted("late")}, world->scratch, SystemClock{});
      for (const auto& result : proofs) {
        EXPECT_FALSE(result.passed);
        EXPECT_THAT(result.problem, HasSubstr(index.filename().string()));
      }
      EXPECT_THAT(proofs[0].problem, HasSubstr("this data set: its own 2 files came back as they were"));
      EXPECT_THAT(proofs[1].problem, HasSubstr("not found in repository"));
    }
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ProofTest, AMissingPackFailsEveryProofAndTheOthersComeBack) {
  const auto repository = copy();
  put(world->folder.path() / "srv/other/file", noise(500'000, 3));
  back_up(repository, "other", world->folder.path() / "srv/other").value();
  const auto pack = largest_pack(repository);
  fs::remove(pack);
  ProveOptions options;
  options.timeouts.listing = 6s;  // restic tries again for most of a minute
  const auto proofs = prove(repository, {wanted("tax"), wanted("other")}, world->scratch, SystemClock{}, options);
  for (const auto& result : proofs) {
    EXPECT_FALSE(result.passed);
    EXPECT_THAT(result.problem, HasSubstr("pack " + pack.filename().string()));
  }
  EXPECT_THAT(proofs[0].problem, HasSubstr("came back as they were"));
  EXPECT_THAT(proofs[1].problem, HasSubstr("killed after 6000 ms"));
  EXPECT_TRUE(scratch_is_empty());
}

/// A file system of its own, for as long as it lives; only root has one.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& place, const char* size) : place_(place) {
    fs::create_directory(place_);
    mounted_ = ::mount("kulla-test", place_.c_str(), "tmpfs", 0, size) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  fs::path place_;
  bool mounted_ = false;
};

TEST_F(ProofTest, TooLittleRoomIsSaidBeforeAnythingIsWritten) {
  const auto place = world->folder.path() / "small";
  const SmallDisk disk{place, "size=200k"};
  if (!disk.mounted()) GTEST_SKIP() << "needs to mount a tmpfs";
  const auto result = prove(DatasetId{"tax"}, world->repository, "tax", place, {}, SystemClock{});
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("no room for a restore"));
  EXPECT_THAT(result.problem, HasSubstr(" bytes are needed, 204800 are free"));
}
TEST_F(ProofTest, ADiskThatFillsMeanwhileFailsTheProofAndIsEmptiedAgain) {
  const auto place = world->folder.path() / "filling";
  const SmallDisk disk{place, "size=500k"};
  if (!disk.mounted()) GTEST_SKIP() << "needs to mount a tmpfs";
  ProveOptions options;
  options.progress = [&](std::string_view phase) {
    if (phase.starts_with("restoring")) put(place / "somebody else's", noise(300'000));
  };
  const auto result = prove(world->repository, {wanted("tax")}, place, SystemClock{}, options).front();
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("no room for a restore: restic restore: "));
  EXPECT_THAT(result.problem, HasSubstr("no space left on device"));
  EXPECT_EQ(std::distance(fs::directory_iterator{place}, {}), 1) << "only what is somebody else's";
}

TEST_F(ProofTest, AHostThatHangsHoldsUpNoLonger) {
  const auto programs = world->folder.path() / "hanging";
  ProgramsFirst::program(programs / "ssh", "#!/bin/sh\nexec sleep 100\n");
  const ProgramsFirst first{programs};
  const Repository remote{"sftp:host:/repository", world->repository.password_file, {}};
  ProveOptions options;
  options.timeouts.listing = 300ms;
  EXPECT_THAT(proof(remote, wanted("tax"), options).problem, HasSubstr("no answer in time: restic snapshots: restic: killed after 300 ms"));
  std::stop_source source;
  options.timeouts.listing = 1h;
  options.stop = source.get_token();
  options.progress = [&](std::string_view) { source.request_stop(); };
  EXPECT_THAT(proof(remote, wanted("tax"), options).problem, HasSubstr("somebody stopped it"));
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ProofTest, AResticThatIsKilledInTheMiddleProvesNothing) {
  const auto programs = world->folder.path() / "killing", real = programs / "real";
  fs::create_directory(programs);
  fs::create_symlink("/usr/bin/restic", real);
  ProgramsFirst::program(programs / "restic", "#!/bin/sh\n[ \"$1\" = restore ] || exec " + real.string() + " \"$@\"\n" + real.string() +
                                                  " \"$@\" & while ! find '" + world->scratch.string() +
                                                  "' -name one | grep -q .; do :; done\nkill -9 $!; kill -9 $$\n");
  const ProgramsFirst first{programs};
  const auto result = proof(world->repository, "tax");
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("restic restore: ended by signal 9"));
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ProofTest, ARestoreCannotWriteElsewhere) {
  const auto programs = world->folder.path() / "straying", outside = world->folder.path() / "outside";
  fs::create_directory(outside);
  ProgramsFirst::program(programs / "restic", "#!/bin/sh\nPATH=${PATH#*:}\n[ \"$1\" != restore ] || echo x >" + (outside / "x").string() +
                                                  "\nexec restic \"$@\"\n");
  const ProgramsFirst first{programs};
  EXPECT_TRUE(proof(world->repository, "tax").passed) << "it went on, and restored";
  EXPECT_TRUE(fs::is_empty(outside));
}

TEST_F(ProofTest, LinksOutOfASnapshotLeadNowhere) {
  const auto folder = world->folder.path() / "srv/links", outside = world->folder.path() / "precious";
  put(outside / "kept", "kept");
  fs::create_directories(folder / "closed");
  fs::create_directory_symlink(outside, folder / "absolute");
  fs::create_directory_symlink("../../precious", folder / "relative");
  fs::create_symlink("../../../../../../../../etc/passwd", folder / "up");
  fs::create_symlink("loop", folder / "loop");
  put(folder / "closed/file", "x");
  fs::permissions(folder / "closed", fs::perms::none);
  EXPECT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  back_up(world->repository, "links", folder).value();
  const auto result = proof(world->repository, "links");
  EXPECT_TRUE(result.passed) << result.problem;
  EXPECT_EQ(read_file(outside / "kept", 10).value(), "kept") << "removing the copy followed no link";
  EXPECT_TRUE(scratch_is_empty());
  fs::permissions(folder / "closed", fs::perms::owner_all);
}

TEST_F(ProofTest, AScratchFolderThatIsALinkIsRefused) {
  const auto link = world->folder.path() / "link-to-scratch";
  fs::create_directory_symlink(world->scratch, link);
  const auto result = prove(DatasetId{"tax"}, world->repository, "tax", link, {}, SystemClock{});
  EXPECT_FALSE(result.passed);
  EXPECT_THAT(result.problem, HasSubstr("link"));
  EXPECT_TRUE(scratch_is_empty());
}

TEST_F(ProofTest, AnEmptyBackupProvesNothing) {
  const auto empty = world->folder.path() / "srv/empty";
  std::filesystem::create_directories(empty);
  ASSERT_TRUE(back_up(world->repository, "empty", empty));
  const auto proofs = prove(world->repository, {wanted("empty")}, world->scratch, SystemClock{}, {});
  EXPECT_FALSE(proofs.at(0).passed);
  EXPECT_THAT(proofs.at(0).problem, HasSubstr("its manifest names no file"));
}
}  // namespace
}  // namespace kulla::backup
