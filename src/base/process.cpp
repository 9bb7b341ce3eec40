#include "base/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "base/write_rules.hpp"

namespace kulla {
using namespace std::chrono;
namespace {
constexpr long long stop_seen_ms = 100;  // how long it may take until a request to stop is seen

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

struct Spec {
  std::vector<char*> arguments, environment;
  std::vector<std::string> texts;
};
// Built before fork(): between fork and exec a child may only make system calls.
Spec spec_of(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& added) {
  Spec spec;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text{*entry};
    if (!added.contains(std::string(text.substr(0, text.find('='))))) spec.texts.emplace_back(text);
  }
  for (const auto& [key, value] : added) spec.texts.push_back(fmt::format("{}={}", key, value));
  const auto environment_size = spec.texts.size();
  spec.texts.insert(spec.texts.end(), arguments.begin(), arguments.end());
  for (std::size_t i = 0; i < spec.texts.size(); ++i)
    (i < environment_size ? spec.environment : spec.arguments).push_back(spec.texts[i].data());
  spec.environment.push_back(nullptr);
  spec.arguments.push_back(nullptr);
  return spec;
}

/// It ends with the thread that started it. That may have ended before: then its parent is another already.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
}

[[noreturn]] void become(const Spec& spec, int in, int out, int err, const char* folder, int write_rules = -1) {
  ::setpgid(0, 0);
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ::_exit(126);
  if (folder && ::chdir(folder) != 0) ::_exit(126);
  for (int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (write_rules >= 0 && !keep_to(write_rules)) ::_exit(126);
  ::execvpe(spec.arguments[0], spec.arguments.data(), spec.environment.data());
  ::_exit(127);
}

void read_some(Descriptor& from, std::string& into, std::size_t limit) {
  std::array<char, 65536> buffer;
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), std::min(static_cast<std::size_t>(got), limit - std::min(limit, into.size())));
  else if (got == 0 || errno != EINTR) from = {};
}
void write_some(Descriptor& to, std::string_view& rest) {
  const auto put = ::write(to.get(), rest.data(), rest.size());
  if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  if (rest.empty() || (put < 0 && errno != EINTR && errno != EAGAIN)) to = {};
}

/// Feeds and drains the child until its pipes close; false at the time limit, or when it is to stop.
bool converse(Pipe& in, Pipe& out, Pipe& err, const RunOptions& options, Finished& finished, steady_clock::time_point end) {
  std::string_view rest = options.input;
  if (rest.empty()) in.write = {};
  while (in.write || out.read || err.read) {
    std::array<pollfd, 3> polls{pollfd{in.write.get(), POLLOUT, 0}, pollfd{out.read.get(), POLLIN, 0}, pollfd{err.read.get(), POLLIN, 0}};
    const auto left = duration_cast<milliseconds>(end - steady_clock::now()).count();
    if (left <= 0 || options.stop.stop_requested()) return false;
    if (::poll(polls.data(), polls.size(), static_cast<int>(std::min<long long>(left, stop_seen_ms))) < 0 && errno != EINTR) return false;
    if (polls[0].revents) write_some(in.write, rest);
    if (polls[1].revents) read_some(out.read, finished.out, options.output_limit);
    if (polls[2].revents) read_some(err.read, finished.err, options.output_limit);
  }
  return true;
}

/// Waits for the end of `pid` until `end`; polls with a short sleep, as waitpid has no time limit.
std::optional<int> wait_until(pid_t pid, steady_clock::time_point end, const std::stop_token& stop = {}) {
  for (auto nap = 200us;; nap = std::min<microseconds>(nap * 2, 10ms)) {
    int status = 0;
    const auto got = ::waitpid(pid, &status, WNOHANG);
    if (got == pid) return exit_code_of(status);
    if (got < 0 && errno != EINTR) return 127;
    if (steady_clock::now() >= end || stop.stop_requested()) return std::nullopt;
    std::this_thread::sleep_for(nap);
  }
}
}  // namespace

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
  return Pipe{Descriptor{ends[0]}, Descriptor{ends[1]}};
}

Result<Finished> run(const std::vector<std::string>& arguments, const RunOptions& options) {
  KULLA_ASSERT(!arguments.empty());
  KULLA_TRY(auto in, make_pipe());
  KULLA_TRY(auto out, make_pipe());
  KULLA_TRY(auto err, make_pipe());
  Descriptor rules;
  if (!options.writes.empty()) {
    KULLA_TRY(rules, write_rules(options.writes));
  }
  ::signal(SIGPIPE, SIG_IGN);
  const auto spec = spec_of(arguments, options.environment);
  const auto start = steady_clock::now(), end = start + options.timeout;
  const pid_t parent = ::getpid(), pid = ::fork();
  if (pid < 0) return fail_errno("fork");
  if (pid == 0) {
    die_with(parent);
    become(spec, in.read.get(), out.write.get(), err.write.get(), options.folder.empty() ? nullptr : options.folder.c_str(), rules.get());
  }
  ::setpgid(pid, pid);
  in.read = {}, out.write = {}, err.write = {};
  ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  Finished finished;
  const bool quiet = converse(in, out, err, options, finished, end);
  const auto code = quiet ? wait_until(pid, end, options.stop) : std::nullopt;
  if (!code) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    if (options.stop.stop_requested()) return fail(Code::interrupted, arguments[0]);
    return fail(Code::timed_out, fmt::format("{}: killed after {} ms", arguments[0], options.timeout.count()));
  }
  finished.exit_code = *code;
  finished.took = duration_cast<microseconds>(steady_clock::now() - start);
  if (*code == 127 && finished.err.empty()) return fail(Code::process_failed, fmt::format("{}: not found or not executable", arguments[0]));
  return finished;
}

Result<Child> Child::start(const std::vector<std::string>& arguments, const Options& options) {
  KULLA_ASSERT(!arguments.empty());
  const auto sink = [](const std::filesystem::path& path) {
    return Descriptor{path.empty() ? ::open("/dev/null", O_WRONLY | O_CLOEXEC)
                                   : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  };
  const Descriptor in{::open("/dev/null", O_RDONLY | O_CLOEXEC)}, out = sink(options.out), err = sink(options.err);
  if (!in || !out || !err) return fail_errno(fmt::format("{}: output", arguments[0]));
  const auto spec = spec_of(arguments, options.environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("fork");
  if (pid == 0) {
    if (options.dies_with_parent) die_with(parent);
    become(spec, in.get(), out.get(), err.get(), nullptr);
  }
  ::setpgid(pid, pid);
  return Child{pid};
}
Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), exit_code_(other.exit_code_) {}
Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    if (pid_ > 0) stop();
    pid_ = std::exchange(other.pid_, -1);
    exit_code_ = other.exit_code_;
  }
  return *this;
}
Child::~Child() {
  if (pid_ > 0) stop();
}
std::optional<int> Child::ended() {
  if (!exit_code_ && pid_ > 0) exit_code_ = wait_until(pid_, steady_clock::now());
  return exit_code_;
}
void Child::signal(int number) const {
  if (pid_ > 0 && !exit_code_) ::kill(pid_, number);
}
int Child::stop(milliseconds patience) {
  if (!exit_code_ && pid_ > 0) {
    ::kill(pid_, SIGTERM);
    exit_code_ = wait_until(pid_, steady_clock::now() + patience);
    if (!exit_code_) {
      ::kill(-pid_, SIGKILL);
      exit_code_ = wait_until(pid_, steady_clock::now() + 10s);
    }
  }
  pid_ = -1;
  return exit_code_.value_or(127);
}
pid_t Child::release() { return std::exchange(pid_, -1); }
}  // namespace kulla
