// One thread takes observations: each is a record in the present file before `append` returns, which costs one write(2). Another makes
// blocks: packing and syncing would keep a vantage from asking on time. A present file is removed when its block is on the disk; should
// the process end in between, its records have numbers that the blocks have too, and are passed over.
#include "outage/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "outage/store_maker.hpp"

namespace kulla::outage {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
namespace {
// A block costs some 300 bytes and each of its targets some 10, which 32 observations of each make little of.
constexpr std::size_t observations_a_target = 32, observations_least = 4096;
constexpr auto oldest_present = 1h;      // a block is made at the latest then: what is present is not signed yet
constexpr auto other_day_before = 1h;    // an observation that is older than the block's day by more belongs to another
constexpr std::size_t waiting_most = 8;  // blocks that cannot be written; then observations are lost, not memory
constexpr auto sync_every = 5s, retry_after = 5s;

Timestamp day_of(Timestamp time) { return std::chrono::floor<std::chrono::days>(time); }
bool belongs(Timestamp day, Timestamp sent) { return sent >= day - other_day_before && sent < day + std::chrono::days{1}; }
}  // namespace

struct Store::State {
  explicit State(StoreOptions chosen) : options(std::move(chosen)) {}
  ~State() {
    if (thread.joinable()) {
      (void)hand_over();
      thread.request_stop();
      changed.notify_all();
    }
  }

  Result<> start() {
    folder = options.folder / store::folder_name(options.vantage);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
    KULLA_TRY(lock, store::lock_folder(folder));
    KULLA_TRY(maker, store::Maker::open(folder, options));
    newest = maker->newest();
    KULLA_CHECK(take_up_present());
    thread = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
    return {};
  }

  /// What a process before this one left.
  Result<> take_up_present() {
    KULLA_TRY(const auto listing, store::list_folder(folder));
    for (const auto& file : listing.present) {
      KULLA_TRY(auto left, store::read_present(file, options.vantage, newest));
      if (left.good < left.size)
        say(fmt::format("{}: byte {}: {} bytes are no whole observation, and are left out", file.string(), left.good,
                        left.size - left.good));
      next_present = std::max(next_present, number_of(file) + 1);
      if (left.observations.empty()) {
        fs::remove(file);
        continue;
      }
      newest = left.observations.back().number;
      if (left.observations.size() > store::observations_most)
        return fail(Code::store_damaged, fmt::format("{}: holds more than a block can", file.string()));
      waiting.push_back({std::move(left.observations), file});
    }
    return {};
  }
  static std::uint64_t number_of(const fs::path& file) { return std::strtoull(file.filename().c_str(), nullptr, 10); }
  void say(const std::string& line) const {
    if (options.say) options.say(line);
  }

  // --- the appending thread

  Result<> append(const Observation& observation) {
    if (observation.vantage != options.vantage || observation.number <= newest || !store::storable(observation)) {
      ++refused;
      return fail(Code::bad_argument, fmt::format("observation {}: another vantage's, not new, or out of bounds", observation.number));
    }
    if (due(observation)) (void)hand_over();
    if (auto written = write(observation); !written) {
      if (lost++ == 0 || !failing) say(fmt::format("observations are not stored: {}", written.error().what));
      failing = true;
      return written;
    }
    if (std::exchange(failing, false)) say(fmt::format("observations are stored again; {} were lost", lost));
    if (present.empty()) present_day = day_of(observation.sent), present_from = observation.sent;
    newest = observation.number;
    targets.insert(observation.target);
    present.push_back(observation);
    return {};
  }

  bool due(const Observation& observation) const {
    if (present.empty()) return false;
    const auto most = std::clamp(targets.size() * observations_a_target, observations_least, std::size_t{store::observations_most});
    return present.size() >= most || !belongs(present_day, observation.sent) || observation.sent - present_from >= oldest_present;
  }

  Result<> write(const Observation& observation) {
    if (present.size() >= store::observations_most) return fail(Code::io, "blocks cannot be written, and too many wait");
    if (!present_fd) {
      present_path = store::present_file(folder, next_present);
      Descriptor file{::open(present_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640)};
      if (!file) return fail_errno(present_path.string());
      ++next_present;
      const std::lock_guard guard{mutex};
      present_fd = std::move(file), present_size = 0;
    }
    record.clear();
    store::put_record(record, observation);
    auto written = write_all(present_fd.get(), record, present_path.string());
    if (written) present_size += record.size();
    else if (::ftruncate(present_fd.get(), static_cast<off_t>(present_size)) != 0) return fail_errno(present_path.string());
    return written;
  }

  /// False where too many blocks wait.
  bool hand_over() {
    const std::lock_guard guard{mutex};
    if (present.empty()) return true;
    if (waiting.size() >= waiting_most) return false;
    waiting.push_back({std::exchange(present, {}), present_path});
    present_fd = Descriptor{};
    targets.clear();
    changed.notify_all();
    return true;
  }

  Result<> sync() {
    const std::lock_guard guard{mutex};
    if (present_fd && ::fdatasync(present_fd.get()) != 0) return fail_errno(present_path.string());
    return {};
  }

  Result<> flush() {
    if (!hand_over()) return fail(Code::io, fmt::format("{}: {} blocks wait to be written", folder.string(), waiting_most));
    std::unique_lock guard{mutex};
    problem.reset();
    retry = true;
    changed.notify_all();
    changed.wait(guard, [&] { return waiting.empty() || problem; });
    if (problem) return std::unexpected(*problem);
    return {};
  }

  // --- the thread that makes blocks

  void work(const std::stop_token& stop) {
    std::unique_lock guard{mutex};
    for (;;) {
      changed.wait_for(guard, sync_every, [&] { return !waiting.empty() || stop.stop_requested(); });
      if (waiting.empty()) {
        if (stop.stop_requested()) return;
        sync_present(guard);
        continue;
      }
      const auto& first = waiting.front();  // stays: only this thread takes away, and a deque's elements do not move
      guard.unlock();
      auto made = [&] {
        const std::lock_guard alone{files};
        return maker->make(first.observations);
      }();
      if (made) ::unlink(first.file.c_str());
      guard.lock();
      note(std::move(made));
      if (problem && stop.stop_requested()) return;  // the present files have it
      if (problem) changed.wait_for(guard, retry_after, [&] { return retry || stop.stop_requested(); });
    }
  }
  void note(Result<> made) {
    retry = false;
    if (made) {
      waiting.pop_front();
      problem.reset();
    } else {
      if (!problem) say(fmt::format("a block of observations cannot be written; tried again: {}", made.error().what));
      problem = made.error();
    }
    changed.notify_all();
  }
  void sync_present(std::unique_lock<std::mutex>& guard) {
    const Descriptor copy{present_fd ? ::fcntl(present_fd.get(), F_DUPFD_CLOEXEC, 0) : -1};
    guard.unlock();
    if (copy) ::fdatasync(copy.get());
    guard.lock();
  }

  struct Waiting {
    std::vector<Observation> observations;
    fs::path file;
  };
  StoreOptions options;
  fs::path folder;
  Descriptor lock;
  std::unique_ptr<store::Maker> maker;  ///< the block thread's, once it runs

  std::vector<Observation> present;
  std::unordered_set<ServiceId> targets;
  Timestamp present_day, present_from;
  fs::path present_path;
  std::uint64_t present_size = 0, next_present = 1, newest = 0, refused = 0, lost = 0;
  std::string record;
  bool failing = false;

  std::mutex files;               ///< held while files of days are written, or taken away
  std::mutex mutex;
  std::condition_variable changed;
  Descriptor present_fd;          ///< set under the mutex
  std::deque<Waiting> waiting;    ///< under the mutex
  std::optional<Error> problem;   ///< of the last try; under the mutex
  bool retry = false;             ///< now; under the mutex
  std::jthread thread;
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(StoreOptions options) {
  if (options.vantage.empty()) return fail(Code::bad_argument, "a store needs a vantage's name");
  auto state = std::make_unique<State>(std::move(options));
  KULLA_CHECK(state->start());
  return Store{std::move(state)};
}
Result<> Store::append(const Observation& observation) { return state_->append(observation); }
Result<> Store::sync() { return state_->sync(); }
Result<> Store::flush() { return state_->flush(); }
Result<> Store::set_targets(const std::vector<Target>& targets, Timestamp from) {
  return store::add_targets(state_->folder, targets, from, [this](const std::string& line) { state_->say(line); });
}
Result<> Store::retire(Timestamp before) {
  const std::lock_guard alone{state_->files};
  return store::retire_days(state_->folder, state_->options.vantage, state_->maker->key(), before);
}
const std::filesystem::path& Store::folder() const { return state_->folder; }
const SecretKey& Store::key() const { return state_->maker->key(); }
std::uint64_t Store::newest() const { return state_->newest; }
std::uint64_t Store::refused() const { return state_->refused; }
std::uint64_t Store::lost() const { return state_->lost; }

}  // namespace kulla::outage
