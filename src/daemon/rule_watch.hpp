// Watches the files of the rules, and has them loaded anew when they changed, while the logs go on.
#pragma once
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/hash.hpp"

namespace kulla::daemon {

class RuleWatch {
 public:
  /// `renew` is called on a thread of its own. Files are looked at every `pause`; a change is taken once it has stood for one.
  RuleWatch(std::vector<std::filesystem::path> paths, std::function<void()> renew,
            std::chrono::milliseconds pause = std::chrono::seconds{2});

 private:
  void watch(const std::stop_token& stop);
  [[nodiscard]] Digest state_of_files() const;

  const std::vector<std::filesystem::path> paths_;
  const std::function<void()> renew_;
  const std::chrono::milliseconds pause_;
  Digest known_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace kulla::daemon
