// A repository of the real restic. A start of it costs half a second, so one repository serves all tests of a program, and what damages it
// takes a copy.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "backup/manifest.hpp"
#include "backup/proof.hpp"
#include "base/file.hpp"
#include "base/process.hpp"

namespace kulla::backup {
namespace fs = std::filesystem;

inline void put(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << content;
}
/// Bytes that do not compress, so that they fill a pack that can be damaged.
inline std::string noise(std::size_t size, std::uint64_t seed = 1) {
  std::string bytes;
  for (std::uint64_t state = seed; bytes.size() < size;) {
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
};

class WithRepository : public testing::Test {
 protected:
  static void SetUpTestSuite() { world = std::make_unique<World>(); }
  static void TearDownTestSuite() { world.reset(); }

  static Proof proof(const Repository& repository, const std::string& tag = "tax", std::optional<Timestamp> before = {}) {
    return prove(DatasetId{"tax"}, repository, tag, world->scratch, before, SystemClock{});
  }
  static Proof proof(const Repository& repository, const Wanted& wanted, const ProveOptions& options = {}) {
    return prove(repository, {wanted}, world->scratch, SystemClock{}, options).front();
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
  static std::vector<fs::path> files_of(const Repository& repository, const char* kind) {
    std::vector<fs::path> files;
    for (const auto& item : fs::recursive_directory_iterator{fs::path(repository.location) / kind})
      if (item.is_regular_file()) files.push_back(item.path());
    return files;
  }
  static fs::path largest_pack(const Repository& repository) {
    return std::ranges::max(files_of(repository, "data"), {}, [](const fs::path& path) { return fs::file_size(path); });
  }
  static void scratch_over(const fs::path& file, std::streamoff at) {
    fs::permissions(file, fs::perms::owner_all);
    std::fstream{file, std::ios::in | std::ios::out | std::ios::binary}.seekp(at).write("damaged", 7);
  }
  static std::vector<std::string> restic_command(const Repository& repository, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"restic", "--no-cache", "--repo=" + repository.location, "--password-file=" + repository.password_file.string()});
    return arguments;
  }
  static inline std::unique_ptr<World> world;
};

/// The programs of a folder of ours are found first while it lives.
class ProgramsFirst {
 public:
  explicit ProgramsFirst(const fs::path& folder) : before_(std::getenv("PATH")) {
    ::setenv("PATH", (folder.string() + ":" + before_).c_str(), 1);
  }
  ~ProgramsFirst() { ::setenv("PATH", before_.c_str(), 1); }
  ProgramsFirst(const ProgramsFirst&) = delete;
  ProgramsFirst& operator=(const ProgramsFirst&) = delete;
  static void program(const fs::path& path, std::string_view script) {
    put(path, script);
    ::chmod(path.c_str(), 0755);
  }

 private:
  std::string before_;
};

}  // namespace kulla::backup
