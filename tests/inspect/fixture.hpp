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
  Scanned scanned() const { return scan(root).value(); }
  void take_baseline() { baseline = {SystemId{"web1"}, Timestamp{}, scanned().tree, {}}; }
  std::vector<Finding> findings() const { return compare(baseline, scanned()); }
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
  Baseline baseline;
};

}  // namespace kulla::inspect
