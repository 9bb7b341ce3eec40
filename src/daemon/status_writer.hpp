// Keeps the status page written, on a thread of its own: a full or slow disk delays nothing else, and is said.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "serve/status_site.hpp"

namespace kulla::daemon {

class StatusWriter {
 public:
  /// Asked on the writer's thread; nothing where nobody could say.
  using Source = std::function<std::optional<serve::StatusPicture>()>;
  StatusWriter(serve::StatusSite site, std::chrono::milliseconds every, Source source);

  /// Something changed: the page is written soon. Any thread; waits for nothing.
  void nudge();
  struct Health {
    std::string problem;               ///< of the last writing; empty when it was well
    std::optional<Timestamp> written;  ///< of the last that was
    std::size_t files = 0;             ///< of the page
  };
  [[nodiscard]] Health health() const;

 private:
  void work(const std::stop_token& stop);
  void write();

  serve::StatusSite site_;
  const std::chrono::milliseconds every_;
  const Source source_;
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  bool nudged_ = false;
  Health health_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kulla::daemon
