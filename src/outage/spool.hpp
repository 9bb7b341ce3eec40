// What a vantage saw and the daemon has not acknowledged: on disk, so that neither a kill nor a restart of either loses it.
//
// FOLDER/FIRST-BEGIN.seg are segments, each of at most 4 MiB: FIRST is the number of its first record, BEGIN the number with which the
// present stretch of consecutive numbers began, 16 digits each. A record is one line of text, NUMBER CHECK LINE, where CHECK is the first 16
// hexadecimal digits of SHA-256 of "NUMBER LINE". What does not hold is skipped and counted. FOLDER/state.json says in which boot the folder
// was last opened, and, once it was closed well, the last number. FOLDER/lock is held by the process that writes.
//
// A record is handed to the kernel before `append` returns: a killed process loses none. `sync`, once a second, puts it onto the disk: a
// power cut takes a second at most. As nobody knows then which numbers were used, the next stretch begins further on, at the wall clock in
// microseconds; each segment's first line to the daemon, {"begins":BEGIN}, tells a jump from a loss.
#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/time.hpp"

namespace kulla::outage {

struct SpoolSettings {
  std::filesystem::path folder;  ///< made where it is missing, 0700
  std::uint64_t limit = std::uint64_t{1024} << 20;  ///< bytes on disk; beyond, the oldest segment goes
  std::size_t segment = std::size_t{4} << 20;  ///< bytes in one file
  std::size_t kept_lines = 200'000;  ///< in memory while the disk takes none; about 80 MB
  /// The seam for a disk that fails.
  std::function<Result<>(int file, std::string_view bytes)> write = [](int file, std::string_view bytes) {
    return write_all(file, bytes, "spool");
  };
};

[[nodiscard]] std::string spool_record(std::uint64_t number, std::string_view line);
struct SpoolRead {
  std::size_t used = 0;  ///< bytes up to the end of the last whole line
  std::uint64_t damaged = 0;
};
/// Hands out what holds among the whole lines of `bytes`. Pure.
[[nodiscard]] SpoolRead each_spool_record(std::string_view bytes, const std::function<void(std::uint64_t, std::string_view)>& record);

/// Any thread may call; `read`, `rewind`, `acknowledge` and `sync` are the sender's.
class Spool {
 public:
  /// Code::io where the folder cannot be used, Code::refused while another process writes it.
  [[nodiscard]] static Result<std::unique_ptr<Spool>> open(SpoolSettings settings, const Clock& clock);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Of the next line: one more than the last one's, or where a new stretch begins.
  [[nodiscard]] std::uint64_t next_number() const;
  /// Numbers rise; a line with one that does not is dropped and counted. Without line end.
  void append(std::uint64_t number, std::string_view line);

  /// What comes after what was read, as lines with their ends; about `size` bytes of it. Empty: nothing is left.
  [[nodiscard]] std::string read(std::size_t size);
  /// The next `read` begins after this number.
  void rewind(std::uint64_t number);
  /// Up to this number nothing is needed any more.
  void acknowledge(std::uint64_t number);
  /// Onto the disk with it, and some of what waits in memory too: false where more of it could go at once.
  bool sync();

  struct Counts {
    std::uint64_t over_limit = 0;  ///< lines that were dropped with the oldest segments
    std::uint64_t damaged = 0;  ///< records that did not hold
    std::uint64_t waiting = 0;  ///< lines that are in memory alone
    std::uint64_t lost = 0;  ///< lines that had no room there either, or numbers that did not rise
    std::uint64_t foreign = 0;  ///< a number the daemon acknowledged that this spool never gave; 0: none
    std::string problem{};  ///< why the disk takes nothing now
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct Segment {
    std::filesystem::path path;
    std::uint64_t begin = 0, bytes = 0;
    std::uint64_t checked = 0;  ///< bytes whose damage was counted
  };
  using Segments = std::map<std::uint64_t, Segment>;
  struct Waiting {
    std::uint64_t number;
    std::string line;
  };
  struct Cursor {
    Descriptor file;
    std::uint64_t first = 0, at = 0;
  };
  Spool(SpoolSettings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {}

  Result<> lock_folder();
  Result<> find_segments();
  Result<> find_place();
  Result<> write_state(bool closed) const;
  [[nodiscard]] std::uint64_t last_in(std::uint64_t first, Segment& segment, bool& whole) const;

  bool put(std::uint64_t number, std::string_view line);
  [[nodiscard]] bool put_some_that_wait();
  Result<> begin_segment(std::uint64_t number);
  void keep_within_limit();
  void drop(Segments::iterator segment);
  [[nodiscard]] bool go_to_next_segment(std::string& out);
  [[nodiscard]] bool read_segment(std::string& out);
  [[nodiscard]] std::uint64_t last_of(Segments::const_iterator segment) const;

  const SpoolSettings settings_;
  const Clock& clock_;
  Descriptor lock_;
  mutable std::mutex mutex_;
  Segments segments_;  ///< by the first number; the newest stays, as it tells where the numbers are
  std::shared_ptr<Descriptor> writing_;
  std::vector<std::shared_ptr<Descriptor>> unsynced_;
  bool names_unsynced_ = false;
  bool state_written_ = false;  ///< not while there are lines that no segment shows
  std::deque<Waiting> waiting_;
  Cursor cursor_;
  std::uint64_t last_ = 0, begin_ = 0, read_ = 0, acknowledged_ = 0, bytes_ = 0;
  Counts counts_;
};

}  // namespace kulla::outage
