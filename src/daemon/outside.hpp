// The view from outside: what the vantages' observations amount to. Each is stored, and goes into the tracker; what changes becomes an
// input.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/canonical_json.hpp"
#include "daemon/trial_errors.hpp"
#include "model/input.hpp"
#include "outage/archivist.hpp"
#include "outage/retention.hpp"
#include "outage/store.hpp"
#include "outage/tracker.hpp"

namespace kulla::daemon {

struct OutsideSettings {
  std::filesystem::path folder;                 ///< of the stores: DIR/VANTAGE; read by `kulla outage`
  std::vector<ServiceId> services;
  std::vector<VantageId> vantages;
  std::chrono::milliseconds every;              ///< the longest period of the vantages' probes
  outage::Retention retention{};                ///< of the stores
};

class Outside {
 public:
  using Report = std::function<void(InputBody)>;
  [[nodiscard]] static Result<std::unique_ptr<Outside>> open(const OutsideSettings& settings, const Clock& clock, Report report);

  /// One thread calls take, glance, pass and keep; any, the others.
  /// Stored, and taken into the tracker. An error: it could not be stored now, and is to be given again; the tracker has it all the same.
  /// One that the store refuses for good counts as stored: nothing would come of asking for it again.
  [[nodiscard]] Result<> take(const outage::Observation& observation);
  /// Only into the tracker: it will be given again, to be stored.
  void glance(const outage::Observation& observation);
  void pass(Timestamp now);
  /// Targets that the others should measure now, since the last call.
  [[nodiscard]] std::vector<ServiceId> suspects();
  /// All that was taken is on the disk.
  [[nodiscard]] Result<> keep();
  /// The number of each vantage's newest observation that is stored.
  [[nodiscard]] std::map<VantageId, std::uint64_t> held() const;
  /// Every vantage, for people: [{"id","heard" (when it sent its newest observation, or null),"trusted" (false: it does not count now)}].
  [[nodiscard]] json::array heard() const;
  /// Of observations that could not be stored, and vantages that do not count, a line each.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  Outside(const OutsideSettings& settings, Report report);
  [[nodiscard]] Result<> store(const outage::Observation& observation);
  void believe(const outage::Observation& observation);
  void gather_turns();
  void look_for_problems();
  void report();
  [[nodiscard]] Belief belief_of(const outage::Turn& turn) const;

  mutable std::mutex mutex_;  ///< of the tracker and what comes of it
  outage::Tracker tracker_;
  TrialErrors errors_;
  const Report report_;
  std::map<VantageId, outage::Store> stores_;
  std::map<VantageId, std::uint64_t> believed_;  ///< number of each vantage's newest in the tracker: what is given again is no news
  std::map<VantageId, std::string> unstored_;  ///< why a vantage's newest cannot be stored
  std::map<ServiceId, NoticeSeen> newest_bad_;  ///< the notice on each service's newest failed answer
  std::map<VantageId, Timestamp> newest_sent_;
  std::vector<Belief> changed_;
  mutable std::mutex problems_mutex_;  ///< of what `problems` and `heard` say, made once a second: who asks waits for no disk
  std::vector<std::string> problems_;
  json::array heard_;
  std::optional<outage::Archivist> archivist_;  ///< ends before the stores do
};

}  // namespace kulla::daemon
