#include <unistd.h>

#include "inspect/fixture.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;

class CompareTest : public Inspection {};

TEST_F(CompareTest, NothingChangedIsClean) {
  put("index.html", "<h1>Mirë se vini</h1>");
  take_baseline();
  EXPECT_TRUE(findings().empty());
}

TEST_F(CompareTest, ANewWebShellComesFirst) {
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

TEST_F(CompareTest, ASingleChangedDataFileIsMedium) {
  for (auto name : {"a", "b", "c"}) put(name, "text");
  take_baseline();
  put("a", "other text");
  EXPECT_EQ(of("a").severity, Severity::medium);
  EXPECT_EQ(findings().size(), 1U);
}

TEST_F(CompareTest, AMassRewriteIsNamed) {
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

TEST_F(CompareTest, HalfOfAllFilesRewrittenIsAMassRewriteWhateverIsInThem) {
  for (int i = 0; i < 20; ++i) put("r" + std::to_string(i), "record");
  take_baseline();
  for (int i = 0; i < 10; ++i) put("r" + std::to_string(i), "You have been pwned");
  EXPECT_THAT(of("r3").why, HasSubstr("mass rewrite"));
  EXPECT_EQ(of("r3").severity, Severity::high);
}

TEST_F(CompareTest, TextIsNotNoise) {
  std::string base64;
  for (unsigned i = 0; i < 4000; ++i)
    base64 += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(i * 2654435761U >> 7) % 64];
  put("a", "before");
  take_baseline();
  put("a", base64);
  EXPECT_EQ(of("a").severity, Severity::medium);
}

TEST_F(CompareTest, EveryKindOfChangeIsJudged) {
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

TEST_F(CompareTest, AChangedOwnerIsFound) {
  put("a", "x");
  take_baseline();
  baseline.tree["a"].uid += 1;
  EXPECT_EQ(of("a").kind, Kind::owner);
}

TEST_F(CompareTest, WhatCouldNotBeSeenIsNotCalledRemoved) {
  put("d/a", "x");
  take_baseline();
  Scanned now = scanned();
  now.tree.erase("d/a");
  now.unreadable.push_back({"d", Kind::unreadable, Severity::high, "", "", "could not be inspected"});
  const auto all = compare(baseline, now);
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
}  // namespace
}  // namespace kulla::inspect
