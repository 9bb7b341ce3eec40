// The last inspection report of each system, as its file holds it: up to a quarter of a gigabyte. All who ask at the same time share one
// text, which is kept no longer than one of them holds it. Any thread.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/names.hpp"

namespace kulla::daemon {

class Reports {
 public:
  using Text = std::shared_ptr<const std::string>;
  struct Limits {
    std::size_t one = std::size_t{256} << 20;       ///< bytes of a report: a million findings
    std::size_t together = std::size_t{512} << 20;  ///< of all that are still being sent
  };
  explicit Reports(Limits limits) : limits_(limits) {}
  Reports() : Reports(Limits{}) {}

  /// Code::not_found where there is no such file, Code::too_large, Code::timed_out where too much is being sent to others.
  [[nodiscard]] Result<Text> of(const SystemId& system, const std::filesystem::path& file);

 private:
  struct Held {
    SystemId system;
    std::filesystem::file_time_type written;
    std::weak_ptr<const std::string> text;
  };
  const Limits limits_;
  std::mutex mutex_;  ///< held while a file is read, so that one is read at a time, and once
  std::vector<Held> held_;
};

}  // namespace kulla::daemon
