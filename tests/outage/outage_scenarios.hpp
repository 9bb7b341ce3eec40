// A world of targets and vantages in simulated time, and the outages that are drawn in it by a seed: for causes, not for onsets.
#pragma once
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "outage/analysis.hpp"

namespace kulla::outage::test {

using Random = std::mt19937_64;
using Seconds = std::chrono::duration<double>;

/// What one probe meets. `since`: from the moment of failure on, negative before it.
struct Asked {
  Random& random;
  std::size_t vantage;
  std::size_t target;
  double since;
  double usual_ms;   ///< of this vantage, to answer
  double timeout_s;
};
using Behaviour = std::function<void(const Asked&, Observation&)>;

struct World {
  int vantages = 1;
  std::vector<Target> targets;
  std::vector<double> usual_ms;    ///< of each vantage
  double jitter = 0.1, loss = 0;   ///< of a good probe
  double every_s = 1, timeout_s = 2;
  double before_s = 60, during_s = 60, after_s = 20;
  Timestamp begins{};
  std::vector<ClosureOrder> orders{};
  std::shared_ptr<Routes> routes{};
  [[nodiscard]] Timestamp failure() const { return begins + std::chrono::microseconds{static_cast<std::int64_t>(before_s * 1e6)}; }
};

using Make = std::function<Behaviour(World&, Random&)>;

struct Scenario {
  std::string name;
  std::vector<Cause> right;        ///< any of them; empty: no outage of target 0 may be reported
  bool fits = true;                ///< may be drawn for fitting; else for scoring only
  Make make;   ///< shapes the world, and says what the probes meet; target 0 is the one that is judged
};
[[nodiscard]] const std::vector<Scenario>& scenarios();

/// All observations, in the order in which they ended.
[[nodiscard]] std::vector<Observation> play(const World& world, const Behaviour& behaviour, Random& random);
/// Perturbed by the seed: vantages, latencies, loss, periods, other targets.
[[nodiscard]] World draw_world(Random& random);

struct Outcome {
  std::vector<Outage> outages;     ///< of target 0
  const Outage* longest = nullptr;
  World world;
};
[[nodiscard]] Outcome run(const Scenario& scenario, std::uint64_t seed);

}  // namespace kulla::outage::test
