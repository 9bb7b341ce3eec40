#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <thread>

#include "inspect/fixture.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;

class JudgeTest : public Inspection {};

TEST_F(JudgeTest, NothingChangedIsClean) {
  put("index.html", "<h1>Mirë se vini</h1>");
  take_baseline();
  EXPECT_TRUE(findings().empty());
}

TEST_F(JudgeTest, ANewWebShellComesFirst) {
  put("data/records", "one");
  take_baseline();
  put("data/records", "two");
  put("uploads/x.php", "<?php system($_GET['c']); ?>");
  const auto all = findings();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].path, "uploads/x.php");
  EXPECT_EQ(all[0].severity, Severity::critical);
  EXPECT_THAT(all[0].why, HasSubstr("new executable or script"));
}

TEST_F(JudgeTest, ASingleChangedDataFileIsMedium) {
  for (auto name : {"a", "b", "c"}) put(name, "text");
  take_baseline();
  put("a", "other text");
  EXPECT_EQ(of("a").severity, Severity::medium);
  EXPECT_EQ(findings().size(), 1U);
}

TEST_F(JudgeTest, AMassRewriteIsNamed) {
  for (int i = 0; i < 6; ++i) put("r" + std::to_string(i), "record " + std::string(200, 'a'));
  take_baseline();
  put("r0", std::string(300, '\0'));
  put("r1", "");
  put_noise("r2", 7);
  put_noise("r3", 8);
  const auto all = findings();
  EXPECT_EQ(all.size(), 4U);
  for (const auto& finding : all) {
    EXPECT_EQ(finding.severity, Severity::high) << finding.path;
    EXPECT_THAT(finding.why, HasSubstr("one of 4 files of a mass rewrite"));
  }
}

TEST_F(JudgeTest, HalfOfAllFilesRewrittenIsAMassRewriteWhateverIsInThem) {
  for (int i = 0; i < 20; ++i) put("r" + std::to_string(i), "record");
  take_baseline();
  for (int i = 0; i < 10; ++i) put("r" + std::to_string(i), "You have been pwned");
  EXPECT_THAT(of("r3").why, HasSubstr("mass rewrite"));
  EXPECT_EQ(of("r3").severity, Severity::high);
}

TEST_F(JudgeTest, TextIsNotNoise) {
  std::string base64;
  for (unsigned i = 0; i < 4000; ++i)
    base64 += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(i * 2654435761U >> 7) % 64];
  put("a", "before");
  take_baseline();
  put("a", base64);
  EXPECT_EQ(of("a").severity, Severity::medium);
}

TEST_F(JudgeTest, EveryKindOfChangeIsJudged) {
  put("gone", "x");
  put("kind", "x");
  put("rights", "x");
  put("run", "x");
  put("open", "x");
  put("page.php", "<?php echo 1;");
  std::filesystem::create_symlink("gone", at("link"));
  take_baseline();
  std::filesystem::remove(at("gone"));
  std::filesystem::remove(at("kind"));
  std::filesystem::create_directory(at("kind"));
  ::chmod(at("rights").c_str(), 04755);
  ::chmod(at("run").c_str(), 0755);
  ::chmod(at("open").c_str(), 0666);
  put("page.php", "<?php eval($_POST['x']);");
  std::filesystem::remove(at("link"));
  std::filesystem::create_symlink("../../etc", at("link"));
  EXPECT_EQ(of("gone").kind, Kind::removed);
  EXPECT_EQ(of("gone").severity, Severity::high);
  EXPECT_EQ(of("kind").kind, Kind::type);
  EXPECT_EQ(of("kind").severity, Severity::high);
  EXPECT_EQ(of("rights").severity, Severity::critical);
  EXPECT_EQ(of("run").severity, Severity::high);
  EXPECT_EQ(of("open").severity, Severity::high);
  EXPECT_EQ(of("page.php").severity, Severity::critical);
  EXPECT_THAT(of("link").why, HasSubstr("out of the inspected folder"));
}

TEST_F(JudgeTest, AChangeIsNamedThoughNobodyCouldLookForMalwareInIt) {
  put("a.php", "<?php echo 1;");
  take_baseline();
  put("a.php", "<?php system($_GET['x']);");
  SurveyOptions options;
  options.examine = [](int) -> Result<std::vector<Match>> { return fail(Code::process_failed, "it died"); };
  const auto all = findings(options);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, Kind::content);
  EXPECT_EQ(all[0].severity, Severity::critical);
  EXPECT_EQ(all[1].kind, Kind::unreadable);
}

TEST_F(JudgeTest, ADeviceInThePlaceOfAnotherIsFound) {
  if (::mknod(at("null").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) GTEST_SKIP() << "needs root's rights: devices";
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  take_baseline();
  std::filesystem::remove(at("null"));
  std::filesystem::remove(at("pipe"));
  ASSERT_EQ(::mknod(at("null").c_str(), S_IFCHR | 0600, makedev(8, 0)), 0);
  ASSERT_EQ(::mknod(at("pipe").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  EXPECT_EQ(of("null").before, "device=1:3");
  EXPECT_EQ(of("null").after, "device=8:0");
  EXPECT_EQ(of("pipe").kind, Kind::type);
}

/// In a name space of its own, which ends with the thread.
TEST_F(JudgeTest, WhatIsMountedOverSomethingIsFound) {
  std::thread{[&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      GTEST_SKIP() << "needs root's rights: mounts";
    for (auto name : {"clean/a", "www/a"}) put(name, "x");
    for (auto name : {"proc", "empty"}) std::filesystem::create_directory(at(name));
    take_baseline();
    ASSERT_EQ(::mount(at("clean").c_str(), at("www").c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount("proc", at("proc").c_str(), "proc", 0, nullptr), 0);
    EXPECT_EQ(of("www").after, "mount=looked into");
    EXPECT_EQ(of("proc").after, "mount=not looked into");
    EXPECT_THAT(of("proc").why, HasSubstr("mounted over it"));
    take_baseline();
    EXPECT_TRUE(findings().empty());
    for (auto name : {"www", "proc"}) ASSERT_EQ(::umount(at(name).c_str()), 0);
    EXPECT_THAT(of("proc").why, HasSubstr("nothing is mounted"));
  }}.join();
}

TEST_F(JudgeTest, AChangedOwnerIsFound) {
  put("a", "x");
  take_baseline();
  std::ranges::find(before, "a", &Recorded::path)->entry.uid += 1;
  EXPECT_EQ(of("a").kind, Kind::owner);
}

TEST_F(JudgeTest, WhatCouldNotBeSeenIsNotCalledRemoved) {
  put("d/a", "x");
  take_baseline();
  Judge judge{rules, {}};
  judge.look_at({.path = "d", .before = before[1].entry, .now = before[1].entry, .problem = ""});
  judge.look_at({.path = "d", .problem = "refused"});
  judge.look_at({.path = "d/a", .before = before[2].entry});
  const auto all = judge.finish();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, Kind::unreadable);
}

TEST(Runnable, ByNameModeAndFirstBytes) {
  struct Case {
    std::string_view name;
    mode_t mode;
    std::string_view head;
    bool runs;
  };
  const Case cases[] = {{"a.php", 0644, "", true},
                        {"a.PHP", 0644, "", true},
                        {"a.php.jpg", 0644, "", true},
                        {"a.php.", 0644, "", true},
                        {"a.phtml", 0644, "", true},
                        {"x.jsp", 0644, "", true},
                        {"run.sh", 0644, "", true},
                        {"run.sh.txt", 0644, "", false},
                        {"a.txt", 0755, "", true},
                        {"a.txt", 0644, "#!/bin/sh", true},
                        {"a.gif", 0644, "GIF89a<?PHP system(1)", true},
                        {"a", 0644,
                         "\x7f"
                         "ELF\2\1",
                         true},
                        {"a.html", 0644, "<h1>php</h1>", false},
                        {".htaccess", 0644, "", true},
                        {"php", 0644, "", false},
                        {"notes.txt", 0644, "about .php files", false},
                        {"", 0644, "", false}};
  for (const auto& item : cases)
    EXPECT_EQ(!why_runnable(item.name, item.mode, item.head).empty(), item.runs) << item.name << " " << item.head;
}

TEST_F(JudgeTest, WhereIntrudersStayAChangeIsRankedByThePlace) {
  put("etc/passwd", "root");
  put("home/ana/.ssh/known_hosts", "a");
  take_baseline();
  put("etc/passwd", "root and another");
  put("etc/ld.so.preload", "/tmp/x.so");
  put("etc/cron.d/job", "* * * * *");
  put("home/ana/.ssh/authorized_keys", "ssh-ed25519 A");
  put("home/ana/.ssh/known_hosts", "b");
  EXPECT_EQ(of("etc/ld.so.preload").severity, Severity::critical);
  EXPECT_THAT(of("etc/ld.so.preload").why, HasSubstr("new file; it is loaded into every program"));
  EXPECT_EQ(of("home/ana/.ssh/authorized_keys").severity, Severity::critical);
  EXPECT_EQ(of("etc/passwd").severity, Severity::high);
  EXPECT_EQ(of("etc/cron.d/job").severity, Severity::high);
  EXPECT_EQ(of("home/ana/.ssh/known_hosts").severity, Severity::medium);
}

class Attributes : public Inspection {
 protected:
  void SetUp() override {
    put("a", "text");
    if (::setxattr(at("a").c_str(), "user.kulla", "1", 1, 0) != 0) GTEST_SKIP() << "NO EXTENDED ATTRIBUTES on " << root;
    take_baseline();
  }
  void set(const char* name, std::string_view value) const {
    ASSERT_EQ(::setxattr(at("a").c_str(), name, value.data(), value.size(), 0), 0) << name << ": " << strerror(errno);
  }
};

TEST_F(Attributes, TheSameAreNoFinding) { EXPECT_TRUE(findings().empty()); }
TEST_F(Attributes, OneThatChangedIsShownWithBothValues) {
  set("user.kulla", "2\n");
  const auto found = of("a");
  EXPECT_EQ(found.kind, Kind::attribute);
  EXPECT_EQ(found.before, "user.kulla=1");
  EXPECT_EQ(found.after, "user.kulla=2%0A");
}
TEST_F(Attributes, CapabilitiesAreCritical) {
  if (::geteuid() != 0) GTEST_SKIP() << "NOT ROOT: capabilities cannot be set";
  set("security.capability", {"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20});
  EXPECT_EQ(of("a").kind, Kind::capability);
  EXPECT_EQ(of("a").severity, Severity::critical);
}
TEST_F(Attributes, AnAccessControlListIsNamed) {
  // Version 2; owner rwx, user 1000 rwx, group r, mask rwx, other r.
  const std::string_view list{
      "\2\0\0\0\1\0\7\0\377\377\377\377\2\0\7\0\350\3\0\0\4\0\4\0\377\377\377\377\20\0\7\0\377\377\377\377\40\0\4\0\377\377\377\377", 44};
  if (::setxattr(at("a").c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0) GTEST_SKIP() << "NO ACLs on " << root;
  const auto all = findings();
  EXPECT_TRUE(std::ranges::any_of(all, [](const Finding& each) { return each.kind == Kind::acl && each.severity == Severity::high; }));
}
TEST_F(Attributes, ABaselineKeepsThem) {
  const auto key = SecretKey::generate();
  set("user.binary", {"\0\xff%", 3});
  write_baseline(folder.path() / "b", key);
  const auto back = open_baseline(folder.path() / "b", {key.public_key()}).value();
  ASSERT_TRUE(back->next());
  EXPECT_EQ(back->next().value()->entry.attributes, scanned().tree.at("a").attributes);
}

TEST_F(JudgeTest, AnotherNameOfAFileIsFoundEvenWhereThatNameLiesOutside) {
  put("a", "text");
  take_baseline();
  std::filesystem::create_hard_link(at("a"), folder.path() / "outside");
  EXPECT_EQ(of("a").kind, Kind::links);
  EXPECT_EQ(of("a").before, "1 names");
}

TEST_F(JudgeTest, ARenameIsTwoFindingsThatNameEachOther) {
  put("a", "the content");
  take_baseline();
  std::filesystem::rename(at("a"), at("b%"));
  EXPECT_THAT(of("a").why, HasSubstr("its content is now at b%25"));
  EXPECT_THAT(of("b%25").why, HasSubstr("its content was at a"));
  EXPECT_EQ(findings().size(), 2U);
}

TEST_F(JudgeTest, ATimeThatWasSetBackIsFound) {
  put("a", "x");
  take_baseline();
  std::filesystem::last_write_time(at("a"), std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  EXPECT_EQ(of("a").kind, Kind::times);
  EXPECT_EQ(of("a").severity, Severity::low);
}

class QuickTest : public Inspection {};
TEST_F(QuickTest, ContentsAreReadOnlyWhereTheFileSystemPromisesNothing) {
  put("same", "x");
  put("changed", "x");
  take_baseline();
  put("changed", "y");
  std::set<std::string> read;
  Judge judge{rules, {}};
  const SurveyOptions quick{.quick = true, .taken = SystemClock{}.now().wall + std::chrono::seconds{10}};
  ASSERT_TRUE(survey(root, recorded(), quick, [&](Pair&& pair) -> Result<> {
    if (pair.now->type == FileType::regular && pair.read) read.insert(pair.path);
    judge.look_at(pair);
    return {};
  }));
  EXPECT_THAT(read, testing::ElementsAre("changed"));
  EXPECT_EQ(judge.not_read(), 1);
  EXPECT_EQ(judge.finish().size(), 1U);
}
TEST_F(QuickTest, AFileThatChangedAsTheBaselineWasTakenIsRead) {
  put("a", "x");
  take_baseline();
  Judge judge{rules, {}};
  ASSERT_TRUE(survey(root, recorded(), {.quick = true, .taken = SystemClock{}.now().wall}, [&](Pair&& pair) -> Result<> {
    judge.look_at(pair);
    return {};
  }));
  EXPECT_EQ(judge.not_read(), 0);
}

TEST_F(JudgeTest, ManyFilesAreReadByManyThreadsAndNoneIsMissed) {
  for (int at = 0; at < 500; ++at)
    put("d" + std::to_string(at % 7) + "/" + std::to_string(at), std::string(static_cast<std::size_t>(at) * 37, 'x'));
  take_baseline();
  EXPECT_TRUE(findings().empty());
  for (int at = 0; at < 500; at += 50) put("d" + std::to_string(at % 7) + "/" + std::to_string(at), "changed");
  EXPECT_EQ(findings().size(), 10U);
}
}  // namespace
}  // namespace kulla::inspect
