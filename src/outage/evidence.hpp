// What was seen around one outage: what its cause is concluded from. Gathered as observations come, in bounded memory. Pure.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "outage/observation.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

/// What one probe met, as far as causes differ by it: the layer, and for answers what they said.
BOOST_DEFINE_ENUM_CLASS(Symptom, good, resolve_refused, resolve_timeout, resolve_missing, resolve_bogus, refused, connect_timeout,
                        unreachable, tls, certificate, closed, answer_timeout, malformed,
                        busy,           // 429, 503, 504: says of itself that it is too much
                        server_error,   // another 5xx
                        other_status,   // a status that is not good, and no server's error
                        body,           // not the page that is known
                        notice_valid, notice_expired, notice_foreign, notice_unverified)
inline constexpr std::size_t symptom_count = static_cast<std::size_t>(Symptom::notice_unverified) + 1;

[[nodiscard]] Symptom symptom_of(const Observation& observation);
/// The symptom as a person reads it: "connection refused".
[[nodiscard]] std::string_view words(Symptom symptom);

/// Some of many values, evenly chosen: when it is full, every second one goes, and from then on only every second one is taken.
class Sample {
 public:
  void add(std::int64_t micros);
  /// 0 where there is none.
  [[nodiscard]] std::int64_t quantile(int percent) const;
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  static constexpr std::size_t most = 64;  // a quartile of 64 is as good as we need
  std::vector<std::int64_t> kept_;
  std::uint64_t seen_ = 0, every_ = 1;
};

/// A target's answers before the onset: what is usual, and the last ones, which show whether it slowed down.
struct Before {
  Sample connect, answer;            ///< of good probes; answer: from the whole request to the first byte (or the whole probe)
  Sample last_connect, last_answer;  ///< of the last few good ones before the onset
  int good = 0, failed = 0;
};

struct SymptomSeen {
  int probes = 0;
  std::int64_t lasted_us = 0;  ///< of the outage: each probe stands for the time since the one before it
  Timestamp first, last;
};

/// What one vantage met during the outage.
struct VantageSeen {
  int good = 0, failed = 0;
  int answers = 0, valid = 0;              ///< with a status; with a valid notice
  int others = 0, others_failing = 0;      ///< its other targets, at the moment when most of them failed
  int networks = 0, networks_failing = 0;  ///< theirs; a network fails when all of its targets do that are no server's fault
};

/// Other targets, over all vantages, whose outages began at about the same time.
struct Company {
  int targets = 0, failing = 0;            ///< with this one
  int networks = 0, networks_failing = 0;
  int own_network = 0, own_network_failing = 0;
  int group = 0, group_failing = 0;
};

/// From BGP: what happened to the routes to the address.
struct RouteLost {
  std::string prefix;
  Timestamp at;                   ///< when the last of the peers that make it most lost it
  int peers = 0, lost = 0;        ///< that had it before; that lost it
  bool covered = false;           ///< a less specific route stayed
  std::optional<Timestamp> back;  ///< when most had it again
  friend bool operator==(const RouteLost&, const RouteLost&) = default;
};

struct Evidence {
  ServiceId target;
  ServiceId service{};  ///< that an order closes and a notice names; empty: `target`
  Interval onset{};
  std::optional<Interval> end{};
  Before before{};
  std::array<SymptomSeen, symptom_count> symptoms{};
  Sample good_connect{}, good_answer{};  ///< of what did answer during the outage
  Sample failed_connect{};               ///< of probes that connected and failed later
  Sample failed_answer{};                ///< of answers with a status that is not good
  std::map<VantageId, VantageSeen> vantages{};
  int vantages_known = 0;                ///< that ever looked at it
  std::map<int, int> statuses{};
  std::vector<std::string> closures{}, bodies{}, addresses{};  ///< seen during the outage, the first few
  std::optional<std::string> usual_body{}, usual_address{};
  bool page_changes = false;             ///< by itself, as turned out: another page says nothing
  std::optional<Timestamp> certificate_ends{};
  std::optional<std::string> detail{};   ///< what the last failing layer said
  Company company{};
  std::optional<RouteLost> route{};

  /// One probe of the outage. `lasted_us`: the time for which it stands; `pace`: by how much this vantage's answers usually take less
  /// long than all vantages' do.
  void add(const Observation& observation, std::int64_t lasted_us, double pace = 1);
  /// What it says in words alone; `add` includes it.
  void note(const Observation& observation);
  [[nodiscard]] const SymptomSeen& operator[](Symptom symptom) const { return symptoms[static_cast<std::size_t>(symptom)]; }
  [[nodiscard]] int failed() const;              ///< probes
  [[nodiscard]] std::int64_t failing_us() const; ///< time
  /// Of the failing time, 0 to 1.
  [[nodiscard]] double share(Symptom symptom) const;
  /// Where there is no time to go by, the symptom of most probes counts.
  [[nodiscard]] Symptom main_symptom() const;
};

}  // namespace kulla::outage
