// Breaks one part on purpose, from outside, to test the drill's own checks: each must end the drill with that check failed.
#pragma once
#include <boost/describe.hpp>

#include "drill/processes.hpp"
#include "drill/world.hpp"

namespace kulla::drill {

BOOST_DEFINE_ENUM_CLASS(Sabotage, none, leak, approval, restore, inspection, ledger)

class Saboteur {
 public:
  Saboteur(const World& world, const Processes& processes) : world_(world), processes_(processes) {}
  /// For a second, sets a closed service open again in the gate's live map, as fast as it can.
  [[nodiscard]] Result<> leak(const std::string& service) const;
  /// Holds the daemon and opens the services at the gate by hand.
  [[nodiscard]] Result<> open_by_hand(const std::vector<std::string>& services) const;
  void let_daemon_go() const;
  /// Corrupts the largest pack of the breached system's backup.
  [[nodiscard]] Result<> damage_backup() const;
  /// The insider with the baseline key takes the attacked systems' baselines as they are now.
  [[nodiscard]] Result<> retake_baselines() const;
  /// One byte of a stored fact.
  [[nodiscard]] Result<> alter_ledger() const;

 private:
  [[nodiscard]] Result<> set_live(const std::string& service) const;
  const World& world_;
  const Processes& processes_;
};

}  // namespace kulla::drill
