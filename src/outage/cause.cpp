#include "outage/cause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe/enum_to_string.hpp>
#include <cmath>
#include <numeric>

#include "outage/cause_words.hpp"

namespace kulla::outage {
namespace {
constexpr double impossible = -1e9;
constexpr double half = 0.5;
/// What a cause starts from. Network and servers fail more often than the rest; unknown must be beaten.
constexpr std::array<double, cause_count> starts{0, -0.5, 0, 0, 0, 0, 0, 0, -1, -1, 1.5};
/// All is divided by it. 1: drawn outages are more alike than true ones, and sharper odds, which they would bear, would be an overstatement.
constexpr double temperature = 1;
constexpr int surest = 99;  // percent; a model is never sure
constexpr std::size_t sentences_most = 12;

double share_of(const Signs& signs, Sign sign) { return signs[static_cast<std::size_t>(sign)]; }

/// Some causes need to be seen, whatever else speaks for them.
bool possible(Cause cause, const Evidence& evidence, const Signs& signs) {
  const auto seen = [&](std::initializer_list<Sign> any) {
    return std::ranges::any_of(any, [&](Sign sign) { return share_of(signs, sign) > 0; });
  };
  switch (cause) {
    case Cause::protective_closure: {
      int answered = 0, valid = 0;
      for (const auto& [name, vantage] : evidence.vantages) answered += vantage.answers > 0, valid += vantage.valid > 0;
      return valid > 0 && valid >= half * answered && share_of(signs, Sign::notice_valid) >= half;
    }
    case Cause::withdrawal: return evidence.route.has_value();
    case Cause::dns: return seen({Sign::name_unanswered, Sign::name_wrong});
    case Cause::certificate: return seen({Sign::certificate});
    case Cause::defacement: return seen({Sign::page_changed});
    case Cause::wide_outage: return seen({Sign::many_networks});
    case Cause::vantage_fault: return seen({Sign::vantage_blind, Sign::vantage_alone});
    default: return true;
  }
}

std::array<double, cause_count> odds_of(const Evidence& evidence, const Signs& signs) {
  auto odds = starts;
  for (const auto& [sign, cause, weight] : weights()) odds[static_cast<std::size_t>(cause)] += weight * share_of(signs, sign);
  // Few probes say little: one that failed counts for half.
  const double trust = static_cast<double>(evidence.failed()) / (evidence.failed() + 1) / temperature;
  double sum = 0;
  for (std::size_t cause = 0; cause < cause_count; ++cause) {
    if (!possible(static_cast<Cause>(cause), evidence, signs)) odds[cause] = impossible;
    sum += odds[cause] = std::exp(odds[cause] * trust);
  }
  for (auto& one : odds) one /= sum;
  return odds;
}

/// The signs that weigh for or against a cause, the weightiest first.
std::vector<std::pair<Sign, double>> reasons(Cause cause, const Signs& signs) {
  constexpr double slight = 0.25;
  std::vector<std::pair<Sign, double>> found;
  for (const auto& weight : weights())
    if (const double counts = weight.weight * share_of(signs, weight.sign); weight.cause == cause && std::abs(counts) >= slight)
      found.emplace_back(weight.sign, counts);
  std::ranges::stable_sort(found, std::greater{}, [](const auto& reason) { return reason.second; });
  return found;
}

std::vector<std::string> say(const Evidence& evidence, const Signs& signs, Cause cause, const std::array<double, cause_count>& odds) {
  std::vector<std::string> sentences, against;
  for (const auto& [sign, counts] : reasons(cause, signs))
    if (counts > 0) sentences.push_back(sentence(sign, evidence));
    else against.push_back("against it: " + sentence(sign, evidence));
  for (auto& other : other_sentences(evidence, sentences)) sentences.push_back(std::move(other));
  std::ranges::move(against, std::back_inserter(sentences));
  if (sentences.size() >= sentences_most) sentences.resize(sentences_most - 1);
  auto order = std::array<std::size_t, cause_count>{};
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, std::greater{}, [&](std::size_t at) { return odds[at]; });
  const auto next = order[0] == static_cast<std::size_t>(cause) ? order[1] : order[0];
  constexpr double worth_saying = 0.1;
  if (odds[next] >= worth_saying)
    sentences.push_back(
        fmt::format("it may also be {}: {:.0f} %", boost::describe::enum_to_string(static_cast<Cause>(next), ""), 100 * odds[next]));
  return sentences;
}
}  // namespace

const std::vector<Weight>& weights() {
  using enum Cause;
  static const std::vector<Weight> table{{Sign::refused, server_fault, 5},
                                         {Sign::refused, network, 0.5},
                                         {Sign::server_error, server_fault, 5},
                                         {Sign::broke_off, server_fault, 4.5},
                                         {Sign::broke_off, overload, 1},
                                         {Sign::broke_off, network, 0.5},
                                         {Sign::handshake, server_fault, 4},
                                         {Sign::handshake, certificate, 0},
                                         {Sign::busy, overload, 4},
                                         {Sign::busy, server_fault, 2},
                                         {Sign::no_answer, overload, 2.5},
                                         {Sign::no_answer, server_fault, 2.5},
                                         {Sign::no_answer, network, 1},
                                         {Sign::no_connection, network, 4},
                                         {Sign::no_connection, overload, 1.5},
                                         {Sign::no_connection, withdrawal, 1},
                                         {Sign::no_connection, wide_outage, 1},
                                         {Sign::no_connection, vantage_fault, 1},
                                         {Sign::no_route, network, 5},
                                         {Sign::no_route, withdrawal, 1.5},
                                         {Sign::no_route, wide_outage, 1},
                                         {Sign::no_route, vantage_fault, 1.5},
                                         {Sign::name_unanswered, dns, 6},
                                         {Sign::name_unanswered, vantage_fault, 1.5},
                                         {Sign::name_wrong, dns, 7},
                                         {Sign::certificate, certificate, 7},
                                         {Sign::page_changed, defacement, 7},
                                         {Sign::other_status, server_fault, 3.5},
                                         {Sign::other_status, unknown, 1},
                                         {Sign::notice_valid, protective_closure, 8},
                                         {Sign::notice_unproven, unknown, 7},
                                         {Sign::notice_foreign, unknown, 5},
                                         {Sign::slow_before, overload, 3.5},
                                         {Sign::slow_before, server_fault, -1},
                                         {Sign::slow_before, network, -1},
                                         {Sign::steady_before, overload, -1.5},
                                         {Sign::some_answers, overload, 1},
                                         {Sign::some_answers, network, 0.5},
                                         {Sign::some_answers, server_fault, -1},
                                         {Sign::slow_answers, overload, 3},
                                         {Sign::slow_answers, network, -1},
                                         {Sign::quick_answers, overload, -1.5},
                                         {Sign::quick_answers, network, 0.5},
                                         {Sign::slow_refusal, overload, 2.5},
                                         {Sign::quick_refusal, server_fault, 2.5},
                                         {Sign::hung, server_fault, 2},
                                         {Sign::queue_filled, server_fault, 4},
                                         {Sign::queue_filled, network, -1.5},
                                         {Sign::queue_filled, overload, -1.5},
                                         {Sign::mixed, overload, 2},
                                         {Sign::lossy, network, 3},
                                         {Sign::partly_seen, network, 2},
                                         {Sign::whole_network, network, 2},
                                         {Sign::many_networks, wide_outage, 7},
                                         {Sign::many_networks, network, -1},
                                         {Sign::vantage_blind, vantage_fault, 8},
                                         {Sign::vantage_blind, network, -1},
                                         {Sign::vantage_alone, vantage_fault, 2.5},
                                         {Sign::route_withdrawn, withdrawal, 9},
                                         {Sign::route_withdrawn_covered, withdrawal, 6}};
  return table;
}

Verdict classify(const Evidence& evidence) {
  Verdict verdict;
  if (evidence.failed() == 0) {
    verdict.sentences = {"no failed probe is at hand"};
    verdict.odds[static_cast<std::size_t>(Cause::unknown)] = 1;
    return verdict;
  }
  const auto signs = measure(evidence);
  verdict.odds = odds_of(evidence, signs);
  const auto best = std::ranges::max_element(verdict.odds);
  verdict.cause = static_cast<Cause>(best - verdict.odds.begin());
  verdict.confidence = std::min(static_cast<int>(std::lround(100 * *best)), surest);
  verdict.sentences = say(evidence, signs, verdict.cause, verdict.odds);
  return verdict;
}

}  // namespace kulla::outage
