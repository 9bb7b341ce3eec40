#include "outage/tracker.hpp"

#include <algorithm>

#include "outage/tracker_state.hpp"

namespace kulla::outage {
using std::chrono::microseconds;
namespace {
constexpr std::chrono::microseconds tick_length{1'000'000};
constexpr std::chrono::seconds suspect_again{2}, deaf_most{600};
// Of a target of which nothing is known, so many failures in a row are needed: one lost probe is not the first that is known of it.
constexpr int silences_enough = 5, failures_enough = 3, enough_to_know = silences_enough * failures_enough;
// A run of so many failures between good ones is a stray; a longer one was an outage, if a short one.
constexpr std::uint8_t stray_run = 3;
constexpr float pair_weight = 1.F / 64, wide_weight = 1.F / 512, failing_weight = 1.F / 16;
constexpr float failing_often = 0.3F, failing_seldom = 0.1F;
constexpr int slow_for_long = 10;
constexpr float slow_least = 200'000;  // microseconds over the usual time: below it, nobody waits
constexpr std::chrono::seconds calm{60};
constexpr std::int32_t longest_until = 600'000'000;  // microseconds; a probe that took longer shows nothing sooner than that
constexpr float stray_at_first = 0.004F;  // of a target: too little to doubt its first failure

/// What a target shares with others by what is declared, else by where it is.
std::string fate_of(const Target& target) {
  if (!target.group.empty()) return "group " + target.group;
  if (!target.network.empty()) return "network " + target.network;
  const auto& where = target.address.empty() ? target.url : target.address;
  const auto scheme = where.find("://");
  auto host = scheme == std::string::npos ? where : where.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto at = host.find('@'); at != std::string::npos) host.erase(0, at + 1);
  if (const auto colon = host.rfind(':'); colon != std::string::npos && host.find(']', colon) == std::string::npos) host.erase(colon);
  return host.empty() ? "target " + target.name.str() : "host " + host;
}
}  // namespace

Tracker::State::State(std::vector<Target> wanted, Parameters chosen) : parameters(chosen), intake(parameters), groups(1), dirty_groups(1) {
  std::unordered_map<std::string, std::uint32_t> keys, named;
  for (auto& target : wanted) {
    const auto place = static_cast<std::uint32_t>(targets.size());
    if (!target_places.try_emplace(target.name.str(), place).second) continue;
    auto& held = targets.emplace_back();
    held.every = std::max<microseconds>(target.every, std::chrono::milliseconds{10});
    held.key = keys.try_emplace(fate_of(target), static_cast<std::uint32_t>(keys.size() + 1)).first->second;
    held.fingerprint = Fingerprint{target.fingerprint};
    held.stray.value = stray_at_first;
    if (!target.group.empty()) {
      held.group = named.try_emplace(target.group, static_cast<std::uint32_t>(groups.size())).first->second;
      if (held.group == groups.size()) groups.emplace_back(), dirty_groups.push_back(false);
      groups[held.group].push_back(place);
    }
    held.target = std::move(target);
  }
}

std::optional<Record> Tracker::State::record_of(const Observation& observation) {
  const auto target = target_places.find(observation.target.str());
  if (target == target_places.end() || observation.took_us < 0) return std::nullopt;
  auto vantage = vantage_places.find(observation.vantage.str());
  if (vantage == vantage_places.end()) {
    const auto place = intake.vantage(observation.vantage);
    if (!place) return std::nullopt;
    witnesses.emplace_back();
    vantage = vantage_places.emplace(observation.vantage.str(), *place).first;
  }
  Record record{.sent = observation.sent,
                .took_us = observation.took_us,
                .number = observation.number,
                .target = target->second,
                .vantage = vantage->second,
                .failed = observation.failed,
                .notice = observation.notice != NoticeSeen::none};
  if (observation.body)
    if (const auto body = Fingerprint::parse(*observation.body)) record.body = *body, record.has_body = true;
  return record;
}

void Tracker::State::take(const Observation& observation) {
  const auto record = record_of(observation);
  if (!record) {
    ++unknown;
    return;
  }
  const auto verdict = intake.take(*record);
  if (verdict == Intake::Verdict::late) hear(*record);
  if (verdict == Intake::Verdict::very_late) hear_very_late(*record);
  if (verdict == Intake::Verdict::very_late && intake.only_one_is_behind()) begin_anew(record->ended());
  if (verdict == Intake::Verdict::queued || verdict == Intake::Verdict::late) suspect(*record);
  conclude();
}

/// The first failure of a run, or the first good answer of a target that is down. Whoever cries wolf is heard ever more seldom, so that
/// a vantage that lies cannot make the others flood a target.
void Tracker::State::suspect(const Record& record) {
  auto& held = targets[record.target];
  if (held.pairs.size() <= record.vantage) held.pairs.resize(witnesses.size());
  auto& pair = held.pairs[record.vantage];
  const bool bad = record.failed != Layer::none || record.notice, down = held.condition == Condition::down;
  const bool first = std::exchange(pair.arrived_bad, bad) != bad;
  const auto at = record.ended();
  if (!first || bad == down || !counts(record.vantage) || at < held.suspected + suspect_again || at < pair.cried + pair.deaf_for) return;
  pair.deaf_for =
      at < pair.cried + deaf_most ? std::min<std::chrono::seconds>(2 * pair.deaf_for + suspect_again, deaf_most) : suspect_again;
  pair.cried = held.suspected = at;
  suspected.push_back(held.target.name);
}

void Tracker::State::conclude() {
  for (Record record; intake.next(record);) {
    tick(record.ended());
    hear(record);
  }
}

/// A clock was set back. What was known ends as "no data"; what does not hang on the time is kept: pages, usual times and losses.
void Tracker::State::begin_anew(Timestamp now) {
  intake.finish();
  conclude();
  for (auto& held : targets) {
    if (held.condition != Condition::no_data) turn(held, Condition::no_data, intake.horizon());
    Held anew;
    anew.target = std::move(held.target), anew.fingerprint = held.fingerprint;
    anew.every = held.every, anew.key = held.key, anew.group = held.group;
    anew.stray = held.stray, anew.outages = held.outages, anew.since = held.since;
    for (const auto& pair : held.pairs) {
      auto& other = anew.pairs.emplace_back();
      other.usual = pair.usual, other.stray = pair.stray;
    }
    held = std::move(anew);
  }
  for (auto& witness : witnesses) {
    Witness anew;
    anew.stray = witness.stray;
    witness = anew;
  }
  watched.clear(), changed.clear(), due = {};
  dirty_groups.assign(dirty_groups.size(), false);
  any_dirty_group = layers_dirty = false;
  ticked = expired = {};
  intake.begin_anew(now);
}

namespace {
Word word_of(const Record& record, Layer failed) {
  if (is_silence(failed)) return Word::silent;
  return failed != Layer::none || record.notice ? Word::failed : Word::good;
}
}  // namespace

Word Tracker::State::word_of(Held& held, const Record& record) {
  const bool judging = record.has_body && !record.notice;
  return outage::word_of(record, judging ? held.fingerprint.judged(record.failed, record.body) : record.failed);
}

void Tracker::State::hear(const Record& record) {
  auto& held = targets[record.target];
  if (held.pairs.size() <= record.vantage) held.pairs.resize(witnesses.size());
  auto& pair = held.pairs[record.vantage];
  auto& witness = witnesses[record.vantage];
  const auto word = word_of(held, record);
  const bool counting = counts(record.vantage);
  learn(held, pair, witness, record, word);
  pair.own.hear(word, static_cast<double>(pair.stray.value), record.ended(), held.every, parameters);
  count_word(pair, witness, record, word);
  mark(held, pair, record, word);
  if (counting) {
    held.pooled.hear(word, static_cast<double>(pair.stray.value), record.ended(), held.every, parameters);
    held.failing.count(word != Word::good, failing_weight);
    // In units of which a silence is three and an answer that failed five.
    held.bad_run =
        word == Word::good ? 0 : std::min(held.bad_run + (word == Word::silent ? failures_enough : silences_enough), enough_to_know);
    if (held.first_heard == Timestamp{}) held.first_heard = record.ended();
    held.heard = std::max(held.heard, record.ended());
    expect(held);
  }
  if (word != Word::good) held.any_bad = true;
  if (held.any_bad) compare(held, record.vantage, word, record);
  if (word == Word::good && held.condition == Condition::up && !held.any_bad && held.slow_answers == 0) return;
  decide(held, record.ended());
}

/// Too old to be believed now, and still evidence of when an outage began or ended.
void Tracker::State::hear_very_late(const Record& record) {
  auto& held = targets[record.target];
  if (held.pairs.size() <= record.vantage || intake.clock_off(record.vantage)) return;
  auto& pair = held.pairs[record.vantage];
  const bool judging = record.has_body && !record.notice;
  mark(held, pair, record, outage::word_of(record, judging ? held.fingerprint.would_be_judged(record.failed, record.body) : record.failed));
}

void Tracker::State::learn(Held& held, Pair& pair, Witness& witness, const Record& record, Word word) {
  if (word != Word::good) {
    pair.run = static_cast<std::uint8_t>(std::min(pair.run + 1, 255));
    return;
  }
  const microseconds took{record.took_us};
  const bool strays = pair.run > 0 && pair.run <= stray_run && held.condition != Condition::down;
  const auto count = [&](bool hit) {
    pair.stray.count(hit, pair_weight);
    held.stray.count(hit, wide_weight);
    witness.stray.count(hit, wide_weight);
  };
  for (int i = 0; strays && i < pair.run; ++i) count(true);
  count(pair.usual.is_resent(took));
  pair.run = 0;
  pair.usual.heard(took);
  const bool slow = pair.usual.now() > static_cast<float>(parameters.slow) * pair.usual.baseline() &&
                    pair.usual.now() > pair.usual.baseline() + slow_least;
  held.slow_answers = slow ? std::min(held.slow_answers + 1, 2 * slow_for_long) : std::max(held.slow_answers - 1, 0);
}

void Tracker::State::count_word(Pair& pair, Witness& witness, const Record& record, Word word) {
  witness.heard = std::max(witness.heard, record.ended());
  const auto key = targets[record.target].key;
  const bool reached = word != Word::silent || is_reached(record.failed);
  // A connection that waits for its answer was made before the line broke.
  if (reached && (word != Word::silent || record.sent > witness.fault_known)) ++witness.answers;
  if (reached && word != Word::good) pair.last_reached = std::max(pair.last_reached, record.sent);
  if (word != Word::silent) {
    auto& [first, second] = witness.alibi;
    if (key == first.key) first.sent = std::max(first.sent, record.sent);
    else if (record.sent >= first.sent) second = std::exchange(first, {key, record.sent});
    else if (key == second.key || record.sent > second.sent)
      second = {key, std::max(record.sent, key == second.key ? second.sent : Timestamp{})};
  }
  auto& last = word == Word::good ? pair.last_good : pair.last_bad;
  last = std::max(last, record.sent);
  if (word != Word::good && record.sent > pair.last_good && (pair.bad_since <= pair.last_good || record.sent < pair.bad_since))
    pair.bad_since = record.sent;
  if (word == Word::good) pair.proven = 0, pair.uplink_at = {};
  else prove(targets[record.target], pair, witness, record.sent);
  pair.heard = std::max(pair.heard, record.ended());
  if (record.sent < pair.newest) return;
  pair.newest = record.sent;
  const auto says = word == Word::good ? Pair::Says::good : Pair::Says::bad;
  if (pair.says == Pair::Says::nothing) ++witness.words;
  witness.bad_words += (says == Pair::Says::bad) - (pair.says == Pair::Says::bad);
  pair.says = says;
  if (word != Word::good) pair.layer = record.failed != Layer::none ? record.failed : record.notice ? Layer::status : Layer::body;
}

void Tracker::State::mark(Held& held, Pair& pair, const Record& record, Word word) {
  const microseconds took{std::min<std::int64_t>(record.took_us, longest_until)};
  // Silence had failed when an answer was due; what was answered late may have failed as late as that.
  const auto until = word == Word::silent && pair.usual.known() ? std::min(took, pair.usual.latest()) : took;
  const auto stray = std::max({held.stray.value, witnesses[record.vantage].stray.value});
  const Mark mark{record.sent, static_cast<std::int32_t>(until.count()),
                  word != Word::good && static_cast<double>(stray) > parameters.believable_loss};
  apply(held, record.vantage, record, word, mark);
  // What a vantage at fault does not see says nothing of an end; of an onset, only where others can say it.
  if (word != Word::good && !counts(record.vantage)) {
    if (witnesses[record.vantage].alone && !intake.clock_off(record.vantage)) pair.onset.after(mark);
    return;
  }
  if (word == Word::good) pair.onset.before(mark), pair.ending.after(mark);
  else pair.onset.after(mark), pair.ending.before(mark);
}

Votes Tracker::State::votes(const Held& held, Timestamp now) const {
  Votes votes;
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage) {
    const auto& pair = held.pairs[vantage];
    if (pair.says == Pair::Says::nothing || !counts(vantage) || !fresh(held, pair, now)) continue;
    (pair.says == Pair::Says::good ? votes.goods : votes.bads) += 1;
  }
  return votes;
}

void Tracker::State::decide(Held& held, Timestamp now) {
  const auto votes = this->votes(held, now);
  if (votes.all() == 0) decide_without_votes(held, now);
  else if (held.condition == Condition::down) decide_when_down(held, votes, now);
  else decide_when_not_down(held, votes, now);
  held.any_bad = std::ranges::any_of(held.pairs, [](const Pair& pair) { return pair.says == Pair::Says::bad || pair.contradicts; });
  if (held.condition == Condition::degraded || held.waiting_since != Timestamp{} || held.split_since != Timestamp{}) watch(held);
}

void Tracker::State::decide_without_votes(Held& held, Timestamp now) {
  bool fault = false;
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage)
    fault |= health(vantage) == VantageHealth::fault && held.pairs[vantage].heard != Timestamp{} && fresh(held, held.pairs[vantage], now);
  // A vantage that has just been found well has not asked again yet.
  const bool asked_soon = std::ranges::any_of(held.pairs, [&](const Pair& pair) { return fresh(held, pair, now); });
  if (!fault && held.condition == Condition::vantage_fault && asked_soon) return;
  const auto to = fault ? Condition::vantage_fault : Condition::no_data;
  held.waiting_since = held.split_since = {};
  held.pooled.forget();
  held.first_heard = {};
  if (held.condition != to) turn(held, to, now);
}

void Tracker::State::decide_when_not_down(Held& held, const Votes& votes, Timestamp now) {
  const auto belief = held.pooled.belief();
  const bool known = held.condition == Condition::up || held.condition == Condition::degraded;
  if (belief < parameters.down_below && votes.down() && (!is_quorum(held, votes, now) || (!known && held.bad_run < enough_to_know)))
    return watch(held);
  if (belief < parameters.down_below && votes.down()) {
    const auto whose = votes.all() == 1 ? whose_failure(held, now) : Alone::target;
    if (whose == Alone::target) {
      held.waiting_since = held.split_since = {};
      return turn(held, Condition::down, now);
    }
    if (held.waiting_since == Timestamp{}) held.waiting_since = now;
    return;
  }
  held.waiting_since = {};
  const bool uneven = is_uneven(held, votes, now);
  if (belief <= parameters.up_above || !votes.up()) {
    if (uneven && held.condition == Condition::up) turn(held, Condition::degraded, now);
    return;
  }
  const auto to = uneven ? Condition::degraded : Condition::up;
  if (held.condition != to) turn(held, to, now);
}

/// Those who speak first of a target do not decide alone, where others can be waited for.
bool Tracker::State::is_quorum(const Held& held, const Votes& votes, Timestamp now) const {
  int speaking = 0;
  for (std::size_t vantage = 0; vantage < witnesses.size(); ++vantage)
    speaking += counts(vantage) && witnesses[vantage].heard + held.patience() >= now;
  return votes.all() * 2 > speaking || now - held.first_heard > held.every + std::chrono::seconds{10};
}

void Tracker::State::decide_when_down(Held& held, const Votes& votes, Timestamp now) {
  if (held.pooled.belief() > parameters.up_above && votes.up()) {
    held.split_since = {};
    turn(held, Condition::up, now);
  } else if (is_uneven(held, votes, now) && !votes.down() && votes.goods > 0) {
    turn(held, Condition::degraded, now);
  }
}

/// Some of it fails, for some vantages, or it is slow, and that for long.
bool Tracker::State::is_uneven(Held& held, const Votes& votes, Timestamp now) {
  const bool split = votes.bads > 0 && votes.goods > 0 && votes.bads * 3 >= votes.all();
  if (!split) held.split_since = {};
  else if (held.split_since == Timestamp{}) held.split_since = now;
  const bool long_split = split && now - held.split_since > std::max<microseconds>(2 * held.every, std::chrono::seconds{10});
  const bool known = held.condition == Condition::up || held.condition == Condition::degraded;
  const bool failing = known && held.failing.value > (held.condition == Condition::degraded ? failing_seldom : failing_often);
  if (long_split || failing || held.slow_answers > slow_for_long) {
    held.uneven_until = now + calm;
    return true;
  }
  return held.condition == Condition::degraded && now < held.uneven_until;
}

void Tracker::State::watch(Held& held) {
  if (std::exchange(held.watched, true)) return;
  watched.push_back(static_cast<std::uint32_t>(&held - targets.data()));
}
void Tracker::State::expect(Held& held) {
  if (std::exchange(held.due, true)) return;
  due.emplace(held.heard + held.patience(), static_cast<std::uint32_t>(&held - targets.data()));
}

/// At most once a second of the observations' time; nothing that it costs grows with the time between two.
void Tracker::State::tick(Timestamp now) {
  for (; !due.empty() && due.top().first < now;) {
    auto& held = targets[due.top().second];
    due.pop();
    held.due = false;
    const auto silent = held.heard + held.patience() + microseconds{1};
    if (silent < now) decide(held, silent);
    else expect(held);
  }
  if (now.time_since_epoch() / tick_length == ticked.time_since_epoch() / tick_length) return;
  ticked = now;
  judge(now);
  for (const auto place : std::exchange(watched, {})) {
    targets[place].watched = false;
    decide(targets[place], now);
  }
  join(now);
  expire(now);
}

// --- what others call

Tracker::Tracker(std::vector<Target> targets, Parameters parameters) : state_(std::make_unique<State>(std::move(targets), parameters)) {}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;

void Tracker::take(const Observation& observation) { state_->take(observation); }
void Tracker::pass(Timestamp now) {
  if (state_->intake.is_set_back(now)) state_->begin_anew(now);
  state_->intake.pass(now);
  state_->conclude();
  state_->tick(state_->intake.horizon());
}
void Tracker::finish() {
  state_->intake.finish();
  state_->conclude();
  state_->ticked = {};
  state_->tick(state_->intake.horizon());
}
std::vector<Turn> Tracker::turns() { return std::exchange(state_->said, {}); }
std::vector<ServiceId> Tracker::suspects() { return std::exchange(state_->suspected, {}); }

std::vector<TargetState> Tracker::states() const {
  std::vector<TargetState> states;
  for (const auto& held : state_->targets) states.push_back(*state(held.target.name));
  return states;
}

std::optional<TargetState> Tracker::state(const ServiceId& target) const {
  const auto place = state_->target_places.find(target.str());
  if (place == state_->target_places.end()) return std::nullopt;
  const auto& held = state_->targets[place->second];
  TargetState result{.target = target, .condition = held.condition, .belief = held.pooled.thousandths(), .since = held.since};
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage) {
    const auto& pair = held.pairs[vantage];
    if (pair.heard == Timestamp{}) continue;
    result.views.push_back({state_->intake.name(vantage), pair.own.thousandths(),
                            pair.says == Pair::Says::bad ? std::optional{pair.layer} : std::nullopt, pair.last_good, pair.last_bad,
                            pair.usual.known() ? pair.usual.latest() : microseconds{}, static_cast<double>(pair.stray.value),
                            state_->counts(vantage) && state_->fresh(held, pair, state_->intake.horizon())});
  }
  return result;
}

std::vector<VantageState> Tracker::vantages() const {
  std::vector<VantageState> result;
  for (std::size_t vantage = 0; vantage < state_->witnesses.size(); ++vantage) {
    const auto& witness = state_->witnesses[vantage];
    result.push_back({state_->intake.name(vantage), state_->health(vantage), state_->intake.counts(vantage), witness.contradicted_down,
                      witness.contradicted_up});
  }
  return result;
}

std::vector<VantageId> Tracker::liars() const {
  std::vector<VantageId> result;
  for (const auto& vantage : vantages())
    if (vantage.health == VantageHealth::dissenting) result.push_back(vantage.vantage);
  std::ranges::sort(result);
  return result;
}

Counts Tracker::counts() const {
  Counts sum{.unknown = state_->unknown};
  for (std::size_t vantage = 0; vantage < state_->witnesses.size(); ++vantage) {
    const auto& one = state_->intake.counts(vantage);
    sum.taken += one.taken, sum.replayed += one.replayed, sum.late += one.late, sum.future += one.future;
    sum.dropped += one.dropped, sum.missing += one.missing;
  }
  return sum;
}
}  // namespace kulla::outage
