// The most memory that `kulla inspect` takes for a million files, with its child: taking a baseline, and checking it.
// KULLA_BINARY=… bench_inspect_memory [FILES] [FOLDER]     a third of them in one folder. Limit: 200 MB.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/keys.hpp"

using namespace kulla;

namespace {
constexpr int files_wanted = 1'000'000, a_folder = 100;
constexpr double limit_mb = 200;

struct Used {
  double seconds = 0, mb = 0;
  int code = -1;
};
/// Our own children are waited for by kulla itself, so that its figure has theirs: the sum of both is at most this.
Used measured(std::vector<std::string> arguments) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<char*> pointers;
    for (auto& text : arguments) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  // Sampled: the two live side by side, and a maximum of each alone would not say what both took at once.
  Used used;
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      used.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
      break;
    }
    const auto resident = [](const std::string& pid) {
      const auto text = read_file("/proc/" + pid + "/smaps_rollup", 8192).value_or("");
      const auto at = text.find("Pss:");
      return at == std::string::npos ? 0.0 : std::strtod(text.c_str() + at + 4, nullptr) / 1000;
    };
    double both = resident(std::to_string(child));
    const auto children = read_file(fmt::format("/proc/{0}/task/{0}/children", child), 4096).value_or("");
    for (std::size_t at = 0; at < children.size();) {
      const auto end = std::min(children.find(' ', at), children.size());
      both += resident(children.substr(at, end - at));
      at = end + 1;
    }
    used.mb = std::max(used.mb, both);
    ::usleep(20'000);
  }
  used.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return used;
}
}  // namespace

int main(int count, char** arguments) {
  const char* binary = std::getenv("KULLA_BINARY");
  if (!binary) {
    fmt::print(stderr, "KULLA_BINARY names the kulla that is measured\n");
    return 2;
  }
  const std::string kulla = binary;
  const int files = count > 1 ? std::atoi(arguments[1]) : files_wanted;
  const auto folder = *TemporaryFolder::make("kulla-bench-memory", count > 2 ? arguments[2] : "");
  const auto key = SecretKey::generate();
  if (!write_key_files(folder.path() / "key", key)) return 2;
  const auto root = folder.path() / "root";
  std::filesystem::create_directories(root / "many");
  for (int i = 0; i < files; ++i) {
    const auto parent = i % 3 == 0 ? root / "many" : root / std::to_string(i / a_folder / 3) / std::to_string(i % a_folder / 10);
    if (i % 3 != 0) std::filesystem::create_directories(parent);
    const Descriptor file{::open((parent / fmt::format("a-file-with-a-name-{}.txt", i)).c_str(), O_CREAT | O_WRONLY, 0644)};
    if (!file || !write_all(file.get(), "a line\n", "a file")) return 2;
  }
  const auto baseline = (folder.path() / "baseline").string();
  const auto taken = measured({kulla, "inspect", "baseline", root, "-o", baseline, "--key", folder.path() / "key"});
  const auto check = measured({kulla, "inspect", "check", root, "--baseline", baseline, "--trust", folder.path() / "key.pub"});
  fmt::print(
      "memory for {} files, with the child (limit {} MB):\n  baseline {:.0f} MB, {:.1f} s\n  check    {:.0f} MB, {:.1f} s, exit {}\n",
      files, limit_mb, taken.mb, taken.seconds, check.mb, check.seconds, check.code);
  return taken.code == 0 && check.code == 0 && std::max(taken.mb, check.mb) <= limit_mb ? 0 : 1;
}
