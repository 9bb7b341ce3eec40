// The signs of cause.hpp. What counts as slow or as many is named here.
#include <algorithm>
#include <cmath>

#include "outage/cause.hpp"

namespace kulla::outage {
namespace {
constexpr std::int64_t noise_us = 5'000;      // differences of a few milliseconds are a scheduler's, not an overload's
constexpr std::size_t enough_before = 6, enough_last = 3;  // good answers, to speak of usual and of a change
constexpr int many = 3;                       // unrelated networks that fail at once by chance: hardly ever
using Seconds = std::chrono::duration<double>;
constexpr double nearly_all = 0.9, most = 0.6;

double at(const Signs& signs, Sign sign) { return signs[static_cast<std::size_t>(sign)]; }

/// 0 below `from`, 1 from `to` on.
double ramp(double value, double from, double to) { return std::clamp((value - from) / (to - from), 0.0, 1.0); }

/// By how many doublings `now` is slower than `usual`.
double slower(std::int64_t now, std::int64_t usual) {
  return std::log2(static_cast<double>(now + noise_us) / static_cast<double>(std::max<std::int64_t>(usual, 0) + noise_us));
}

double part(int some, int all) { return all > 0 ? static_cast<double>(some) / all : 0; }

int good(const Evidence& evidence) { return evidence[Symptom::good].probes; }

double some_answers(const Evidence& evidence) { return ramp(part(good(evidence), good(evidence) + evidence.failed()), 0, 0.15); }

bool knows_usual(const Evidence& evidence) { return evidence.before.answer.size() >= enough_before; }

/// The slower of answering and connecting.
double rise_before(const Evidence& evidence) {
  const auto& before = evidence.before;
  return std::max(slower(before.last_answer.quantile(50), before.answer.quantile(50)),
                  slower(before.last_connect.quantile(50), before.connect.quantile(50)));
}

void measure_shares(const Evidence& evidence, Signs& signs) {
  constexpr std::pair<Symptom, Sign> shares[] = {{Symptom::refused, Sign::refused},
                                                 {Symptom::server_error, Sign::server_error},
                                                 {Symptom::closed, Sign::broke_off},
                                                 {Symptom::malformed, Sign::broke_off},
                                                 {Symptom::tls, Sign::handshake},
                                                 {Symptom::busy, Sign::busy},
                                                 {Symptom::answer_timeout, Sign::no_answer},
                                                 {Symptom::connect_timeout, Sign::no_connection},
                                                 {Symptom::unreachable, Sign::no_route},
                                                 {Symptom::resolve_timeout, Sign::name_unanswered},
                                                 {Symptom::resolve_refused, Sign::name_wrong},
                                                 {Symptom::resolve_missing, Sign::name_wrong},
                                                 {Symptom::resolve_bogus, Sign::name_wrong},
                                                 {Symptom::certificate, Sign::certificate},
                                                 {Symptom::body, Sign::page_changed},
                                                 {Symptom::other_status, Sign::other_status},
                                                 {Symptom::notice_valid, Sign::notice_valid},
                                                 {Symptom::notice_expired, Sign::notice_unproven},
                                                 {Symptom::notice_unverified, Sign::notice_unproven},
                                                 {Symptom::notice_foreign, Sign::notice_foreign}};
  for (const auto& [symptom, sign] : shares)
    if (symptom != Symptom::body || !evidence.page_changes) signs[static_cast<std::size_t>(sign)] += evidence.share(symptom);
}

/// A process that stopped: the kernel still connects until its queue is full. A cut line leaves a late answer or two of each vantage, too,
/// and lost packets mix the two kinds to the end.
double queue_filled(const Evidence& evidence, const Signs& signs) {
  const auto& silent = evidence[Symptom::answer_timeout];
  const auto& full = evidence[Symptom::connect_timeout];
  if (silent.probes == 0 || full.probes == 0 || silent.first > full.first) return 0;
  const auto looking = static_cast<double>(std::max<std::size_t>(evidence.vantages.size(), 1));
  const Seconds overlap = silent.last - full.first, whole = full.last - silent.first;
  const double mixing = whole > Seconds{} ? overlap / whole : 1;
  const auto both = at(signs, Sign::no_answer) + at(signs, Sign::no_connection);
  return ramp(silent.probes, looking, 2 * looking + 1) * (1 - ramp(mixing, 0.3, 0.6)) * ramp(both, 0.7, 0.95) *
         at(signs, Sign::steady_before) * (1 - some_answers(evidence));
}

double mixed(const Evidence& evidence) {
  constexpr Symptom of_want[] = {Symptom::connect_timeout, Symptom::answer_timeout, Symptom::busy, Symptom::closed, Symptom::refused};
  const auto kinds =
      std::ranges::count_if(of_want, [&](Symptom symptom) { return part(evidence[symptom].probes, evidence.failed()) >= 0.1; });
  const auto total = evidence.share(Symptom::busy) + evidence.share(Symptom::answer_timeout) + evidence.share(Symptom::closed);
  return kinds >= 3 ? ramp(total, 0.1, 0.3) : kinds == 2 ? 0.6 * ramp(total, 0.1, 0.3) : 0;
}

/// What a server that is short of something does: only as far as that is what failed does being slow explain it.
double like_want(const Signs& signs) {
  return at(signs, Sign::no_answer) + at(signs, Sign::busy) + at(signs, Sign::no_connection) + at(signs, Sign::broke_off);
}

void measure_speed(const Evidence& evidence, Signs& signs) {
  const auto set = [&](Sign sign, double value) { signs[static_cast<std::size_t>(sign)] = value; };
  const auto usual = evidence.before.answer.quantile(50);
  set(Sign::some_answers, some_answers(evidence));
  if (!knows_usual(evidence)) return;
  if (evidence.before.last_answer.size() >= enough_last) {
    const auto rise = rise_before(evidence);
    set(Sign::slow_before, ramp(rise, 0.6, 2));
    set(Sign::steady_before, 1 - ramp(rise, 0.3, 0.8));
  }
  if (good(evidence) >= 2) {
    const auto rise = slower(evidence.good_answer.quantile(25), usual);
    set(Sign::slow_answers, ramp(rise, 0.8, 2.5));
    // Who says of itself that it is too busy, and serves the others as quickly as ever, sheds load.
    set(Sign::quick_answers, (1 - ramp(rise, 0.4, 1.2)) * (1 - at(signs, Sign::busy)));
  }
  const double refusing = at(signs, Sign::busy) + at(signs, Sign::server_error);
  const auto refusal = slower(evidence.failed_answer.quantile(50), usual);
  set(Sign::slow_refusal, refusing * ramp(refusal, 1, 3));
  set(Sign::quick_refusal,
      at(signs, Sign::busy) * (1 - ramp(refusal, 0.5, 1.5)) * (1 - some_answers(evidence)) * at(signs, Sign::steady_before));
  const double wanting = ramp(like_want(signs), 0.2, 0.6);
  for (const auto sign : {Sign::slow_before, Sign::slow_answers}) set(sign, at(signs, sign) * wanting);
  const bool connects =
      evidence.failed_connect.size() >= 2 && slower(evidence.failed_connect.quantile(50), evidence.before.connect.quantile(50)) < 1;
  set(Sign::hung,
      connects ? ramp(at(signs, Sign::no_answer), 0.7, 0.95) * at(signs, Sign::steady_before) * (1 - some_answers(evidence)) : 0);
}

void measure_loss(const Evidence& evidence, Signs& signs) {
  const auto lost = at(signs, Sign::no_connection) + 0.5 * at(signs, Sign::no_answer);
  signs[static_cast<std::size_t>(Sign::lossy)] = ramp(lost, 0.3, 0.7) * at(signs, Sign::quick_answers) *
                                                 ramp(at(signs, Sign::no_connection), 0.2, 0.4) * at(signs, Sign::some_answers) *
                                                 (1 - at(signs, Sign::slow_before));
  int failing = 0, seeing = 0;
  for (const auto& [name, vantage] : evidence.vantages)
    if (vantage.failed + vantage.good > 0) ++(vantage.failed > vantage.good ? failing : seeing);
  signs[static_cast<std::size_t>(Sign::partly_seen)] = failing > 0 ? ramp(part(seeing, failing + seeing), 0.1, 0.3) : 0;
}

bool is_blind(const VantageSeen& vantage) {
  return vantage.networks_failing >= many && part(vantage.others_failing, vantage.others) >= nearly_all;
}

/// What a server can hardly do to itself.
double like_network(const Signs& signs) {
  return at(signs, Sign::no_connection) + at(signs, Sign::no_route) + at(signs, Sign::name_unanswered);
}

void measure_company(const Evidence& evidence, Signs& signs) {
  const auto set = [&](Sign sign, double value) { signs[static_cast<std::size_t>(sign)] = value; };
  const auto& company = evidence.company;
  int failing = 0, blind = 0, seeing = 0;
  for (const auto& [name, vantage] : evidence.vantages) {
    if (vantage.failed <= vantage.good) seeing += vantage.good > 0;
    else if (++failing; is_blind(vantage)) ++blind;
  }
  const double like = ramp(like_network(signs), 0.3, 0.6);
  const bool single = std::max<int>(evidence.vantages_known, failing + seeing) == 1;
  const bool all_blind = failing > 0 && blind == failing;
  set(Sign::vantage_blind, all_blind && (single || (seeing > 0 && failing == 1)) ? like : 0);
  const bool others = company.networks > company.networks_failing;
  const bool wide = company.networks_failing >= many && part(company.failing, company.targets) >= most;
  set(Sign::many_networks, wide && (!single || (others && !all_blind)) ? like : 0);
  const auto* only = single && !evidence.vantages.empty() ? &evidence.vantages.begin()->second : nullptr;
  set(Sign::vantage_alone, only && !all_blind && only->others_failing == only->others ? like * (only->others > 0 ? 1 : 0.5) : 0);
  set(Sign::whole_network, !wide && company.own_network >= 2 && company.own_network_failing == company.own_network && others ? like : 0);
  if (evidence.route) set(evidence.route->covered ? Sign::route_withdrawn_covered : Sign::route_withdrawn, 1);
}
}  // namespace

Signs measure(const Evidence& evidence) {
  Signs signs{};
  measure_shares(evidence, signs);
  measure_speed(evidence, signs);
  signs[static_cast<std::size_t>(Sign::mixed)] = mixed(evidence);
  signs[static_cast<std::size_t>(Sign::queue_filled)] = queue_filled(evidence, signs);
  measure_loss(evidence, signs);
  measure_company(evidence, signs);
  return signs;
}

}  // namespace kulla::outage
