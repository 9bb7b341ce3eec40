// Whose failure is it? A vantage's own is never a target's. docs/outage-method.md, "Vantages".
#include <algorithm>
#include <set>

#include "outage/tracker_state.hpp"

namespace kulla::outage {
using std::chrono::microseconds;
namespace {
constexpr std::size_t least_unrelated = 2;          // of one fate alone nothing can be said of the vantage
constexpr std::chrono::minutes gone{5};             // a vantage that is silent for so long is not judged
constexpr std::uint8_t proofs = 2;                        // one silence after an answer can be a lost probe
constexpr int answers_that_heal = 2;                // targets answered: the uplink is back
constexpr std::uint8_t words_against = 3;           // in a row
constexpr std::chrono::seconds against_for{10};     // and for so long: a contradiction, not a moment's difference
constexpr int contradictions = 3;                   // targets, before a vantage is named
constexpr int contradicted_share = 10;              // in one of so many of its targets
constexpr float lossy = 0.2F, others_lossless = 0.05F, lossless_again = 0.1F;
}  // namespace

/// One vantage alone sees a target silent. It is the target's failure if it was reached (a connection needs an uplink), if it stayed
/// silent after something that shares nothing with it had answered, or if there is nothing such; the vantage's, if all that was answered
/// before is silent now. A name server that does not answer may be the only thing that failed: where nothing else did, it is no uplink.
Tracker::State::Alone Tracker::State::whose_failure(const Held& held, Timestamp now) const {
  std::size_t vantage = 0;
  while (!(held.pairs[vantage].says == Pair::Says::bad && counts(vantage) && fresh(held, held.pairs[vantage], now))) ++vantage;
  const auto& pair = held.pairs[vantage];
  if (is_reached(pair.layer)) return Alone::target;
  if (pair.proven >= proofs) return Alone::target;
  bool cut = pair.layer != Layer::resolve_timeout;
  int silent = 0, unasked = 0, answered = 0;
  microseconds patience{};
  for (const auto& other : targets) {
    if (other.key == held.key || other.pairs.size() <= vantage) continue;
    const auto& its = other.pairs[vantage];
    const auto recent = its.last_good + other.patience();
    if (its.last_good == Timestamp{} || recent < pair.bad_since) continue;  // it was not answered before, either
    patience = std::max(patience, other.patience());
    const bool silences = its.says == Pair::Says::bad && !is_reached(its.layer);
    cut |= silences && its.layer != Layer::resolve_timeout;
    (silences ? silent : std::max(its.last_good, its.last_reached) > pair.bad_since ? answered : unasked) += 1;
  }
  if (silent + unasked + answered == 0 || (!cut && unasked == 0)) return Alone::target;
  if (cut && silent * 10 >= (silent + unasked + answered) * 9) return Alone::vantage;
  if (held.waiting_since != Timestamp{} && now - held.waiting_since > patience)
    return cut && silent >= unasked + answered ? Alone::vantage : Alone::target;
  return Alone::wait;
}

/// Counts the silences that were sent after something that has nothing in common with the target had answered, itself sent after the
/// first silence: the vantage had an uplink in between.
void Tracker::State::prove(const Held& held, Pair& pair, const Witness& witness, Timestamp sent) {
  if (pair.uplink_at > pair.bad_since && sent > pair.uplink_at && pair.proven < proofs) ++pair.proven;
  if (pair.uplink_at > pair.bad_since) return;
  for (const auto& alibi : witness.alibi)
    if (alibi.key != 0 && alibi.key != held.key && alibi.sent > pair.bad_since) pair.uplink_at = alibi.sent;
}

/// It says bad of half of its targets and more, and others see most of these well.
bool Tracker::State::fails_alone(std::size_t vantage, Timestamp now) const {
  int words = 0, bad = 0, compared = 0, well = 0;
  std::set<std::uint32_t> fates;
  for (const auto& held : targets) {
    if (held.pairs.size() <= vantage) continue;
    const auto& pair = held.pairs[vantage];
    if (pair.says == Pair::Says::nothing || !fresh(held, pair, now)) continue;
    ++words;
    if (pair.says != Pair::Says::bad) continue;
    ++bad;
    if (!is_silence(pair.layer)) continue;
    int goods = 0, bads = 0;
    for (std::size_t other = 0; other < held.pairs.size(); ++other)
      if (other != vantage && counts(other) && held.pairs[other].newest > pair.bad_since)
        (held.pairs[other].says == Pair::Says::good ? goods : bads) += held.pairs[other].says != Pair::Says::nothing;
    if (goods + bads == 0) continue;
    ++compared;
    if (goods > bads) ++well, fates.insert(held.key);
  }
  return bad * 2 >= words && fates.size() >= least_unrelated && well * 5 >= compared * 4;
}

void Tracker::State::judge(Timestamp now) {
  for (const auto place : watched) {
    auto& held = targets[place];
    if (held.waiting_since == Timestamp{} || votes(held, now).all() != 1 || whose_failure(held, now) != Alone::vantage) continue;
    for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage)
      if (held.pairs[vantage].says == Pair::Says::bad && counts(vantage) && fresh(held, held.pairs[vantage], now)) {
        at_fault(vantage, now, true);
        break;
      }
  }
  for (std::size_t vantage = 0; vantage < witnesses.size(); ++vantage) {
    auto& witness = witnesses[vantage];
    if (witness.heard + gone < now) continue;
    if (witness.health == VantageHealth::fault) {
      const bool well = witness.alone ? witness.answers >= answers_that_heal
                                      : witness.bad_words * 4 < witness.words && witness.stray.value < lossless_again;
      if (well) healthy_again(vantage, now);
    } else if (witness.health == VantageHealth::healthy && witnesses.size() > 1) {
      const bool fails = witness.bad_words >= 2 && witness.bad_words * 2 >= witness.words && fails_alone(vantage, now);
      if (fails || loses_alone(vantage)) at_fault(vantage, now, false);
    }
  }
}

/// A large share of its probes is lost, of most others' a small one.
bool Tracker::State::loses_alone(std::size_t vantage) const {
  if (witnesses[vantage].stray.value < lossy) return false;
  const auto well = std::ranges::count_if(witnesses, [](const Witness& witness) { return witness.stray.value < others_lossless; });
  return well * 2 > std::ssize(witnesses);
}

void Tracker::State::at_fault(std::size_t vantage, Timestamp now, bool alone) {
  auto& witness = witnesses[vantage];
  witness.health = VantageHealth::fault;
  witness.alone = alone;
  witness.answers = 0;
  witness.fault_since = witness.fault_known = now;
  for (const auto& held : targets)
    if (held.pairs.size() > vantage && held.pairs[vantage].says == Pair::Says::bad && held.condition != Condition::down)
      witness.fault_since = std::min(witness.fault_since, held.pairs[vantage].bad_since);
  for (auto& held : targets) {
    if (held.pairs.size() <= vantage) continue;
    auto& pair = held.pairs[vantage];
    pair.own.forget();
    // One that is alone has no other account than its own: what stays silent after its line is back was silent since then.
    if (!alone) pair.onset.forget_after();
    // Of a target that was down before, it last knew so before its own failure.
    if (const auto befores = pair.ending.befores(); !befores.empty() && befores.front().sent >= witness.fault_since) {
      const auto known = befores.back().sent < witness.fault_since ? befores.back().sent : witness.fault_since - 2 * held.every;
      pair.ending = {};
      pair.ending.before({.sent = known});
    }
    if (alone) held.pooled.forget();
  }
  health_changed(vantage, now);
  if (!alone) leave_out(vantage, witness.fault_since, now);
}

void Tracker::State::healthy_again(std::size_t vantage, Timestamp now) {
  auto& witness = witnesses[vantage];
  witness.health = VantageHealth::healthy;
  witness.words = witness.bad_words = 0;
  for (auto& held : targets) {
    if (held.pairs.size() <= vantage) continue;
    auto& pair = held.pairs[vantage];
    // What it could not see then, it has to ask again.
    if (pair.says == Pair::Says::bad) pair.says = Pair::Says::nothing, pair.own.forget(), pair.run = 0;
    witness.words += pair.says != Pair::Says::nothing;
  }
  health_changed(vantage, now);
}

/// All that it was counted in is counted again.
void Tracker::State::health_changed(std::size_t vantage, Timestamp now) {
  for (auto& held : targets)
    if (held.pairs.size() > vantage && held.pairs[vantage].heard != Timestamp{}) decide(held, now);
}

/// Compares what a vantage says, once it is sure of it, with what the others agree on.
void Tracker::State::compare(Held& held, std::size_t vantage, Word word, const Record& record) {
  auto others = votes(held, record.ended());
  auto& pair = held.pairs[vantage];
  if (counts(vantage) && pair.says != Pair::Says::nothing) (pair.says == Pair::Says::good ? others.goods : others.bads) -= 1;
  const bool all_up = others.goods >= 2 && others.goods >= 2 * others.bads, all_down = others.bads >= 2 && others.bads >= 2 * others.goods;
  const bool good = word == Word::good, sure = good ? pair.own.belief() > parameters.up_above : pair.own.belief() < parameters.down_below;
  auto& witness = witnesses[vantage];
  if (good ? all_up : all_down) {
    pair.against = 0;
    if (good && sure && std::exchange(pair.contradicts, false)) --witness.contradicted_down, name_if_lying(vantage, record.ended());
    if (!good && sure && held.condition == Condition::down && std::exchange(pair.judged_in, held.outages) != held.outages)
      ++witness.agreed_down, name_if_lying(vantage, record.ended());
    return;
  }
  const bool outage_holds = held.condition == Condition::down && record.sent > held.onset.when.latest;
  if (!sure || witness.health == VantageHealth::fault || !(good ? all_down && outage_holds : all_up)) return;
  if (pair.against == 0) pair.against_since = record.ended();
  pair.against = static_cast<std::uint8_t>(std::min(pair.against + 1, 255));
  if (pair.against < words_against || record.ended() - pair.against_since < against_for) return;
  const bool fresh_contradiction =
      good ? std::exchange(pair.judged_in, held.outages) != held.outages : !std::exchange(pair.contradicts, true);
  if (!fresh_contradiction) return;
  ++(good ? witness.contradicted_up : witness.contradicted_down);
  name_if_lying(vantage, record.ended());
}

void Tracker::State::name_if_lying(std::size_t vantage, Timestamp now) {
  auto& witness = witnesses[vantage];
  if (witness.health == VantageHealth::fault) return;
  constexpr int remembered_outages = 64;
  if (witness.contradicted_up + witness.agreed_down > remembered_outages) witness.contradicted_up /= 2, witness.agreed_down /= 2;
  // The same evidence that names it frees it again only when half of it is gone.
  const bool named = witness.health == VantageHealth::dissenting;
  const int enough = named ? (contradictions + 1) / 2 : std::min(contradictions, std::max(2, witness.words));
  const bool down =
      witness.contradicted_down >= enough && witness.contradicted_down * contradicted_share * (named ? 2 : 1) >= witness.words;
  const bool up = witness.contradicted_up >= enough && witness.contradicted_up >= witness.agreed_down * (named ? 1 : 2) / 2;
  const auto health = down || up ? VantageHealth::dissenting : VantageHealth::healthy;
  if (health == witness.health) return;
  witness.health = health;
  health_changed(vantage, now);
  if (health == VantageHealth::dissenting) leave_out(vantage, {}, now);
}
}  // namespace kulla::outage
