// Watches the files of the rules, and puts new rules in the place of the old ones while the gate's log goes on: no line is lost, and what
// was counted goes on. Rules that cannot be loaded change nothing, and that is said.
#pragma once
#include <thread>

#include "base/hash.hpp"
#include "detect/detector.hpp"

namespace kulla::daemon {

class GateLogSensor;

class RuleWatch {
 public:
  /// `sensor` outlives it. Files are looked at every `pause`; a change is taken once it has stood for one.
  RuleWatch(detect::Settings settings, Pseudonyms pseudonyms, GateLogSensor& sensor,
            std::chrono::milliseconds pause = std::chrono::seconds{2});

 private:
  void watch(const std::stop_token& stop);
  void renew();
  [[nodiscard]] Digest state_of_files() const;

  const detect::Settings settings_;
  const Pseudonyms pseudonyms_;
  GateLogSensor& sensor_;
  const std::chrono::milliseconds pause_;
  Digest known_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace kulla::daemon
