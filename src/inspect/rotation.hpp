// Logs that were rotated: x becomes x.1 or x-20260101, that becomes x.2.gz, and the oldest goes. What changed among them is expected
// where every old content went where a rotation puts it; an intruder's edit is not.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/entry.hpp"

namespace kulla::inspect {

/// What a compressed file holds.
struct Unpacked {
  std::int64_t size = 0;
  Digest whole{};
  Digest beginning{};  ///< of as many bytes as were asked for, or of all where there are fewer
};
/// Unpacks an open file that may be hostile, elsewhere; an error beyond `most` bytes.
using Unpack = std::function<Result<Unpacked>(int file, std::int64_t beginning, std::int64_t most)>;

struct RotatedName {
  std::string log;         ///< x.log of x.log.1, x.log-20260101 and x.log.2.gz; x of x-2026-01-01.log; empty: no name of a rotated file
  std::string date{};      ///< the digits of its date, if it has one
  int number = 0;          ///< how many came after it, if it has no date
  bool packed = false;     ///< compressed
};
[[nodiscard]] RotatedName rotated(std::string_view path);

/// All logs of a root with their neighbours, as they were and as they are.
class Rotations {
 public:
  /// A log that did not only grow, or a neighbour of one: what it was and is, the same or not.
  void add(const std::string& path, const std::optional<Entry>& before, const std::optional<Entry>& now,
           std::optional<std::size_t> finding);
  /// The findings that are expected. `root`: read once more; empty: nothing is believed that only its files could prove.
  [[nodiscard]] std::set<std::size_t> expected(const std::string& root, const Unpack& unpack) const;

 private:
  struct Content {
    std::int64_t size;
    Digest digest;
  };
  struct Member {
    std::string path;
    RotatedName name;
    std::optional<Content> before, now;
    std::optional<std::size_t> finding;
    [[nodiscard]] bool changed() const { return finding.has_value() || !before || !now; }
  };
  struct Family {
    std::vector<Member> members;
    std::optional<Content> begun;  ///< what the log was, where that is not the beginning of what it is
    std::optional<std::size_t> finding;
  };
  class Proof;
  std::map<std::string, Family> families_;  ///< by the name of the log
  std::size_t members_ = 0;
};

}  // namespace kulla::inspect
