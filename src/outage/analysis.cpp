#include "outage/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>
#include <unordered_map>

#include "outage/analysis_company.hpp"
#include "outage/analysis_memory.hpp"
#include "outage/analysis_spell.hpp"
#include "outage/cause.hpp"

namespace kulla::outage {
namespace {
using std::chrono::microseconds;

constexpr std::size_t outages_kept = 100'000;   // with a kilobyte each; a store has the observations of the older ones
constexpr std::size_t tail_most = 64;           // probes; more is more vantages than the end of an outage needs
constexpr std::chrono::seconds tail_lasts{10};  // and two periods: by then the tracker has said whether it is up again
constexpr std::chrono::minutes settles{30};     // after its end, twice the tracker's patience: nothing changes any more
constexpr std::chrono::minutes settle_every{1}; // each time looks at all
constexpr std::chrono::minutes route_slack{5};  // a withdrawal takes minutes to reach all peers, and collectors' clocks differ
constexpr microseconds shortest{1000};          // what a probe stands for, at least

/// An outage that is being watched, or was.
struct Record {
  std::size_t target = 0;
  Outage outage;
  Evidence evidence;
  std::map<VantageId, double> pace;
  std::deque<Observation> tail;   ///< the newest probes: of the outage unless it turns out that it had ended
  std::deque<Observation> after;  ///< what came since it ended: of the outage if it goes on
  Timestamp last_sent{};
  Company company{};              ///< as far as it was found before others were settled
  Timestamp not_before{};         ///< when the target's outage before it had ended
  bool was_down = false;          ///< and not only a vantage's fault
  bool open = true;
  bool spell = false;             ///< its onset or its end is that of a spell, which the tracker does not correct
  bool widened = false;           ///< its onset is that of the spell
};

/// An outage goes on if it fails again so soon after its end, and was not calm meanwhile.
constexpr std::chrono::seconds goes_on_within{30};
constexpr int goes_on_periods = 5;
constexpr std::size_t after_most = 256;  // probes; more of them say no more about the cause

struct Watched {
  TargetMemory memory;
  KnownPage page;
  Spell spell;
  Timestamp before_spell{};           ///< when the last good probe before it was sent
  std::optional<std::size_t> latest;  ///< its latest record's number
};

/// What the tracker could not tell from the vantage's own line is no more certain than that.
void as_doubt(Verdict& verdict) {
  constexpr int even = 50;
  const auto own = verdict.odds[static_cast<std::size_t>(Cause::vantage_fault)];
  verdict.cause = Cause::vantage_fault;
  verdict.confidence = std::max(even, static_cast<int>(std::lround(100 * own)));
  verdict.sentences.insert(verdict.sentences.begin(),
                           "all that has nothing in common with it fell silent for this vantage too: it cannot be told from its own line");
}

/// Of what was only in doubt the tracker keeps no end: until the last failing probe it had not ended.
void narrow_doubts_end(const Record& record, const Interval& before, Interval& end) {
  auto still = std::max(before.earliest, record.outage.onset.latest);
  for (const auto& seen : record.tail)
    if (symptom_of(seen) != Symptom::good && seen.sent <= end.latest) still = std::max(still, seen.sent);
  end.earliest = std::min(std::max(end.earliest, still), end.latest);
}
}  // namespace

struct Analysis::State {
  State(std::vector<Target> given, AnalysisOptions chosen)
      : targets(std::move(given)),
        options(std::move(chosen)),
        tracker(targets, options.tracker),
        networks(targets),
        looked_at(targets.size()) {
    for (std::size_t at = 0; at < targets.size(); ++at) {
      numbers.emplace(targets[at].name, at);
      watched.push_back(
          {.memory = {}, .page = KnownPage{targets[at].fingerprint}, .spell = Spell{targets[at].every}, .before_spell = {}, .latest = {}});
    }
  }

  void take(const Observation& given);
  void turns();
  void turn(const Turn& turn);
  void settle();
  [[nodiscard]] std::vector<Outage> outages() const;

  [[nodiscard]] Record* latest_of(std::size_t target);
  void open(std::size_t target, const Turn& turn);
  [[nodiscard]] microseconds goes_on_window(std::size_t target) const {
    return std::max<microseconds>(goes_on_periods * targets[target].every, goes_on_within);
  }
  [[nodiscard]] bool goes_on(std::size_t target, Timestamp onset);
  void open_again(Record& record);
  void close(Record& record, Interval end);
  [[nodiscard]] Interval spells_onset(std::size_t target) const;
  void watch_spell(std::size_t target, Timestamp sent);
  void widen(Record& record);
  void begin(const Turn& turn, std::size_t target);
  void add(Record& record, const Observation& observation);
  void count(Record& record, const Observation& observation) const;
  void count_tail(Record& record) const;
  [[nodiscard]] bool single_vantage() const { return std::max(options.vantages.size(), now.size()) <= 1; }
  [[nodiscard]] Evidence surroundings(Record record) const;
  [[nodiscard]] std::vector<Evidence> all_evidence() const;
  [[nodiscard]] Outage concluded(const Record& record, const Evidence& evidence) const;

  std::vector<Target> targets;
  AnalysisOptions options;
  Tracker tracker;
  Networks networks;
  std::vector<bool> looked_at;
  std::unordered_map<ServiceId, std::size_t> numbers;
  std::vector<Watched> watched;
  std::map<VantageId, VantageNow> now;
  std::map<std::size_t, Record> records;  ///< by number
  std::size_t next_number = 0;
  Timestamp looked_for_old{};
  std::vector<Outage> settled;      ///< of which nothing changes any more, oldest first
  std::uint64_t forgotten = 0;
  Timestamp newest{};
};

Record* Analysis::State::latest_of(std::size_t target) {
  const auto number = watched[target].latest;
  const auto found = number ? records.find(*number) : records.end();
  return found != records.end() ? &found->second : nullptr;
}

void Analysis::State::count(Record& record, const Observation& observation) const {
  const auto gap = record.last_sent == Timestamp{} ? shortest : observation.sent - record.last_sent;
  const auto lasted = std::clamp<microseconds>(gap, shortest, std::max<microseconds>(2 * targets[record.target].every, shortest));
  record.last_sent = std::max(record.last_sent, observation.sent);
  const auto pace = record.pace.find(observation.vantage);
  record.evidence.add(observation, lasted.count(), pace == record.pace.end() ? 1 : pace->second);
}

void Analysis::State::add(Record& record, const Observation& observation) {
  record.tail.push_back(observation);
  if (const auto at = now.find(observation.vantage); at != now.end() && symptom_of(observation) != Symptom::good)
    at->second.worst(record.target, networks, observation.sent, record.evidence.vantages[observation.vantage]);
  const auto lasts = tail_lasts + 2 * targets[record.target].every;
  while (record.tail.size() > tail_most || record.tail.front().sent + lasts < observation.sent) {
    count(record, record.tail.front());
    record.tail.pop_front();
  }
}

namespace {
/// What of the tail is of the outage. While it lasts: all up to its last failing probe. Else what was sent before it ended: good ones
/// before it can have, failing ones before it had.
bool belongs(const Record& record, const Observation& seen, Timestamp last_failing) {
  const bool good = symptom_of(seen) == Symptom::good;
  if (record.outage.end) return seen.sent <= (good ? record.outage.end->earliest : record.outage.end->latest);
  return !good || seen.sent <= last_failing;
}

Timestamp last_failing(const std::deque<Observation>& tail) {
  Timestamp last{};
  for (const auto& seen : tail)
    if (symptom_of(seen) != Symptom::good) last = std::max(last, seen.sent);
  return last;
}
}  // namespace

void Analysis::State::count_tail(Record& record) const {
  const auto last = last_failing(record.tail);
  for (const auto& seen : record.tail)
    if (belongs(record, seen, last)) count(record, seen);
  record.tail.clear();
}

void Analysis::State::open(std::size_t target, const Turn& turn) {
  auto& seen = watched[target];
  auto [before, pace] = seen.memory.before(turn.when.earliest);
  Record record;
  record.target = target;
  record.outage.target = record.evidence.target = turn.target;
  record.evidence.service = targets[target].service;
  record.pace = std::move(pace);
  record.evidence.before = std::move(before);
  record.evidence.usual_body = seen.page.known();
  record.evidence.usual_address = seen.memory.address();
  for (const auto& observation : seen.memory.since(turn.when.earliest)) add(record, observation);
  for (const auto& observation : seen.memory.telling())
    if (observation.sent > turn.when.earliest) record.evidence.note(observation);
  seen.latest = next_number++;
  records.emplace(*seen.latest, std::move(record));
}

/// It failed again soon, and was never calm in between: the same outage.
bool Analysis::State::goes_on(std::size_t target, Timestamp onset) {
  const auto* record = latest_of(target);
  if (!record || record->open || !record->was_down || !record->outage.end) return false;
  const auto since = watched[target].spell.since();
  return since != Timestamp{} && since <= record->outage.end->latest && onset <= record->outage.end->latest + goes_on_window(target);
}

void Analysis::State::open_again(Record& record) {
  record.open = record.spell = true;
  record.outage.end.reset();
  for (const auto& seen : std::exchange(record.after, {})) add(record, seen);
}

void Analysis::State::close(Record& record, Interval end) {
  record.open = false;
  record.outage.end = end;
  for (const auto& seen : record.tail)
    if (!belongs(record, seen, {})) record.after.push_back(seen);
  count_tail(record);
}

/// As the tracker has it for an abrupt failure: from the last good one to when the first failing one would have been answered.
Interval Analysis::State::spells_onset(std::size_t target) const {
  const auto& seen = watched[target];
  auto took = seen.spell.first_took();
  if (const auto state = tracker.state(targets[target].name); state && seen.spell.first_was_silent())
    for (const auto& view : state->views)
      if (view.usual > microseconds{}) took = std::min(took, view.usual);
  return {seen.before_spell, seen.spell.since() + took};
}

/// It began with its spell, if that is partial.
void Analysis::State::widen(Record& record) {
  const auto& spell = watched[record.target].spell;
  if (record.widened || !record.was_down || !spell.is_partial()) return;
  record.spell = record.widened = true;
  if (spell.since() > record.outage.onset.earliest || spell.since() <= record.not_before) return;
  // A lost probe or two before an abrupt failure are not its beginning.
  int good = 0, failed = 0;
  for (const auto& seen : watched[record.target].memory.since(spell.since() - microseconds{1}))
    if (seen.sent <= record.outage.onset.earliest) ++(symptom_of(seen) == Symptom::good ? good : failed);
  if (failed < good) return;
  record.outage.onset = spells_onset(record.target);
  record.outage.joint_onset.reset();
}

/// Where most fails for long and some is answered, the tracker says "degraded", or up and down in turns: it is one outage.
void Analysis::State::watch_spell(std::size_t target, Timestamp sent) {
  const auto& spell = watched[target].spell;
  auto* record = latest_of(target);
  const bool open_now = record && record->open;
  if (open_now) widen(*record);
  if (open_now ? !record->spell || !spell.is_over(sent) : !spell.is_partial() || spell.is_over(sent)) return;
  const auto state = tracker.state(targets[target].name);
  if (open_now) {
    if (state->condition == Condition::up || state->condition == Condition::degraded) close(*record, spell.end());
    return;
  }
  if (state->condition != Condition::degraded) return;
  Turn turn{.target = targets[target].name, .to = Condition::down, .when = spells_onset(target)};
  for (const auto& view : state->views)
    if (view.counts && view.last_bad >= spell.since()) turn.agreeing.push_back(view.vantage);
  begin(turn, target);
  latest_of(target)->spell = latest_of(target)->widened = true;
}

/// A new outage, or the latest one again.
void Analysis::State::begin(const Turn& turn, std::size_t target) {
  const bool down = turn.to == Condition::down;
  if (down && goes_on(target, turn.when.earliest)) return open_again(*latest_of(target));
  const auto* before = latest_of(target);
  const auto not_before = before && before->outage.end ? before->outage.end->latest : Timestamp{};
  open(target, turn);
  auto& record = *latest_of(target);
  record.was_down = down, record.not_before = not_before;
  record.outage.onset = turn.when, record.outage.joint_onset = turn.joint;
  record.outage.agreeing = turn.agreeing, record.outage.dissenting = turn.dissenting;
}

void Analysis::State::turn(const Turn& turn) {
  const auto number = numbers.find(turn.target);
  if (number == numbers.end()) return;
  const auto target = number->second;
  auto* record = latest_of(target);
  const bool fault = turn.to == Condition::vantage_fault && single_vantage();
  if (turn.to == Condition::down || fault) {
    if (!turn.correction && (!record || !record->open)) return begin(turn, target);
    if (!record || record->spell) return;
    const bool in_doubt_meanwhile = !turn.correction && record->was_down;
    record->was_down |= turn.to == Condition::down;
    auto& outage = record->outage;
    outage.agreeing = turn.agreeing, outage.dissenting = turn.dissenting;
    if (!in_doubt_meanwhile) outage.onset = turn.when, outage.joint_onset = turn.joint;
  } else if (record && (turn.to == Condition::up || turn.to == Condition::degraded) && record->open != turn.correction) {
    if (record->open) widen(*record);
    if (record->spell) return;
    const auto before = record->outage.end.value_or(Interval{});
    auto end = turn.when;
    if (!record->was_down) narrow_doubts_end(*record, before, end);
    close(*record, end);
  }
}

void Analysis::State::turns() {
  for (const auto& one : tracker.turns()) turn(one);
  settle();
}

void Analysis::State::take(const Observation& given) {
  tracker.take(given);
  const auto number = numbers.find(given.target);
  if (number == numbers.end()) return;
  const auto target = number->second;
  looked_at[target] = true;
  newest = std::max(newest, given.sent);
  auto& seen = watched[target];
  const auto observation = seen.page.judged(given);
  if (observation.address) networks.learn(target, *observation.address);
  seen.memory.take(observation);
  now.try_emplace(observation.vantage, targets.size()).first->second.take(target, observation);
  if (seen.spell.take(observation)) seen.before_spell = seen.memory.last_good(given.sent);
  if (auto* record = latest_of(target); record && record->open) add(*record, observation);
  else if (record && record->after.size() < after_most && record->outage.end->latest + goes_on_window(target) >= given.sent)
    record->after.push_back(observation);
  turns();
  watch_spell(target, given.sent);
}

/// With its tail, the state of its target's routes, and whoever failed with it.
Evidence Analysis::State::surroundings(Record record) const {
  count_tail(record);
  auto evidence = std::move(record.evidence);
  evidence.onset = record.outage.onset;
  evidence.end = record.outage.end;
  evidence.page_changes = watched[record.target].page.changes();
  evidence.vantages_known = std::max(watched[record.target].memory.vantages(), static_cast<int>(options.vantages.size()));
  const auto address = evidence.usual_address ? parse_ip(*evidence.usual_address) : std::nullopt;
  if (options.routes && address)
    evidence.route = options.routes->lost(*address, std::max(evidence.onset.earliest, evidence.onset.latest - route_slack) - route_slack,
                                          evidence.onset.latest + route_slack);
  return evidence;
}

/// Of every record, by position.
std::vector<Evidence> Analysis::State::all_evidence() const {
  std::vector<Evidence> all;
  std::vector<Neighbour> neighbours;
  for (const auto& [number, record] : records) {
    all.push_back(surroundings(record));
    neighbours.push_back({record.target, record.outage.onset, is_cut(all.back().main_symptom())});
  }
  const auto company = companies(neighbours, targets, networks, looked_at);
  std::size_t at = 0;
  for (const auto& [number, record] : records) {
    // Those that began with it may have been settled since.
    all[at].company = company[at].failing < record.company.failing ? record.company : company[at];
    ++at;
  }
  return all;
}

/// Where it was only ever in doubt, and failed as a line fails, it is listed as the vantage's fault, which is neither up nor down.
Outage Analysis::State::concluded(const Record& record, const Evidence& evidence) const {
  auto verdict = classify(evidence);
  if (!record.was_down && verdict.cause != Cause::vantage_fault && is_cut(evidence.main_symptom())) as_doubt(verdict);
  auto outage = record.outage;
  outage.cause = verdict.cause;
  outage.confidence = verdict.confidence;
  outage.evidence = std::move(verdict.sentences);
  if (options.ledger || !options.orders.empty()) {
    auto judged = judge(outage, evidence, options.orders);
    outage.agreement = judged.agreement;
    outage.agreement_why = std::move(judged.why);
  }
  return outage;
}

std::vector<Outage> Analysis::State::outages() const {
  const auto evidence = all_evidence();
  auto found = settled;
  std::size_t at = 0;
  for (const auto& [number, record] : records) found.push_back(concluded(record, evidence[at++]));
  std::ranges::stable_sort(found, {}, [](const Outage& outage) { return std::pair{outage.onset.latest, outage.onset.earliest}; });
  return found;
}

/// What is old, wherever it stands; where there are too many, the first of those that ended too. What lasts stays.
void Analysis::State::settle() {
  if (newest < looked_for_old + settle_every) return;
  looked_for_old = newest;
  const auto old = [&](const Record& record) { return !record.open && record.outage.end && record.outage.end->latest + settles < newest; };
  const bool some = std::ranges::any_of(records, [&](const auto& entry) { return old(entry.second); });
  if (!some && records.size() <= outages_kept) return;
  const auto evidence = all_evidence();
  auto over = records.size() - std::min(records.size(), outages_kept);
  std::size_t at = 0;
  for (auto entry = records.begin(); entry != records.end(); ++at) {
    auto& record = entry->second;
    record.company = evidence[at].company;
    if (!old(record) && (over == 0 || record.open)) {
      ++entry;
      continue;
    }
    over -= over > 0;
    settled.push_back(concluded(record, evidence[at]));
    entry = records.erase(entry);
  }
  if (settled.size() <= outages_kept) return;
  const auto oldest = settled.size() - outages_kept;
  settled.erase(settled.begin(), settled.begin() + static_cast<std::ptrdiff_t>(oldest));
  forgotten += oldest;
}

Analysis::Analysis(std::vector<Target> targets, AnalysisOptions options)
    : state_(std::make_unique<State>(std::move(targets), std::move(options))) {}
Analysis::~Analysis() = default;
Analysis::Analysis(Analysis&&) noexcept = default;
Analysis& Analysis::operator=(Analysis&&) noexcept = default;

void Analysis::take(const Observation& observation) { state_->take(observation); }
void Analysis::pass(Timestamp now) {
  state_->tracker.pass(now);
  state_->newest = std::max(state_->newest, now);
  state_->turns();
}
void Analysis::finish() {
  state_->tracker.finish();
  state_->turns();
}
void Analysis::set_orders(std::vector<ClosureOrder> orders) { state_->options.orders = std::move(orders); }
std::vector<Outage> Analysis::outages() const { return state_->outages(); }
std::uint64_t Analysis::forgotten() const { return state_->forgotten; }
const Tracker& Analysis::tracker() const { return state_->tracker; }

}  // namespace kulla::outage
