// Why a target was down: signs measured on the evidence, times weights from one table, make a log-odds for each cause; a softmax over
// them is the confidence. The table and how it was fitted: docs/outage-causes.md. Pure.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "outage/evidence.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

inline constexpr std::size_t cause_count = static_cast<std::size_t>(Cause::unknown) + 1;

/// Each between 0 (not at all) and 1 (fully). Those up to notice_foreign are shares of the failing time.
BOOST_DEFINE_ENUM_CLASS(Sign, refused, server_error, broke_off, handshake, busy, no_answer, no_connection, no_route, name_unanswered,
                        name_wrong, certificate, page_changed, other_status, notice_valid, notice_unproven, notice_foreign,
                        slow_before,      // answers slowed down before the onset
                        steady_before,    // they did not
                        some_answers,     // good answers in between
                        slow_answers,     // and the quickest of these slower than usual
                        quick_answers,    // or as quick as ever
                        slow_refusal,     // statuses that are not good came slowly
                        quick_refusal,    // or at once, and nothing else came
                        hung,             // it connects as quickly as ever, and never answers, from one moment to the next
                        queue_filled,     // first it connects and does not answer, then it does not connect: nobody takes what waits
                        mixed,            // failures of several kinds at once, as of a server that is short of something
                        lossy,            // connections fail now and then, and answers that come are as quick as ever
                        partly_seen,      // some vantages reach it
                        whole_network,    // its network's other targets failed with it, and others did not
                        many_networks,    // unrelated networks failed with it, for vantages that see others
                        vantage_blind,    // those who saw it fail saw unrelated networks all fail at once, and nobody else did
                        vantage_alone,    // one vantage, and all that it looks at failed: few networks, so nothing tells which it was
                        route_withdrawn, route_withdrawn_covered)
inline constexpr std::size_t sign_count = static_cast<std::size_t>(Sign::route_withdrawn_covered) + 1;
using Signs = std::array<double, sign_count>;

[[nodiscard]] Signs measure(const Evidence& evidence);

struct Verdict {
  Cause cause = Cause::unknown;
  int confidence = 0;                   ///< percent
  std::vector<std::string> sentences;   ///< the weightiest first; what speaks against it, and the next likely cause, last
  std::array<double, cause_count> odds{};  ///< of each cause, summing to 1
};
/// protective_closure only where most of the failing time showed a valid notice, to at least half of the vantages that got an answer.
[[nodiscard]] Verdict classify(const Evidence& evidence);

/// The table itself, as it is documented: sign, cause, weight; and what each cause starts from.
struct Weight {
  Sign sign;
  Cause cause;
  double weight;
};
[[nodiscard]] const std::vector<Weight>& weights();

}  // namespace kulla::outage
