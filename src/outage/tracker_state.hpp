// The inside of the Tracker: what is known of each target, of each vantage and of each pair of them. tracker.cpp hears observations and
// concludes, tracker_vantages.cpp judges the vantages, tracker_turns.cpp says what changed, and when.
#pragma once
#include <queue>
#include <unordered_map>

#include "outage/bayes.hpp"
#include "outage/fingerprint.hpp"
#include "outage/intake.hpp"
#include "outage/onset.hpp"
#include "outage/tracker.hpp"

namespace kulla::outage {

/// One vantage, one target.
struct Pair {
  enum class Says : std::uint8_t { nothing, good, bad };
  Conviction own;
  UsualTime usual;
  Share stray;                    ///< failures between good ones
  Timestamp newest{}, heard{};    ///< the newest probe: sent, ended
  Timestamp last_good{}, last_bad{}, bad_since{};  ///< sent
  Timestamp last_reached{};       ///< sent: the newest failure that shows an uplink
  Edge onset, ending;             ///< of the next change: good to bad, bad to good
  Layer layer = Layer::none;      ///< where the newest failing probe failed
  Says says = Says::nothing;      ///< the newest probe
  std::uint8_t run = 0;           ///< failures in a row, as they became known
  std::uint8_t against = 0;       ///< against the agreement of the others, in a row
  bool contradicts = false;       ///< it holds down what the others hold up, and has for long
  Timestamp against_since{};
  std::uint8_t proven = 0;        ///< silences of the run after `uplink_at`
  Timestamp uplink_at{};          ///< during the run: the vantage was answered by something unrelated
  bool arrived_bad = false;       ///< the newest probe to arrive, before its turn
  Timestamp cried{};              ///< when it last made the others measure
  std::chrono::seconds deaf_for{};
  std::uint32_t judged_in = 0;    ///< the outage in which it was last counted as agreeing or contradicting
};

/// A change that was said, as long as it can be corrected.
struct Change {
  std::vector<Edge> edges{};      ///< by vantage; empty ones of those that are left out
  std::vector<bool> left_out{};
  Timestamp known{};
  Interval when{};
  std::optional<Interval> joint{};
  Layer layer = Layer::none;
  std::vector<VantageId> agreeing{}, dissenting{};
  bool alive = false;
};

struct Held {
  Target target;
  std::chrono::microseconds every{};
  std::uint32_t key = 0;          ///< equal: they share a group, a network or a host, so that one failing says something of the other
  std::uint32_t group = 0;        ///< of the declared ones; 0: none
  Fingerprint fingerprint;
  std::vector<Pair> pairs;        ///< by vantage
  Conviction pooled;              ///< of all vantages that count
  Share stray, failing;           ///< failing: of the latest few probes, whatever the reason
  Condition condition = Condition::no_data;
  Interval since{};
  Change onset, ending;
  std::uint32_t outages = 0;
  Timestamp first_heard{};        ///< since there is data again
  Timestamp heard{}, suspected{}; ///< heard: the newest end of a probe of a vantage that counts
  Timestamp split_since{}, waiting_since{}, uneven_until{};
  int slow_answers = 0;
  int bad_run = 0;                ///< how much of a run of failures, whoever saw them
  bool watched = false, any_bad = false, due = false;
  [[nodiscard]] std::chrono::microseconds patience() const { return 3 * every + std::chrono::seconds{10}; }
};

struct Witness {
  VantageHealth health = VantageHealth::healthy;
  bool alone = false;             ///< at fault by its own account: nobody else sees what it sees
  Share stray;
  int words = 0, bad_words = 0;   ///< targets of which it said anything; of which the newest probe failed
  int answers = 0;                ///< since it is at fault
  Timestamp heard{}, fault_since{}, fault_known{};
  /// The newest answers of two targets that have nothing in common: whoever was answered has an uplink.
  struct Alibi {
    std::uint32_t key = 0;
    Timestamp sent{};
  } alibi[2];
  int contradicted_down = 0, contradicted_up = 0, agreed_down = 0;
};

struct Votes {
  int goods = 0, bads = 0;
  [[nodiscard]] int all() const { return goods + bads; }
  [[nodiscard]] bool down() const { return bads * 2 > all(); }
  [[nodiscard]] bool up() const { return goods * 2 > all(); }
};

struct Tracker::State {
  State(std::vector<Target> targets, Parameters chosen);

  // tracker.cpp
  [[nodiscard]] std::optional<Record> record_of(const Observation& observation);
  void take(const Observation& observation);
  void suspect(const Record& record);
  void conclude();
  void begin_anew(Timestamp now);
  [[nodiscard]] Word word_of(Held& held, const Record& record);
  void hear(const Record& record);
  void hear_very_late(const Record& record);
  void learn(Held& held, Pair& pair, Witness& witness, const Record& record, Word word);
  void mark(Held& held, Pair& pair, const Record& record, Word word);
  void count_word(Pair& pair, Witness& witness, const Record& record, Word word);
  void decide(Held& held, Timestamp now);
  void decide_when_not_down(Held& held, const Votes& votes, Timestamp now);
  [[nodiscard]] bool is_quorum(const Held& held, const Votes& votes, Timestamp now) const;
  void decide_when_down(Held& held, const Votes& votes, Timestamp now);
  void decide_without_votes(Held& held, Timestamp now);
  [[nodiscard]] bool is_uneven(Held& held, const Votes& votes, Timestamp now);
  void tick(Timestamp now);
  void watch(Held& held);
  void expect(Held& held);
  [[nodiscard]] Votes votes(const Held& held, Timestamp now) const;
  [[nodiscard]] bool fresh(const Held& held, const Pair& pair, Timestamp now) const { return pair.heard + held.patience() >= now; }
  [[nodiscard]] bool counts(std::size_t vantage) const {
    return witnesses[vantage].health == VantageHealth::healthy && !intake.clock_off(vantage);
  }
  [[nodiscard]] VantageHealth health(std::size_t vantage) const {
    return intake.clock_off(vantage) ? VantageHealth::clock_off : witnesses[vantage].health;
  }

  // tracker_vantages.cpp
  enum class Alone : std::uint8_t { target, vantage, wait };
  [[nodiscard]] Alone whose_failure(const Held& held, Timestamp now) const;
  [[nodiscard]] bool loses_alone(std::size_t vantage) const;
  static void prove(const Held& held, Pair& pair, const Witness& witness, Timestamp sent);
  void judge(Timestamp now);
  void compare(Held& held, std::size_t vantage, Word word, const Record& record);
  void name_if_lying(std::size_t vantage, Timestamp now);
  void at_fault(std::size_t vantage, Timestamp now, bool alone);
  void healthy_again(std::size_t vantage, Timestamp now);
  void health_changed(std::size_t vantage, Timestamp now);
  [[nodiscard]] bool fails_alone(std::size_t vantage, Timestamp now) const;

  // tracker_turns.cpp
  void turn(Held& held, Condition to, Timestamp now);
  void freeze_onset(Held& held, Timestamp now);
  void freeze_ending(Held& held, Timestamp now);
  void apply(Held& held, std::size_t vantage, const Record& record, Word word, Mark mark);
  void refresh(Held& held, Change& change, Condition to, Timestamp now);
  void correct(Held& held, const Change& change, Condition to, Timestamp now);
  void leave_out(std::size_t vantage, Timestamp since, Timestamp now);
  void join(Timestamp now);
  void join_group(const std::vector<std::uint32_t>& members, Timestamp now);
  void join_by_layer(Timestamp now);
  void set_joint(Held& held, std::optional<Interval> joint, Timestamp now);
  void expire(Timestamp now);

  Parameters parameters;
  Intake intake;
  std::vector<Held> targets;
  std::vector<Witness> witnesses;
  std::unordered_map<std::string, std::uint32_t> target_places;
  std::unordered_map<std::string, std::uint16_t> vantage_places;
  std::vector<std::vector<std::uint32_t>> groups;       ///< members, by group; the first is nobody's
  std::vector<std::uint32_t> watched;                   ///< targets to decide on again at the next tick
  std::vector<std::uint32_t> changed;                   ///< targets with a change that is alive
  std::vector<bool> dirty_groups;
  bool any_dirty_group = false, layers_dirty = false;
  using Due = std::pair<Timestamp, std::uint32_t>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;  ///< when a target is silent for too long, unless it was heard since
  std::vector<Turn> said;
  std::vector<ServiceId> suspected;
  Timestamp ticked{}, expired{};
  std::uint64_t unknown = 0;
};

[[nodiscard]] constexpr bool is_silence(Layer layer) { return is_timeout(layer) || layer == Layer::unreachable; }
/// Something came back from the other side, if only a connection: the vantage has an uplink.
[[nodiscard]] constexpr bool is_reached(Layer layer) {
  return !is_silence(layer) || layer == Layer::answer_timeout || layer == Layer::tls_timeout;
}

}  // namespace kulla::outage
