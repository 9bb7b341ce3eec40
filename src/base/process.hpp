// Other programs, as children: run to the end with bounds, or kept as a handle.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla {

struct Pipe {
  Descriptor read, write;
};
/// No child inherits it.
[[nodiscard]] Result<Pipe> make_pipe();

struct RunOptions {
  std::map<std::string, std::string> environment;   ///< added to ours
  std::filesystem::path folder;                      ///< where it runs; empty: here
  std::string input;                                 ///< its standard input
  std::chrono::milliseconds timeout = std::chrono::minutes{10};
  std::size_t output_limit = std::size_t{64} << 20;  ///< bytes kept of each stream; more is read and dropped
  std::stop_token stop{};                            ///< ends it as the time limit does (Code::interrupted), within a tenth of a second
  std::vector<std::filesystem::path> writes{};  ///< folders; it writes only below them (base/write_rules.hpp). None: wherever it may
};
struct Finished {
  int exit_code = 0;  ///< 128 + signal where a signal ended it
  std::string out, err;
  std::chrono::microseconds took{};
};
/// Starts `arguments[0]` (found through PATH), waits; the whole process group is killed at the time limit (Code::timed_out). It dies with
/// us, however we end (PDEATHSIG); what it started itself does not, unless it sees its pipes close.
[[nodiscard]] Result<Finished> run(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// A child that runs beside us. Ended (SIGTERM, then SIGKILL) when it goes, unless released. With `dies_with_parent` it also dies when
/// the thread that started it ends, however that happens (PDEATHSIG): start it from a thread that lives as long as it should.
class Child {
 public:
  struct Options {
    std::map<std::string, std::string> environment;
    std::filesystem::path out, err;  ///< files for its output, appended; empty: /dev/null
    bool dies_with_parent = true;
  };
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& arguments, const Options& options);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Its exit code if it has ended; does not wait.
  [[nodiscard]] std::optional<int> ended();
  void signal(int number) const;
  /// SIGTERM, waits `patience`, SIGKILL; returns its exit code.
  int stop(std::chrono::milliseconds patience = std::chrono::seconds{5});
  pid_t release();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace kulla
