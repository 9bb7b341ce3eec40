// All that the console shows of the facts so far: their fold, and what is made from it. One thread at a time; no clock, no input or output.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/view_rows.hpp"
#include "daemon/view_timeline.hpp"

namespace kulla::daemon {

/// A fact's line, as the feed keeps it.
struct KeptLine {
  std::uint64_t number = 0;
  std::shared_ptr<const std::string> text;
};

struct IncidentSeen {
  IncidentId id;
  std::uint64_t number = 0, ended = 0;  ///< of the facts that opened and ended it; 0: it goes on
  Timestamp since{};
};

class Picture {
 public:
  static constexpr std::size_t alerts_kept = 100, pages_kept = 200, history_kept = 200;

  explicit Picture(Presentation presentation = {}) : presentation_(std::move(presentation)) {}

  /// The next fact: numbers are dense.
  void take(std::uint64_t number, const Fact& fact, std::shared_ptr<const std::string> line);

  /// What changed in rows and in what is waited for, since the last call.
  struct Changes {
    std::vector<std::string> rows;  ///< whole ones, as JSON
    bool waiting = false;
  };
  [[nodiscard]] Changes changes();
  /// Rows that a fact after `number` changed. All changes have been taken.
  [[nodiscard]] std::vector<std::string> rows_since(std::uint64_t number) const;

  [[nodiscard]] std::uint64_t number() const { return state_.facts; }
  [[nodiscard]] const incident::State& state() const { return state_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& kinds() const { return kinds_; }
  [[nodiscard]] std::uint64_t effects() const { return effects_; }  ///< alerts that showed one
  [[nodiscard]] std::uint64_t closed_by_attempts() const { return closed_by_attempts_; }
  /// The newest that showed an effect and the newest that did not, in their order: attempts, of which there are many, hide no effect.
  [[nodiscard]] std::deque<KeptLine> alerts() const;
  [[nodiscard]] const std::deque<KeptLine>& pages() const { return pages_; }
  [[nodiscard]] const std::optional<IncidentSeen>& incident() const { return incident_; }  ///< the present or else the last one
  [[nodiscard]] const std::map<SystemId, Report>& reports() const { return reports_; }  ///< the last of each
  /// JSON texts: an array of the rows that are not retired, and of what is waited for.
  [[nodiscard]] std::string rows() const;
  [[nodiscard]] const std::string& waiting() const { return waiting_; }

  struct Shown;
  [[nodiscard]] const Shown* find(const ServiceId& service) const;
  [[nodiscard]] const Presentation& presentation() const { return presentation_; }

 private:
  Shown* note_service(const ServiceId& service, std::uint64_t number, const Fact& fact);
  void note_fact(std::uint64_t number, const Fact& fact, std::shared_ptr<const std::string> line);
  bool renew(const ServiceId& service, Shown& shown, Changes& changes);
  void join_waiting();

  const Presentation presentation_;
  incident::State state_;
  Timeline timeline_;
  std::map<std::string, std::uint64_t, std::less<>> kinds_;
  std::uint64_t effects_ = 0, closed_by_attempts_ = 0;
  std::deque<KeptLine> effect_alerts_, attempt_alerts_, pages_;
  std::optional<IncidentSeen> incident_;
  std::map<SystemId, Report> reports_;
  std::map<ServiceId, Shown> shown_;
  std::set<ServiceId> touched_;
  bool attempt_only_ = false;  ///< the newest alert showed no effect
  Moment alerted_at_{};
  std::string waiting_ = "[]";
};

struct Picture::Shown {
  Aside aside;
  incident::ServiceState state = incident::ServiceState::open;
  std::string row, waiting;  ///< JSON; waiting: empty where nobody is waited for
  std::uint64_t changed = 0;  ///< by which fact, at the latest
  std::deque<std::uint64_t> history;  ///< numbers of the newest facts that concern it
};

}  // namespace kulla::daemon
