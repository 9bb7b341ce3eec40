#include "ledger/witness.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <limits>

#include "base/file.hpp"
#include "base/process.hpp"

namespace kulla::ledger {
namespace {
constexpr std::size_t line_limit = 1024;  // bytes; ours have about 500

/// Appends one whole line and syncs. A line that could not be written whole is taken back.
Result<> append_line(const std::filesystem::path& path, const std::string& line) {
  struct stat status{};
  const bool is_new = ::stat(path.c_str(), &status) != 0;
  // O_NONBLOCK: a FIFO that nobody reads is an error, not a wait.
  const Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644)};
  if (!file || ::fstat(file.get(), &status) != 0) return fail_errno(path.string());
  char last = '\n';
  if (status.st_size > 0 && ::pread(file.get(), &last, 1, status.st_size - 1) != 1) return fail_errno(path.string());
  const auto text = (last == '\n' ? "" : "\n") + line + "\n";
  if (auto written = write_all(file.get(), text, path.string()); !written) {
    if (::ftruncate(file.get(), status.st_size) != 0) return std::unexpected(std::move(written).error().in("part of a line stays"));
    return written;
  }
  if (::fsync(file.get()) != 0) return fail_errno(path.string());
  return is_new ? sync_folder(path.parent_path()) : Result<>{};
}

Result<> tell(const std::vector<std::string>& command, const std::string& line) {
  RunOptions options;
  options.input = line + "\n";
  options.timeout = WitnessFeed::patience;
  options.output_limit = 4096;
  KULLA_TRY(const auto finished, run(command, options));
  if (finished.exit_code != 0)
    return fail(Code::process_failed, fmt::format("{}: exit {}: {}", command[0], finished.exit_code, finished.err.substr(0, 200)));
  return {};
}

/// The next line, without its end. A line that is too long, or cut by the end of the file, comes with `whole` false.
bool next_line(std::istream& in, std::string& line, bool& whole) {
  std::array<char, line_limit> buffer;
  in.getline(buffer.data(), buffer.size());
  const auto got = static_cast<std::size_t>(in.gcount());
  if (in.eof() && got == 0) return false;
  const bool too_long = in.fail() && !in.eof();
  whole = !too_long && !in.eof();
  line.assign(buffer.data(), whole ? got - 1 : std::min(got, buffer.size() - 1));
  if (too_long) {
    in.clear();
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return true;
}

Result<std::ifstream> open_witness(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return fail(Code::io, fmt::format("{}: {}", path.string(), error ? error.message() : "not a regular file"));
  std::ifstream in{path, std::ios::binary};
  if (!in) return fail_errno(path.string());
  return in;
}
}  // namespace

WitnessFeed::WitnessFeed(Witness witness) : witness_(std::move(witness)), thread_([this] { work(); }) {}
WitnessFeed::~WitnessFeed() {
  {
    const std::scoped_lock lock{mutex_};
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}
void WitnessFeed::offer(std::string line) {
  {
    const std::scoped_lock lock{mutex_};
    waiting_ = std::move(line);
  }
  changed_.notify_all();
}
std::string WitnessFeed::problem() const {
  const std::scoped_lock lock{mutex_};
  return problem_;
}

void WitnessFeed::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || waiting_; });
    if (!waiting_) return;
    const auto line = *std::exchange(waiting_, std::nullopt);
    lock.unlock();
    const auto told = deliver(line);
    lock.lock();
    problem_ = told ? "" : told.error().what;
    if (!told && closing_) return;
    if (!told && !waiting_) waiting_ = line;
    changed_.wait_for(lock, pace, [this] { return closing_; });
  }
}
Result<> WitnessFeed::deliver(const std::string& line) const {
  return witness_.command.empty() ? append_line(witness_.file, line) : tell(witness_.command, line);
}

Result<Testimony> read_witness(const std::filesystem::path& file, const PublicKey& trust) {
  KULLA_TRY(auto in, open_witness(file));
  Testimony testimony;
  std::string line;
  bool whole = true;
  for (std::size_t number = 1; next_line(in, line, whole); ++number) {
    const auto head = whole ? read_witness_line(line, trust) : fail(Code::bad_json, "too long, or cut short");
    if (head) testimony.heads.push_back({head->number, head->hash});
    else if (testimony.problem.empty()) testimony.problem = fmt::format("{}:{}: {}", file.string(), number, head.error().what);
  }
  if (in.bad()) return fail(Code::io, fmt::format("{}: it could not be read to its end", file.string()));
  return testimony;
}

Result<std::optional<Head>> newest_witnessed(const std::filesystem::path& file, const PublicKey& trust) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  KULLA_TRY(auto in, open_witness(file));
  constexpr std::streamoff tail = 64 * line_limit;
  in.seekg(0, std::ios::end);
  in.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(in.tellg()) - tail));
  std::optional<Head> newest;
  std::string line;
  bool whole = true;
  while (next_line(in, line, whole))
    if (const auto head = whole ? read_witness_line(line, trust) : fail(Code::bad_json, ""))
      if (!newest || head->number >= newest->number) newest = Head{head->number, head->hash};
  return newest;
}
}  // namespace kulla::ledger
