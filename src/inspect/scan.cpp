#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cmath>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>

#include "base/path_text.hpp"
#include "base/tree_walk.hpp"
#include "inspect/inspect.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
constexpr std::int64_t file_limit = std::int64_t{64} << 30;  // a sparse file claims any size; this is an hour of reading a disk
constexpr std::uint64_t sample_size = 64 * 1024;             // enough to tell noise from text
constexpr std::uint64_t sample_least = 32;                   // below, anything looks random
constexpr std::int64_t progress_every = 256;

/// Looks at the beginning of a file as it passes by.
class Sample {
 public:
  void add(std::string_view piece) {
    if (head_.size() < head_size) head_ += piece.substr(0, head_size - head_.size());
    for (char c : piece.substr(0, sample_size - taken_)) ++counts_[static_cast<unsigned char>(c)];
    taken_ += std::min<std::uint64_t>(piece.size(), sample_size - taken_);
  }
  [[nodiscard]] Look look(std::string_view name, mode_t mode) const {
    const bool enough = taken_ >= sample_least;
    return {why_runnable(name, mode, head_), enough && kinds() == 1, enough && noisy()};
  }

 private:
  [[nodiscard]] int kinds() const {
    int kinds = 0;
    for (auto count : counts_) kinds += count != 0;
    return kinds;
  }
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

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::regular;
  if (S_ISDIR(mode)) return FileType::folder;
  return S_ISLNK(mode) ? FileType::link : FileType::other;
}

/// One thread walks, and others read what it meets.
class Scan {
 public:
  explicit Scan(const std::function<void(std::int64_t)>& progress) : progress_(progress) {}

  void met(const Met& met) {
    Entry entry{
        .type = type_of(met.status.st_mode), .uid = met.status.st_uid, .gid = met.status.st_gid, .mode = met.status.st_mode & 07777};
    if (entry.type == FileType::link) {
      if (auto target = link_target(met)) entry.target = std::move(*target);
      else unreadable(met.path, target.error().what);
    }
    if (auto attributes = extended_attributes(met)) entry.attributes = std::move(*attributes);
    else unreadable(met.path, attributes.error().what);
    const auto kept = scanned_.tree.insert_or_assign(met.path, std::move(entry)).first;
    if (kept->second.type == FileType::regular) read_aside(met, kept->first, kept->second);
    if (progress_ && ++files_ % progress_every == 0) progress_(files_);
  }
  void unreadable(const std::string& path, std::string_view why) {
    const std::scoped_lock lock{mutex_};
    scanned_.unreadable.push_back(
        {escape_path(path), Kind::unreadable, Severity::high, "", "", fmt::format("could not be inspected: {}", why)});
  }
  Scanned finish() {
    readers_.join();
    if (progress_) progress_(files_);
    return std::move(scanned_);
  }

 private:
  static constexpr std::ptrdiff_t waiting = 128;  // files to be read, each with a descriptor

  /// `path` and `entry` stay where they are.
  void read_aside(const Met& met, const std::string& path, Entry& entry) {
    Descriptor named{::fcntl(met.descriptor, F_DUPFD_CLOEXEC, 0)};
    if (!named) return unreadable(path, "no descriptor is free");
    room_.acquire();
    boost::asio::post(readers_, [this, &path, &entry, status = met.status, named = std::move(named)] {
      if (const auto read = content({path, status, named.get()}, entry); !read) unreadable(path, read.error().what);
      room_.release();
    });
  }
  Result<> content(const Met& met, Entry& entry) {
    Sha256 hash;
    Sample sample;
    entry.size = met.status.st_size;
    entry.links = static_cast<std::int64_t>(met.status.st_nlink);
    const auto read = read_met(met, file_limit, [&](std::string_view piece) {
      hash.add(piece);
      sample.add(piece);
    });
    entry.content = hash.finish();
    const std::string_view name{std::string_view(met.path).substr(met.path.rfind('/') + 1)};
    if (auto look = sample.look(name, met.status.st_mode); !look.runs.empty() || look.uniform || look.random) {
      const std::scoped_lock lock{mutex_};
      scanned_.looks.emplace(met.path, std::move(look));
    }
    return read;
  }

  const std::function<void(std::int64_t)>& progress_;
  Scanned scanned_;
  std::mutex mutex_;  // of what readers add to: looks and unreadable
  std::int64_t files_ = 0;
  std::counting_semaphore<waiting> room_{waiting};
  boost::asio::thread_pool readers_{std::clamp(std::thread::hardware_concurrency(), 1U, 8U)};  // last: it uses all the others
};
}  // namespace

Result<Scanned> scan(const std::filesystem::path& root, const std::function<void(std::int64_t)>& progress) {
  Scan scan{progress};
  KULLA_CHECK(walk(
      root, {[&](const Met& met) { scan.met(met); }, [&](const std::string& path, std::string_view why) { scan.unreadable(path, why); }}));
  return scan.finish();
}
}  // namespace kulla::inspect
