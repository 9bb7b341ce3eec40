// A folder to inspect, and short ways to change it.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/file.hpp"
#include "inspect/inspect.hpp"
#include "inspect/judge.hpp"

namespace kulla::inspect {

class Inspection : public testing::Test {
 protected:
  std::filesystem::path at(std::string_view path) const { return root / path; }
  void put(std::string_view path, std::string_view content) const {
    std::filesystem::create_directories(at(path).parent_path());
    std::ofstream{at(path), std::ios::binary} << content;
  }
  void put_noise(std::string_view path, unsigned seed) const {
    std::string noise;
    for (std::uint64_t state = seed + 1; noise.size() < 4096;) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      noise += static_cast<char>(state >> 56);
    }
    put(path, noise);
  }
  struct Scanned {
    std::map<std::string, Entry> tree;
    std::vector<Finding> unreadable;
  };
  Scanned scanned() const {
    Scanned scanned;
    Judge judge{Rules::standard(), {}};
    EXPECT_TRUE(survey(root, {}, {}, [&](Pair&& pair) -> Result<> {
      if (!pair.problem.empty()) judge.look_at({.path = pair.path, .problem = pair.problem});
      if (pair.now) scanned.tree.emplace(pair.path, *pair.now);
      return {};
    }));
    scanned.unreadable = judge.finish();
    return scanned;
  }
  void take_baseline() {
    before.clear();
    EXPECT_TRUE(survey(root, {}, {}, [&](Pair&& pair) -> Result<> {
      if (pair.now) before.push_back({std::move(pair.path), std::move(*pair.now)});
      return {};
    }));
  }
  Source recorded() const {
    return [this, next = std::size_t{0}]() mutable -> Result<std::optional<Recorded>> {
      return next == before.size() ? std::optional<Recorded>{} : before[next++];
    };
  }
  std::vector<Finding> findings(const SurveyOptions& options = {}) const {
    Judge judge{rules, {false, root}};
    EXPECT_TRUE(survey(root, recorded(), options, [&](Pair&& pair) -> Result<> {
      judge.look_at(pair);
      return {};
    }));
    return judge.finish();
  }
  /// A signed baseline of what is there.
  void write_baseline(const std::filesystem::path& file, const SecretKey& key, const std::string& system = "web1") const {
    ASSERT_TRUE(inspect::take_baseline(SystemId{system}, root, file, key, SystemClock{}));
  }
  /// The finding of a path, whose absence is a failure.
  Finding of(std::string_view path) const {
    const auto all = findings();
    const auto found = std::ranges::find(all, path, &Finding::path);
    if (found != all.end()) return *found;
    ADD_FAILURE() << "nothing found of " << path;
    return {};
  }

  TemporaryFolder folder = TemporaryFolder::make("kulla-inspect").value();
  std::filesystem::path root = [this] {
    std::filesystem::create_directory(folder.path() / "root");
    return folder.path() / "root";
  }();
  std::vector<Recorded> before;
  Rules rules = Rules::standard();
};

}  // namespace kulla::inspect
