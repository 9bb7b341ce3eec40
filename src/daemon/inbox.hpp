// The core's inbox: two bounded lanes, so that what closes never waits behind what does not.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <variant>

#include "incident/state.hpp"
#include "model/input.hpp"

namespace kulla::daemon {

/// A question to the core, answered on its thread.
using Query = std::function<void(const incident::State&)>;
/// An input without its time: the core stamps it when it takes it.
using Letter = std::variant<InputBody, Query>;

class Inbox {
 public:
  enum class Lane { urgent, normal };

  /// False when the lane is full: the letter is dropped, and counted.
  bool post(Letter letter, Lane lane = Lane::normal) {
    {
      const std::scoped_lock lock{mutex_};
      auto& letters = lane == Lane::urgent ? urgent_ : normal_;
      if (letters.size() >= (lane == Lane::urgent ? urgent_capacity : normal_capacity)) {
        ++dropped_;
        return false;
      }
      letters.push_back(std::move(letter));
    }
    ready_.notify_one();
    return true;
  }
  /// The next letter, urgent ones first; nothing when `until` passes.
  std::optional<Letter> take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock{mutex_};
    ready_.wait_until(lock, until, [this] { return !urgent_.empty() || !normal_.empty(); });
    auto& letters = urgent_.empty() ? normal_ : urgent_;
    if (letters.empty()) return std::nullopt;
    std::optional<Letter> letter{std::move(letters.front())};
    letters.pop_front();
    return letter;
  }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  static constexpr std::size_t urgent_capacity = 100'000;  // effects, commands and confirmations: far more than there are services
  static constexpr std::size_t normal_capacity = 50'000;   // attempts: seconds of the worst flood the detectors let through
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Letter> urgent_, normal_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace kulla::daemon
