#include "inspect/survey.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>

#include "base/canonical_json.hpp"
#include "base/tree_walk.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
constexpr std::int64_t file_limit = std::int64_t{64} << 30;  // a sparse file claims any size; this is an hour of reading a disk
constexpr std::uint64_t sample_size = 64 * 1024;             // enough to tell noise from text
constexpr std::uint64_t sample_least = 32;                   // below, anything looks random
constexpr std::int64_t progress_every = 256;
constexpr std::int64_t settled_us = 2'000'000;               // a file changed just before it was read may change again at the same time

/// Looks at the beginning of a file as it passes by.
class Sample {
 public:
  void add(std::string_view piece) {
    if (head_.size() < head_size) head_ += piece.substr(0, head_size - head_.size());
    for (char c : piece.substr(0, sample_size - taken_)) ++counts_[static_cast<unsigned char>(c)];
    taken_ += std::min<std::uint64_t>(piece.size(), sample_size - taken_);
  }
  void say(std::string_view name, mode_t mode, Look& look) const {
    const bool enough = taken_ >= sample_least;
    look.runs = why_runnable(name, mode, head_);
    look.uniform = enough && std::ranges::count(counts_, 0U) == std::ssize(counts_) - 1;
    look.random = enough && noisy();
  }

 private:
  /// Entropy close to the most that this many bytes can have, and too many bytes that no text has: base64 is not noise.
  [[nodiscard]] bool noisy() const {
    const auto total = static_cast<double>(taken_);
    double bits = 0, odd = 0;
    for (std::size_t byte = 0; byte < counts_.size(); ++byte) {
      const auto share = static_cast<double>(counts_[byte]) / total;
      if (share > 0) bits -= share * std::log2(share);
      if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte >= 0x7F) odd += share;
    }
    return bits > 0.87 * std::min(8.0, std::log2(total)) && odd > 0.3;
  }
  std::string head_;
  std::array<std::uint32_t, 256> counts_{};
  std::uint64_t taken_ = 0;
};

/// Whether a content begins with another that is known by its size and hash alone.
class Beginning {
 public:
  explicit Beginning(const Entry* before) : left_(before ? before->size : 0), before_(before) {}
  void add(std::string_view piece) {
    const auto part = piece.substr(0, static_cast<std::size_t>(std::min<std::int64_t>(left_, std::ssize(piece))));
    if (!part.empty()) hash_.add(part);
    left_ -= std::ssize(part);
  }
  bool is_there() { return before_ && left_ == 0 && hash_.finish() == before_->content; }

 private:
  std::int64_t left_;
  const Entry* before_;
  Sha256 hash_;
};

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::regular;
  if (S_ISDIR(mode)) return FileType::folder;
  if (S_ISLNK(mode)) return FileType::link;
  if (S_ISSOCK(mode)) return FileType::socket;
  if (S_ISFIFO(mode)) return FileType::pipe;
  return S_ISBLK(mode) ? FileType::block : FileType::character;
}

/// Numbers come from a file system that anybody may have made: they stay within what JSON keeps exactly.
std::int64_t bounded(std::int64_t number) { return std::clamp(number, -integer_limit, integer_limit); }
std::int64_t microseconds(const timespec& time) {
  return bounded(std::clamp<std::int64_t>(time.tv_sec, -integer_limit / 1'000'000, integer_limit / 1'000'000) * 1'000'000 +
                 time.tv_nsec / 1000);
}

Entry entry_of(const struct ::stat& status) {
  Entry entry{.type = type_of(status.st_mode), .uid = status.st_uid, .gid = status.st_gid, .mode = status.st_mode & 07777};
  if (entry.type == FileType::block || entry.type == FileType::character)
    entry.attributes.emplace("device", fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev)));
  if (entry.type != FileType::regular) return entry;
  entry.size = bounded(status.st_size);
  entry.links = bounded(static_cast<std::int64_t>(status.st_nlink));
  entry.modified = microseconds(status.st_mtim);
  entry.changed = microseconds(status.st_ctim);
  entry.inode = static_cast<std::int64_t>(status.st_ino & static_cast<std::uint64_t>(integer_limit - 1));
  return entry;
}

struct Inode {
  std::string flags;      ///< what chattr sets: it keeps an intruder's file from being removed, or a log from being written
  bool mounted = false;   ///< something is mounted here
};
Inode inode_of(const Met& met) {
  Inode inode;
  struct ::statx about{};
  if (::statx(met.descriptor, "", AT_EMPTY_PATH, STATX_TYPE, &about) != 0) return inode;
  inode.mounted = met.path != "." && (about.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  if (about.stx_attributes & STATX_ATTR_IMMUTABLE) inode.flags += "immutable ";
  if (about.stx_attributes & STATX_ATTR_APPEND) inode.flags += "append-only ";
  if (!inode.flags.empty()) inode.flags.pop_back();
  return inode;
}

/// What the kernel or a program makes up, and what lies on other machines: neither is of this system's disk.
bool is_foreign(const Met& met) {
  static constexpr std::array<std::uint32_t, 22> kinds{PROC_SUPER_MAGIC,
                                                       FUSE_SUPER_MAGIC,
                                                       SYSFS_MAGIC,
                                                       DEVPTS_SUPER_MAGIC,
                                                       CGROUP_SUPER_MAGIC,
                                                       CGROUP2_SUPER_MAGIC,
                                                       SECURITYFS_MAGIC,
                                                       DEBUGFS_MAGIC,
                                                       TRACEFS_MAGIC,
                                                       BPF_FS_MAGIC,
                                                       EFIVARFS_MAGIC,
                                                       PSTOREFS_MAGIC,
                                                       AUTOFS_SUPER_MAGIC,
                                                       HUGETLBFS_MAGIC,
                                                       NSFS_MAGIC,
                                                       SELINUX_MAGIC,
                                                       NFS_SUPER_MAGIC,
                                                       SMB_SUPER_MAGIC,
                                                       0xFF534D42 /* cifs */,
                                                       0xFE534D42 /* smb2 */,
                                                       0x62656570 /* configfs */,
                                                       0x65735543 /* fusectl */};
  struct ::statfs about{};
  return ::fstatfs(met.descriptor, &about) == 0 && std::ranges::find(kinds, static_cast<std::uint32_t>(about.f_type)) != kinds.end();
}

/// A source, read on as far as is asked for.
class Ahead {
 public:
  explicit Ahead(const Source& source) : source_(source) {}
  /// Hands out what comes before `path`, and what is at it. An empty path is the end.
  Result<std::optional<Entry>> up_to(std::string_view path, const std::function<Result<>(Recorded&&)>& before) {
    for (;; head_.reset()) {
      if (!head_ && source_) {
        KULLA_TRY(head_, source_());
      }
      if (!head_) return std::nullopt;
      const auto order = path.empty() ? std::strong_ordering::less : compare_paths(head_->path, path);
      if (order > 0) return std::nullopt;
      if (order == 0) return std::exchange(head_, std::nullopt)->entry;
      KULLA_CHECK(before(std::move(*head_)));
    }
  }

 private:
  const Source& source_;
  std::optional<Recorded> head_;
};

/// One thread walks, others read what it meets, and what is done is handed on in the order of the walk.
class Survey {
 public:
  Survey(const Source& before, const SurveyOptions& options, const std::function<Result<>(Pair&&)>& sink)
      : before_(before), options_(options), sink_(sink), taken_us_(options.taken.time_since_epoch().count()) {}

  void met(const Met& met) {
    if (!going()) return;
    root_device_ = met.path == "." ? met.status.st_dev : root_device_;
    Pair pair{.path = met.path, .now = entry_of(met.status)};
    if (!beside(pair)) return;
    if (options_.progress && ++things_ % progress_every == 0) options_.progress(things_);
    auto& entry = *pair.now;
    if (as_promised(pair)) return take_as_it_was(std::move(pair));
    if (entry.type == FileType::link) {
      if (auto target = link_target(met)) entry.target = std::move(*target);
      else pair.problem = std::move(target).error().what;
    }
    if (auto attributes = extended_attributes(met)) entry.attributes.merge(std::move(*attributes));
    else pair.problem = std::move(attributes).error().what;
    auto inode = inode_of(met);
    if (!inode.flags.empty()) entry.attributes.emplace("flags", std::move(inode.flags));
    if (const bool inside = enter(met); inode.mounted || !inside)
      entry.attributes.emplace("mount", inside ? "looked into" : "not looked into");
    if (entry.type == FileType::regular) read_aside(met, std::move(pair));
    else push(std::move(pair), true);
  }
  void unreadable(const std::string& path, std::string_view why) {
    if (!going()) return;
    Pair pair{.path = path, .problem = std::string(why)};
    if (beside(pair)) push(std::move(pair), true);
  }
  [[nodiscard]] bool enter(const Met& met) const { return outcome_ && (met.status.st_dev == root_device_ || !is_foreign(met)); }

  Result<> finish() {
    if (outcome_) {
      const auto rest = before_.up_to("", [this](Recorded&& gone) { return removed(std::move(gone)); });
      if (!rest) outcome_ = std::unexpected(rest.error());
    }
    readers_.join();
    while (outcome_ && !window_.empty()) hand_on();
    if (options_.progress) options_.progress(things_);
    return outcome_;
  }

 private:
  static constexpr std::ptrdiff_t waiting = 128;    // files to be read, each with a descriptor
  static constexpr std::size_t window_most = 8192;  // things that wait for one before them; more than one
  struct Slot {
    Pair pair;
    bool done = false;
  };

  bool going() {
    if (outcome_ && options_.stop.stop_requested()) outcome_ = fail(Code::interrupted, "the inspection");
    return outcome_.has_value();
  }
  Result<> removed(Recorded&& gone) {
    push({.path = std::move(gone.path), .before = std::move(gone.entry)}, true);
    return outcome_;
  }
  /// Finds what was there; what was there before it in the order, and is no more, is handed on first.
  bool beside(Pair& pair) {
    auto found = before_.up_to(pair.path, [this](Recorded&& gone) { return removed(std::move(gone)); });
    if (found) pair.before = std::move(*found);
    else outcome_ = std::unexpected(std::move(found).error());
    return outcome_.has_value();
  }

  Slot& push(Pair pair, bool done) {
    auto& slot = *window_.emplace_back(std::make_unique<Slot>(Slot{std::move(pair), done}));
    while (outcome_ && !window_.empty() && (window_.size() > window_most || front_is_done())) hand_on();
    return slot;
  }
  bool front_is_done() {
    const std::scoped_lock lock{mutex_};
    return window_.front()->done;
  }
  /// The first of the window, once it is done.
  void hand_on() {
    {
      std::unique_lock lock{mutex_};
      ready_.wait(lock, [this] { return window_.front()->done; });
    }
    const auto slot = std::move(window_.front());
    window_.pop_front();
    if (auto taken = sink_(std::move(slot->pair)); !taken) outcome_ = std::move(taken);
  }

  [[nodiscard]] bool as_promised(const Pair& pair) const {
    if (!options_.quick || options_.examine_all || !pair.before || pair.now->type != FileType::regular) return false;
    const auto &was = *pair.before, &is = *pair.now;
    return was.type == is.type && was.size == is.size && was.modified == is.modified && was.changed == is.changed &&
           was.inode == is.inode && is.changed < taken_us_ - settled_us;
  }

  /// Its attributes too: whoever changes them changes its time of change.
  void take_as_it_was(Pair pair) {
    pair.now->content = pair.before->content;
    pair.now->attributes = pair.before->attributes;
    pair.read = false;
    push(std::move(pair), true);
  }

  void read_aside(const Met& met, Pair pair) {
    Descriptor named{::fcntl(met.descriptor, F_DUPFD_CLOEXEC, 0)};
    if (!named) {
      pair.problem = "no descriptor is free";
      push(std::move(pair), true);
      return;
    }
    auto& slot = push(std::move(pair), false);
    if (!outcome_) return;
    room_.acquire();
    boost::asio::post(readers_, [this, &slot, status = met.status, named = std::move(named)] {
      read({slot.pair.path, status, named.get()}, slot.pair);
      room_.release();
      const std::scoped_lock lock{mutex_};
      slot.done = true;
      ready_.notify_one();
    });
  }
  void read(const Met& met, Pair& pair) const {
    Sha256 hash;
    Sample sample;
    const bool could_grow = pair.before && pair.before->type == FileType::regular && pair.now->size > pair.before->size;
    Beginning beginning{could_grow ? &*pair.before : nullptr};
    const auto all = read_met(met, file_limit, [&](std::string_view piece) {
      if (options_.read) options_.read();
      hash.add(piece);
      sample.add(piece);
      if (could_grow) beginning.add(piece);
    });
    pair.now->content = hash.finish();
    sample.say(name_of(pair.path), met.status.st_mode, pair.look);
    pair.look.grew = could_grow && beginning.is_there();
    if (!all) pair.problem = all.error().what;
    else examine(met, pair);
  }
  void examine(const Met& met, Pair& pair) const {
    const bool as_before = pair.before && pair.before->type == FileType::regular && pair.before->content == pair.now->content;
    if (!options_.examine || (as_before && !options_.examine_all) || pair.now->size == 0) return;
    const auto file = open_named(met.descriptor, met.status.st_mode);
    auto matches = file ? options_.examine(file.get()) : fail_errno("cannot be read");
    if (matches) pair.look.matches = std::move(*matches);
    else pair.look.problem = std::move(matches).error().what;
  }

  Ahead before_;
  const SurveyOptions& options_;
  const std::function<Result<>(Pair&&)>& sink_;
  const std::int64_t taken_us_;
  Result<> outcome_;
  dev_t root_device_ = 0;
  std::int64_t things_ = 0;
  std::deque<std::unique_ptr<Slot>> window_;  // the walking thread's; a slot that is not done is its reader's
  std::mutex mutex_;                          // of `done`
  std::condition_variable ready_;
  std::counting_semaphore<waiting> room_{waiting};
  boost::asio::thread_pool readers_{std::clamp(std::thread::hardware_concurrency(), 1U, 8U)};  // last: it uses all the others
};
}  // namespace

Result<> survey(const std::filesystem::path& root, const Source& before, const SurveyOptions& options,
                const std::function<Result<>(Pair&&)>& sink) {
  Survey survey{before, options, sink};
  KULLA_CHECK(walk(
      root, {[&](const Met& met) { survey.met(met); }, [&](const std::string& path, std::string_view why) { survey.unreadable(path, why); },
             [&](const Met& met) { return survey.enter(met); }}));
  return survey.finish();
}

Result<> pair_up(const Source& before, const Source& now, const std::function<Result<>(Pair&&)>& sink) {
  Ahead ahead{before};
  const auto removed = [&](Recorded&& gone) { return sink({.path = std::move(gone.path), .before = std::move(gone.entry)}); };
  for (;;) {
    KULLA_TRY(auto thing, now());
    KULLA_TRY(auto was, ahead.up_to(thing ? thing->path : "", removed));
    if (!thing) return {};
    KULLA_CHECK(sink({.path = std::move(thing->path), .before = std::move(was), .now = std::move(thing->entry)}));
  }
}

}  // namespace kulla::inspect
