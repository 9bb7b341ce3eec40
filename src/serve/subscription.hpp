// One reader's place in the live stream: a bounded queue of ready-made events between the thread that makes them and the I/O thread that
// sends them. An event's text is shared by all readers. Who reads too slowly is closed, not waited for.
#pragma once
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace kulla::serve {

/// One event as text/event-stream (WHATWG HTML, 9.2), with the empty line that ends it: "id: 7\nevent: facts\ndata: {…}\n\n".
using EventText = std::shared_ptr<const std::string>;

class Subscription {
 public:
  static constexpr std::size_t default_limit = std::size_t{4} << 20;  ///< ten seconds of 1,000 facts/s of 400 bytes
  explicit Subscription(std::size_t limit = default_limit) : limit_(limit) {}
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// False when closed, or when it closes now as more than `limit` bytes would wait: forget this reader then.
  bool push(EventText event);
  /// The oldest event; none when there is none now. What was pushed before it was closed by close() can still be taken.
  [[nodiscard]] EventText pop();
  /// The end; of either side, any thread.
  void close();
  [[nodiscard]] bool closed() const;
  [[nodiscard]] bool too_slow() const;
  /// `wake` is called on the pushing thread at each push and at the close, under a lock: it may post, and nothing else. Empty: no more
  /// calls, and none is under way when this returns.
  void on_news(std::function<void()> wake);

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::deque<EventText> events_;
  std::size_t waiting_ = 0;  ///< bytes
  bool closed_ = false, too_slow_ = false;
  std::function<void()> wake_;
};

}  // namespace kulla::serve
