// What else failed: for each vantage its other targets now, and for each outage those that began with it. Pure.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "outage/evidence.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

/// Which targets share a network: the one that is declared, else the /24 or /48 of the address, else the host's name.
class Networks {
 public:
  explicit Networks(const std::vector<Target>& targets);
  /// The address that a target turned out to have counts only where none was declared and none is in its URL.
  void learn(std::size_t target, const std::string& address);
  [[nodiscard]] const std::string& of(std::size_t target) const { return names_[target]; }

 private:
  std::vector<std::string> names_;
  std::vector<bool> final_;
};

/// What a vantage's targets were at its last look.
class VantageNow {
 public:
  explicit VantageNow(std::size_t targets) : last_(targets, Look::none) {}
  void take(std::size_t target, const Observation& observation);
  /// Sets `seen.others…` and `seen.networks…` where more of them fail than before.
  void worst(std::size_t target, const Networks& networks, Timestamp now, VantageSeen& seen);

 private:
  enum class Look : char { none, good, failing, cut };  ///< cut: failing in a way that a line does
  void count(const Networks& networks);

  std::vector<Look> last_;
  Timestamp counted_at_{};
  int targets_ = 0, cut_ = 0, networks_ = 0, networks_cut_ = 0;
};

/// An outage as its neighbours see it.
struct Neighbour {
  std::size_t target;
  Interval onset;
  bool cut;  ///< its main symptom is one that a line has
};
/// For each of them, by position. `looked_at`: targets of which there is data.
[[nodiscard]] std::vector<Company> companies(const std::vector<Neighbour>& outages, const std::vector<Target>& targets,
                                             const Networks& networks, const std::vector<bool>& looked_at);

/// A server can hardly have done it: no connection, no route, no name server.
[[nodiscard]] bool is_cut(Symptom symptom);

}  // namespace kulla::outage
