// What the daemon says as it decides: follows its timeline on a thread of its own. Attempts, which come without end, are only counted.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "model/fact.hpp"

namespace kulla::drill {

class Feed {
 public:
  using Facts = std::vector<Fact>;
  /// `hear` is called for each notable fact, on the feed's thread.
  Feed(std::filesystem::path control, std::function<void(const Fact&)> hear);
  ~Feed() { stop(); }
  Feed(const Feed&) = delete;
  /// The daemon must have ended before, or ends soon.
  void stop();
  /// Waits until `holds` of all notable facts so far; false when the time passes or somebody stops.
  bool wait(const std::function<bool(const Facts&)>& holds, std::chrono::milliseconds patience, const std::function<bool()>& stopped);
  [[nodiscard]] std::size_t attempts() const { return attempts_; }

 private:
  void follow();
  bool take(const json::object& line);
  const std::filesystem::path control_;
  const std::function<void(const Fact&)> hear_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Facts facts_;
  std::uint64_t next_ = 1;
  std::atomic<std::size_t> attempts_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace kulla::drill
