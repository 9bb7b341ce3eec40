// `backup prove` (check without reading data, restore, comparison of every file) beside `restic restore` of the same snapshot alone, in one
// run: 5 GB in 10,000 files, made here of bytes that do not compress. Limit: 1.2 times as long, starts of restic printed apart.
// bench_backup_prove [FILES] [KIB_EACH]     needs three times the data free in the temporary folder
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "backup/proof.hpp"
#include "base/file.hpp"
#include "base/process.hpp"

using namespace kulla;
namespace fs = std::filesystem;

namespace {
constexpr int rounds = 2;
constexpr int files_a_folder = 100;
constexpr double starts_of_a_proof = 5;  // list, locks, check, the manifest, restore
using Seconds = std::chrono::duration<double>;
double since(std::chrono::steady_clock::time_point start) { return Seconds(std::chrono::steady_clock::now() - start).count(); }
/// Processor time of ours and of all children: the same on a machine that has other work.
double processor() {
  double seconds = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const auto& time : {usage.ru_utime, usage.ru_stime})
      seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  return seconds;
}

void make_data(const fs::path& folder, int files, std::size_t size) {
  std::mt19937_64 random{1};
  std::string content(size, '\0');
  for (int i = 0; i < files; ++i) {
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      const auto bits = random();
      std::copy_n(reinterpret_cast<const char*>(&bits), 8, content.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const auto path = folder / fmt::format("{:04}/{:02}", i / files_a_folder, i % files_a_folder);
    fs::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << content;
  }
}

/// restic alone, without kulla's Repository: seconds, less than zero where it failed.
double restic(const backup::Repository& repository, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"restic", "--repo=" + repository.location, "--no-cache", "--no-lock"});
  RunOptions options;
  options.environment["RESTIC_PASSWORD_FILE"] = repository.password_file.string();
  options.timeout = std::chrono::hours{1};
  ::sync();  // what was written before is not waited for in here
  const auto start = std::chrono::steady_clock::now();
  const auto finished = run(arguments, options);
  return finished && finished->exit_code == 0 ? since(start) : -1;
}

/// Seconds until it removes what it restored: `restic restore` alone removes nothing. When it was done with that is printed.
double prove(const backup::Repository& repository, const fs::path& scratch) {
  backup::ProveOptions options;
  ::sync();
  const auto start = std::chrono::steady_clock::now();
  double until_removal = -1;
  options.progress = [&](std::string_view phase) {
    fmt::print("    {:>6.2f} s  {}\n", since(start), phase);
    if (phase.starts_with("removing")) until_removal = since(start);
  };
  const auto proof = backup::prove(repository, {{.dataset = DatasetId{"bench"}, .tag = "bench"}}, scratch, SystemClock{}, options).front();
  fmt::print("    {:>6.2f} s  all done, the copy removed\n", since(start));
  if (!proof.passed) fmt::print("  not proved: {}\n", proof.problem);
  return proof.passed ? until_removal : -1;
}
}  // namespace

int main(int count, char** arguments) {
  const int files = count > 1 ? std::atoi(arguments[1]) : 10'000;
  const auto size = static_cast<std::size_t>(count > 2 ? std::atoi(arguments[2]) : 512) * 1024;
  const auto folder = *TemporaryFolder::make("kulla-bench-backup");
  const backup::Repository repository{(folder.path() / "repository").string(), folder.path() / "password", {}};
  std::ofstream{repository.password_file} << "bench\n";
  make_data(folder.path() / "data", files, size);
  fs::create_directory(folder.path() / "scratch");
  if (!backup::init(repository)) return 2;
  const auto snapshot = backup::back_up(repository, "bench", folder.path() / "data");
  if (!snapshot) {
    fmt::print(stderr, "backup: {}\n", snapshot.error().message());
    return 2;
  }
  fs::remove_all(folder.path() / "data");
  fmt::print("backup prove: {} files, {:.2f} GB\n", files, static_cast<double>(size) * files / 1e9);
  double alone = -1, whole = -1;
  for (int round = 0; round < rounds; ++round) {
    const auto used = processor();
    const auto target = folder.path() / "scratch/alone";
    const auto restored = restic(repository, {"restore", "--target=" + target.string(), snapshot->id});
    const auto used_alone = processor() - used;
    fs::remove_all(target);
    fmt::print("  restic restore alone {:>7.2f} s, {:.2f} s of processor\n", restored, used_alone);
    const auto before = processor();
    const auto proved = prove(repository, folder.path() / "scratch");
    fmt::print("  backup prove         {:>7.2f} s, {:.2f} s of processor\n", proved, processor() - before);
    std::fflush(stdout);
    if (restored < 0 || proved < 0) return 1;
    alone = round == 0 ? restored : std::min(alone, restored);
    whole = round == 0 ? proved : std::min(whole, proved);
  }
  const auto start = restic(repository, {"cat", "config"});
  const auto working = (whole - starts_of_a_proof * start) / (alone - start);
  fmt::print("  a start of restic takes {:.2f} s; a restore alone is one of them, a proof {:.0f}\n", start, starts_of_a_proof);
  fmt::print("  best of {}: {:.2f} s against {:.2f} s: {:.2f} times; without the starts {:.2f} times (limit 1.2)\n", rounds, whole, alone,
             whole / alone, working);
  return working <= 1.2 ? 0 : 1;
}
