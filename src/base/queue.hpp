// A bounded queue between two threads. A full queue refuses; the refused are counted, so that a loss is never silent.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace kulla {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False when full or closed; counted.
  bool push(T item) {
    {
      const std::scoped_lock lock{mutex_};
      if (closed_ || items_.size() >= capacity_) {
        ++dropped_;
        return false;
      }
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return true;
  }
  /// Waits up to `patience`; nothing when it passes, or when closed and empty.
  std::optional<T> pop(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    ready_.wait_for(lock, patience, [this] { return closed_ || !items_.empty(); });
    return take();
  }
  std::optional<T> try_pop() {
    const std::scoped_lock lock{mutex_};
    return take();
  }
  void close() {
    {
      const std::scoped_lock lock{mutex_};
      closed_ = true;
    }
    ready_.notify_all();
  }
  [[nodiscard]] bool open() const {
    const std::scoped_lock lock{mutex_};
    return !closed_;
  }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::size_t size() const {
    const std::scoped_lock lock{mutex_};
    return items_.size();
  }

 private:
  std::optional<T> take() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item{std::move(items_.front())};
    items_.pop_front();
    return item;
  }
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;
  std::atomic<std::uint64_t> dropped_ = 0;
  bool closed_ = false;
};

}  // namespace kulla
