// The other rehearsal: one person closes the whole gateway, as in July 2022; every system is inspected, every data set proved, and each
// service is reopened by two officers as soon as it is verified. No attack. It measures how long the way back takes, and what deciding costs.
#pragma once
#include "drill/drill.hpp"
#include "drill/world.hpp"

namespace kulla::drill {

/// From the asking for all verifications; a time that was never reached is -1.
struct Reopening {
  std::size_t services = 0, systems = 0, opened = 0, before_approval = 0;
  double closed_ms = -1;  ///< from the order to the gate's last confirmation, before all that follows
  double verified_ms = -1, open_ms = -1;
  double deciding_ms = -1;  ///< the processor time of the daemon's core thread
  [[nodiscard]] double deciding_share() const { return open_ms > 0 ? deciding_ms / open_ms : -1; }
  [[nodiscard]] bool passed() const {
    return opened == services && before_approval == 0 && deciding_share() >= 0 && deciding_share() <= 0.01;
  }
};

[[nodiscard]] Result<Reopening> reopen_all(const World& world, Story& story, const std::function<bool()>& stopped);
void show(const Reopening& reopening, Story& story);

}  // namespace kulla::drill
