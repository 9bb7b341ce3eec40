#include "backup/attack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace kulla::backup {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

Manifest files(int count, std::string_view content = "", std::int64_t size = 100'000) {
  Manifest manifest;
  for (int i = 0; i < count; ++i) {
    const auto path = std::to_string(i);
    manifest.emplace(path, Thing{.type = ThingType::regular, .size = size, .sha256 = sha256(path + std::string(content))});
  }
  return manifest;
}
Manifest renamed(const Manifest& manifest, std::string_view ending) {
  Manifest other;
  for (const auto& [path, thing] : manifest) other.emplace(path + std::string(ending), thing);
  return other;
}

TEST(Attack, APinnedSnapshotThatIsGoneIsNoticed) {
  const Listing present{.snapshots = {{.id = "a", .taken = {}, .paths = {}, .tags = {}}, {.id = "c", .taken = {}, .paths = {}, .tags = {}}},
                        .unreadable = {}};
  const Timestamp day{std::chrono::days{20'000}};
  EXPECT_THAT(vanished({{"a", day}, {"b", day}, {"c", day}}, present), ElementsAre("b"));
  EXPECT_THAT(vanished({}, present), ElementsAre());
}

TEST(Attack, WhatARetentionMayRemoveIsNotMissed) {
  using std::chrono::days;
  const Timestamp day{days{20'000}};
  const std::vector<order::Pinned> pinned{{"old", day - days{40}}, {"at its end", day - days{30}}, {"young", day - days{1}}};
  EXPECT_THAT(vanished(pinned, {}, day - days{30}), ElementsAre("at its end", "young"));
  EXPECT_THAT(vanished(pinned, {}), ElementsAre("old", "at its end", "young"));
}

TEST(Attack, DriftCountsByPathAndNewBytesByContent) {
  auto before = files(4), now = before;
  now.at("0") = Thing{.type = ThingType::regular, .size = 7, .sha256 = sha256("new")};
  now.emplace("moved", now.at("1"));
  now.erase("1");
  now.at("2") = Thing{.type = ThingType::link, .target = "x"};
  const auto found = drift(before, now);
  EXPECT_EQ(found.same, 1);
  EXPECT_EQ(found.changed, 2) << "another content; a link in its place";
  EXPECT_EQ(found.gone, 1);
  EXPECT_EQ(found.came, 1);
  EXPECT_EQ(found.new_bytes, 7) << "what only moved is not new";
  EXPECT_EQ(found.before.bytes, 400'000);
  EXPECT_EQ(found.now.files, 3);
}

TEST(Attack, EncryptedDataIsSudden) {
  EXPECT_EQ(sudden(drift(files(40), files(40))), "");
  EXPECT_THAT(sudden(drift(files(40), files(40, "encrypted"))), HasSubstr("40 of 40 files changed or went (0 went, 0 came)"));
  EXPECT_THAT(sudden(drift(files(40), renamed(files(40, "encrypted"), ".locked"))), HasSubstr("(40 went, 40 came)"));
  auto half = files(40);
  for (int i = 0; i < 20; ++i) half.at(std::to_string(i)).sha256 = sha256("changed" + std::to_string(i));
  EXPECT_EQ(sudden(drift(files(40), half)), "") << "half is not more than half";
  half.at("20").sha256 = sha256("one more");
  EXPECT_THAT(sudden(drift(files(40), half)), HasSubstr("21 of 40 files"));
}
TEST(Attack, AFewFilesOrBytesAreNotSudden) {
  EXPECT_EQ(sudden(drift(files(19), files(19, "changed"))), "");
  EXPECT_EQ(sudden(drift(files(19, "", 100), files(19, "", 10))), "");
}
TEST(Attack, ASizeThatHalvesOrTreblesIsSudden) {
  EXPECT_THAT(sudden(drift(files(15), files(7))), HasSubstr("1500000 bytes became 700000"));
  EXPECT_EQ(sudden(drift(files(15), files(8))), "");
  EXPECT_THAT(sudden(drift(files(15), files(45))), HasSubstr("1500000 bytes became 4500000"));
  EXPECT_EQ(sudden(drift(files(15), files(44))), "");
}

TEST(Attack, ARepositoryThatWeMayWriteToIsDeletable) {
  const auto folder = TemporaryFolder::make("kulla-attack").value();
  const Repository repository{folder.path().string(), {}, {}};
  EXPECT_EQ(deletable(repository), std::nullopt) << "no repository there";
  std::filesystem::create_directory(folder.path() / "snapshots");
  EXPECT_EQ(deletable(repository), true);
  EXPECT_EQ(deletable({"local:" + folder.path().string(), {}, {}}), true);
  for (const auto* elsewhere : {"sftp:host:/x", "rest:https://host/", "s3:https://host/bucket"})
    EXPECT_EQ(deletable({elsewhere, {}, {}}), std::nullopt);
  const auto only_append = run({"chattr", "+a", (folder.path() / "snapshots").string()});
  if (!only_append || only_append->exit_code != 0) GTEST_SKIP() << "no append-only folders here: " << (only_append ? only_append->err : "");
  EXPECT_EQ(deletable(repository), false);
  EXPECT_EQ(run({"chattr", "-a", (folder.path() / "snapshots").string()})->exit_code, 0);
}
}  // namespace
}  // namespace kulla::backup
