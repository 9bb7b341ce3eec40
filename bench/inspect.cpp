// `kulla inspect check` of a tree beside Debian's AIDE with the same attributes and SHA-256, and beside only hashing it, in one run; and a second, quick check.
// bench_inspect [FOLDER]     /usr where none is named. Limit: 10 times as fast as AIDE (apt-get install aide; it is no part of the product).
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.hpp"
#include "base/keys.hpp"
#include "base/process.hpp"
#include "inspect/inspect.hpp"

using namespace kulla;

namespace {
constexpr int rounds = 3;

/// The best of some runs, in seconds; less than zero where it does not end well.
double best(const auto& work) {
  double seconds = -1;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    if (!work()) return -1;
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds < 0 || took < seconds) seconds = took;
  }
  return seconds;
}

bool runs(const std::vector<std::string>& arguments, int well = 0) {
  RunOptions options;
  options.timeout = std::chrono::minutes{20};
  options.output_limit = 1 << 16;
  const auto finished = run(arguments, options);
  return finished && finished->exit_code == well;
}

double aide(const std::string& root, const std::filesystem::path& folder) {
  const auto config = folder / "aide.conf", database = folder / "aide.db";
  std::ofstream{config} << fmt::format(
      "database_in=file:{0}\ndatabase_out=file:{0}\ngzip_dbout=no\nreport_url=stdout\nAll = p+u+g+s+n+l+ftype+acl+xattrs+caps+sha256\n{1} "
      "All\n",
      database.string(), root);
  if (!runs({"aide", "--config", config.string(), "--init"})) return -1;
  const auto start = std::chrono::steady_clock::now();
  if (!runs({"aide", "--config", config.string(), "--check"})) return -1;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

int main(int count, char** arguments) {
  const std::string root = count > 1 ? arguments[1] : "/usr";
  const auto folder = *TemporaryFolder::make("kulla-bench-inspect");
  const auto key = SecretKey::generate();
  const SystemClock clock;
  const auto taken = inspect::take_baseline(SystemId{"bench"}, root, folder.path() / "baseline", key, clock);
  if (!taken) {
    fmt::print(stderr, "inspect: {}\n", taken.error().message());
    return 2;
  }
  const double ours = best([&] {
    const auto outcome = inspect::check(SystemId{"bench"}, root, folder.path() / "baseline", {key.public_key()}, clock);
    return outcome && outcome->report.clean;
  });
  const double hashing =
      best([&] { return runs({"sh", "-c", "find \"$0\" -xdev -type f -print0 | xargs -0 -r -P 2 -n 400 sha256sum >/dev/null", root}); });
  std::int64_t not_read = 0;
  const double quick = best([&] {
    inspect::Options options;
    options.quick = true;
    const auto outcome = inspect::check({}, root, folder.path() / "baseline", {key.public_key()}, clock, options);
    not_read = outcome ? outcome->not_read : 0;
    return outcome && outcome->report.clean;
  });
  fmt::print("inspect: {}: {} things, {} cores\n", root, taken->things, std::thread::hardware_concurrency());
  fmt::print("  ours                {:>7.2f} s{}\n", ours, ours < 0 ? "  (not clean: does something write there?)" : "");
  fmt::print("  sha256sum, 2 at once {:>6.2f} s  ours takes {:.2f} times as long\n", hashing, ours / hashing);
  fmt::print("  --quick             {:>7.2f} s  {:.1f} times as fast again (limit 5); {} contents not read, as its report says\n", quick,
             ours / quick, not_read);
  const double theirs = aide(root, folder.path());
  if (theirs < 0) fmt::print("  AIDE                not measured: apt-get install aide\n");
  else fmt::print("  AIDE                {:>7.2f} s  ours is {:.1f} times as fast (limit 10)\n", theirs, theirs / ours);
  return ours > 0 && quick > 0 && ours / quick >= 5 && (theirs < 0 || theirs / ours >= 10) ? 0 : 1;
}
