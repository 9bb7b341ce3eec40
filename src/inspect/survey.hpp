// What is below a root now, side by side with what was there, in the order of a tree and as a stream.
#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>

#include "base/time.hpp"
#include "inspect/entry.hpp"

namespace kulla::inspect {

struct Match {
  Severity severity = Severity::high;
  std::string says;         ///< for a person; escaped
  bool incomplete = false;  ///< no malware: a note that not all of it was looked into
  friend bool operator==(const Match&, const Match&) = default;
};
/// What the content of a regular file says of itself; not part of the baseline.
struct Look {
  std::string runs{};           ///< why a server would run it (runnable.hpp); empty: it would not
  bool uniform = false;         ///< nothing but one byte value, again and again
  bool random = false;          ///< as good as random: encrypted, compressed, or noise
  bool grew = false;            ///< what was in it is its beginning still
  std::vector<Match> matches{}; ///< malware (content.hpp)
  std::string problem{};        ///< why nobody could look for malware in it
};

/// One path, as it was and as it is.
struct Pair {
  std::string path;
  std::optional<Entry> before{}, now{};
  Look look{};
  std::string problem{};  ///< why it could not be looked at, or not wholly
  bool read = true;       ///< its content was read; else the file system's promises were taken for it
};

struct SurveyOptions {
  bool quick = false;  ///< no content is read where size, times and number are as before, and were so for two seconds before `taken`
  Timestamp taken{};
  /// Called with a regular file that is to be looked into, from several threads at once; may be empty. The descriptor is open for reading.
  std::function<Result<std::vector<Match>>(int file)> examine{};
  bool examine_all = false;  ///< not only what is new or changed
  std::function<void(std::int64_t things)> progress{};  ///< now and then
  std::function<void()> read{};  ///< whenever something was read, from several threads at once
  std::stop_token stop{};  ///< Code::interrupted
};
/// Walks and hashes, with all cores; `sink` is called on the calling thread, and may end it all with an error. `before` may be empty.
[[nodiscard]] Result<> survey(const std::filesystem::path& root, const Source& before, const SurveyOptions& options,
                              const std::function<Result<>(Pair&&)>& sink);
/// Two sources beside each other.
[[nodiscard]] Result<> pair_up(const Source& before, const Source& now, const std::function<Result<>(Pair&&)>& sink);

}  // namespace kulla::inspect
