#include "backup/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace kulla::backup {
namespace {
Manifest of_files(int files) {
  Manifest manifest;
  for (int i = 0; i < files; ++i) manifest.emplace(std::to_string(i), Thing{.type = ThingType::regular, .size = i});
  manifest.emplace("folder", Thing{.type = ThingType::folder});
  manifest.emplace("link", Thing{.type = ThingType::link, .target = "0"});
  return manifest;
}

TEST(Sample, HoldsAsManyFilesAsAskedForAndNothingElse) {
  const auto manifest = of_files(50);
  const auto sample = choose(manifest, 10, 1);
  EXPECT_EQ(sample.size(), 10U);
  for (const auto& [path, thing] : sample) EXPECT_EQ(manifest.at(path), thing);
  EXPECT_FALSE(sample.contains("folder") || sample.contains("link"));
  EXPECT_EQ(choose(manifest, 60, 1).size(), 50U);
  EXPECT_EQ(choose(of_files(sample_most + 5), sample_most + 5, 1).size(), static_cast<std::size_t>(sample_most));
}
TEST(Sample, AnyFileMayBeInIt) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    for (const auto& entry : choose(of_files(20), 2, seed)) seen.insert(entry.first);
  EXPECT_EQ(seen.size(), 20U);
}
TEST(Sample, FitsInACommandLine) {
  Manifest manifest;
  for (int i = 0; i < 1000; ++i) manifest.emplace(std::string(4000, 'x') + std::to_string(i), Thing{.type = ThingType::regular});
  const auto sample = choose(manifest, 1000, 1);
  EXPECT_GT(sample.size(), 100U);
  EXPECT_LT(sample.size(), 200U);
}
TEST(Sample, APatternMeansOneName) {
  EXPECT_EQ(exact_pattern("/a/b c"), "/a/b c");
  EXPECT_EQ(exact_pattern("/a*/[b]?\\c\xff"), "/a\\*/\\[b\\]\\?\\\\c\xff");
}
TEST(Sample, WhatItIsWorth) {
  EXPECT_LT(damaged_at_most(59), 0.05) << "59 without a fault: the auditors' number for 5 % at 95 %";
  EXPECT_GT(damaged_at_most(58), 0.05);
  EXPECT_EQ(damaged_at_most(0), 1);
  EXPECT_EQ(confidence(300, 12'000), "300 of 12000 files compared: with 95 % confidence fewer than 1.0 % are damaged");
  EXPECT_EQ(confidence(7, 7), "all 7 files compared");
}
}  // namespace
}  // namespace kulla::backup
