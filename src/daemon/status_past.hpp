// What the public page tells of the past, folded from the ledger's facts: when each service was closed, down, or not measured; when
// anything was closed at all, and what was released then; which backups were proved. Pure.
//
// Downs come from the beliefs that are facts, not from the store of observations: a belief is what was concluded at the time, and ninety
// days of observations take minutes to read.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/fact.hpp"
#include "serve/status_picture.hpp"

namespace kulla::daemon {

class StatusPast {
 public:
  /// True for facts that `take` makes something of: few, also in a flood.
  [[nodiscard]] static bool matters(const Fact& fact);
  /// In the ledger's order.
  void take(std::uint64_t number, const Fact& fact);
  /// What ended more than ninety days before is no longer told.
  void forget(Timestamp now);

  /// How a service is seen from outside; of one that is closed, whether that contradicts.
  struct Outside {
    serve::StatusState state = serve::StatusState::unmeasured;
    std::optional<Timestamp> since{};  ///< of down
    bool answers_though_closed = false;
  };
  [[nodiscard]] Outside outside(const ServiceId& service, Timestamp now) const;
  /// Oldest first.
  [[nodiscard]] std::vector<serve::StatusSpan> spans(const ServiceId& service, Timestamp now) const;
  /// Newest first.
  [[nodiscard]] std::vector<serve::StatusIncident> incidents() const;
  /// When the oldest of the proofs that hold for all of these was finished; none where one is missing, failed, suspected or too old.
  [[nodiscard]] std::optional<Timestamp> proved(const std::set<DatasetId>& datasets, Timestamp now) const;

  /// Public, for visiting.
  void on(const fact::Started& fact, Timestamp at);
  void on(const fact::ServiceDeclared& fact, Timestamp at);
  void on(const fact::ServiceRetired& fact, Timestamp at);
  void on(const fact::Closed& fact, Timestamp at);
  void on(const fact::GateConfirmed& fact, Timestamp at);
  void on(const fact::Opened& fact, Timestamp at);
  void on(const fact::BeliefChanged& fact, Timestamp at);
  void on(const fact::Proved& fact, Timestamp at);
  void on(const fact::BackupSuspected& fact, Timestamp at);
  void on(const fact::StatementReleased& fact, Timestamp at);

 private:
  struct Track {
    std::vector<serve::StatusSpan> ended;      ///< in the order in which they ended
    std::optional<serve::StatusSpan> ordered;  ///< a closing that the gate has not confirmed
    std::optional<serve::StatusSpan> closed;   ///< under way, each
    std::optional<serve::StatusSpan> down, unseen;
    bool is_up = false, answers_though_closed = false;
    Timestamp since;  ///< when the service was first declared
  };
  static void end(Track& track, std::optional<serve::StatusSpan>& span, Timestamp at);
  static void end_down(Track& track, Timestamp at);
  static void see_nothing(Track& track, Timestamp at);
  [[nodiscard]] static std::optional<serve::StatusSpan> down_by_itself(const Track& track, Timestamp until);
  void end_incident(Timestamp at);

  std::map<ServiceId, Track> tracks_;
  std::uint64_t number_ = 0;  ///< of the fact in hand
  std::set<ServiceId> closed_;
  std::vector<serve::StatusIncident> incidents_;  ///< oldest first
  std::map<DatasetId, std::optional<Timestamp>> proofs_;  ///< none: the newest failed, or is suspected
};

}  // namespace kulla::daemon
