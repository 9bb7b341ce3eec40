// Properties of every safety rule that concerns decisions, over random lives. What is checked after each input stands in rules.cpp.
// A failure prints the shortest life found, and a string for RC_PARAMS="reproduce=…" that plays it again. KULLA_LONG=1: more lives.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

#include "incident/life.hpp"
#include "incident/rules.hpp"

namespace rc {
template <>
struct Arbitrary<kulla::incident::Action> {
  static Gen<kulla::incident::Action> arbitrary() { throw std::logic_error("choose among which"); }
};
}  // namespace rc

namespace kulla::incident {
namespace {

constexpr int lives = 100, more = 20;  // by default, and times so many in the long run
constexpr int longest_life = 150;

using Weights = std::vector<std::pair<std::size_t, Do>>;

rc::Gen<std::vector<Action>> actions(const Weights& weights) {
  std::vector<Do> deck;
  for (const auto& [weight, what] : weights) deck.insert(deck.end(), weight, what);
  const auto byte = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint8_t>());
  const auto action = rc::gen::construct<Action>(rc::gen::elementOf(deck), byte, byte, byte);
  return rc::gen::container<std::vector<Action>>(action);
}

/// Everything, with enough of the way back that lives get there.
Weights whole_life() {
  return {{4, Do::attempt},
          {1, Do::flood},
          {2, Do::attempt_seen_to_succeed},
          {4, Do::effect},
          {1, Do::effect_of_a_rule_that_may_not_close},
          {1, Do::out_of_scope},
          {3, Do::ask_close},
          {2, Do::ask_verify},
          {2, Do::ask_withdraw},
          {4, Do::inspect_clean},
          {1, Do::inspect_findings},
          {1, Do::inspect_failed},
          {1, Do::inspect_old},
          {3, Do::prove},
          {1, Do::prove_badly},
          {8, Do::verify_whole},
          {6, Do::come_back},
          {3, Do::approve},
          {8, Do::approve_twice},
          {2, Do::approve_badly},
          {1, Do::replay_approval},
          {1, Do::hold},
          {2, Do::resume},
          {1, Do::resume_badly},
          {1, Do::change_approvers},
          {1, Do::change_approvers_badly},
          {4, Do::tick},
          {4, Do::quiet},
          {4, Do::all_well},
          {1, Do::wait},
          {1, Do::jump_wall},
          {1, Do::stall},
          {2, Do::confirm_one},
          {6, Do::confirm_all},
          {1, Do::repeat_confirmation},
          {1, Do::lose_confirmations},
          {1, Do::confirm_what_was_not_ordered},
          {1, Do::gate_down},
          {2, Do::gate_up},
          {1, Do::other_hand},
          {1, Do::other_hand_forgets},
          {2, Do::read_back},
          {3, Do::sync_some},
          {4, Do::sync_all},
          {1, Do::crash},
          {1, Do::crash_and_reboot},
          {1, Do::restart},
          {1, Do::ask_mode},
          {1, Do::ask_mode_badly},
          {1, Do::believe},
          {1, Do::go_blind}};
}
Weights only_attempts() {
  return {{12, Do::attempt},    {3, Do::flood}, {6, Do::out_of_scope}, {3, Do::tick},     {1, Do::quiet},
          {2, Do::confirm_all}, {1, Do::crash}, {1, Do::restart},      {2, Do::sync_all}, {1, Do::stall}};
}
Weights only_time() {
  return {{4, Do::tick},
          {4, Do::quiet},
          {4, Do::all_well},
          {2, Do::wait},
          {2, Do::jump_wall},
          {2, Do::stall},
          {1, Do::crash},
          {1, Do::crash_and_reboot},
          {2, Do::restart},
          {2, Do::confirm_all},
          {1, Do::lose_confirmations},
          {2, Do::sync_all},
          {1, Do::read_back}};
}
Weights with_many_crashes() {
  auto weights = whole_life();
  weights.insert(weights.end(), {{12, Do::crash}, {4, Do::crash_and_reboot}, {12, Do::sync_some}});
  return weights;
}

std::string told(const std::vector<std::string>& broken) {
  std::string text;
  for (const auto& line : broken) text += line + "\n";
  return text;
}

/// Runs `property` over many lives; what RapidCheck says of a failure becomes the test's.
template <typename Property>
void for_lives(Property property, std::optional<std::uint64_t> seed = {}) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = fmt::format("{}/{}", info->test_suite_name(), info->name());
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = std::getenv("KULLA_LONG") ? lives * more : lives;
  params.maxSize = longest_life;
  params.seed = seed.value_or(params.seed);
  const auto result = rc::detail::checkTestable(property, metadata, params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  FAIL() << text.str();
}

TEST(Safety, EveryRuleHoldsOverWholeLives) {
  for_lives([] {
    Life life{random_setting()};
    life.play(*actions(whole_life()));
    RC_ASSERT(told(life.world.broken()) == "");
  });
}

TEST(Safety, EveryRuleHoldsWithCrashesAtAnyFact) {
  for_lives([] {
    Life life{random_setting()};
    life.play(*actions(with_many_crashes()));
    RC_ASSERT(told(life.world.broken()) == "");
  });
}

TEST(Safety, AnyLifeSettlesWithTheGateDoingWhatTheLedgerSays) {
  for_lives([] {
    Life life{random_setting()};
    life.play(*actions(whole_life()));
    life.settle();
    RC_ASSERT(told(life.world.broken()) == "");
    for (const auto& [id, record] : life.world.state().services) {
      RC_ASSERT(to_map_value(record.confirmed) == to_map_value(record.wanted));
      RC_ASSERT(to_map_value(life.world.gate.entry(id)) == to_map_value(record.wanted));
    }
    RC_ASSERT(life.world.refolded() == life.world.state());
  });
}

TEST(Safety, AttemptsAloneNeverClose) {
  for_lives([] {
    Life life{random_setting()};
    life.world.make_durable();  // a service that is new is closed where the gate guards it
    life.play(*actions(only_attempts()));
    RC_ASSERT(told(life.world.broken()) == "");
    for (const auto& [id, record] : life.world.state().services) RC_ASSERT(!is_closed(record.state));
  });
}

TEST(Safety, AnAttemptThatOneSensorSawSucceedNeverCloses) {
  for_lives([] {
    Life life{random_setting()};
    life.world.make_durable();
    for (auto action : *actions({{1, Do::attempt_seen_to_succeed}, {1, Do::tick}})) {
      action.b = static_cast<std::uint8_t>(action.b * 4 + 2);  // always the gate
      life.play(action);
    }
    RC_ASSERT(told(life.world.broken()) == "");
    for (const auto& [id, record] : life.world.state().services) RC_ASSERT(!is_closed(record.state));
  });
}

TEST(Safety, AcceptedFindingsOpenNothingAndOrderNothing) {
  for_lives([] {
    Life life{random_setting()};
    life.play(*actions(whole_life()));
    const auto before = life.world.state();
    input::FindingsAccepted accepted;
    accepted.system = SystemId{"web-1"}, accepted.by = PersonId{"console:anna"}, accepted.findings = 3;
    const auto decided = life.world.give(accepted);
    RC_ASSERT(decided.facts.size() == 1U);
    RC_ASSERT(decided.orders.empty());
    auto after = life.world.state();
    after.facts = before.facts, after.seen = before.seen;
    RC_ASSERT(after == before);
    RC_ASSERT(told(life.world.broken()) == "");
  });
}

bool is_looser(const ServiceRecord& before, const ServiceRecord& after) {
  if (is_closed(after.state) || !is_closed(before.state)) return false;
  return before.state != ServiceState::trial;  // a trial that two approved may end
}

TEST(Safety, TimeAloneNeverOpens) {
  for_lives([] {
    Life life{random_setting()};
    life.play(*actions(whole_life()));
    life.settle();
    const auto before = life.world.state();
    life.play(*actions(only_time()));
    RC_ASSERT(told(life.world.broken()) == "");
    for (const auto& [id, record] : life.world.state().services) RC_ASSERT(!is_looser(*before.find(id), record));
  });
}

TEST(Safety, AdviceTouchesNothing) {
  for_lives([] {
    Life life{random_setting(Mode::advise)};
    auto weights = whole_life();
    std::erase_if(weights, [](const auto& weight) {
      return weight.second == Do::ask_close || weight.second == Do::ask_mode || weight.second == Do::ask_mode_badly ||
             weight.second == Do::other_hand || weight.second == Do::other_hand_forgets;
    });
    life.play(*actions(weights));
    RC_ASSERT(told(life.world.broken()) == "");
    RC_ASSERT(life.world.gate.blocked.empty());
    for (const auto& service : life.world.setting.catalogue.services)
      RC_ASSERT(to_map_value(life.world.gate.entry(service.id)) == "o:------------:000");
  });
}

/// One sequence after another, each of its own seed: what RapidCheck's lives are too long and too slow for.
std::string broken_in(std::uint64_t seed, const std::vector<Do>& deck, std::map<std::string, std::uint64_t>& reached) {
  std::mt19937_64 random{seed};
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  Life life{random_setting()};
  for (auto steps = 10 + random() % 40; steps > 0; --steps) life.play({deck[random() % deck.size()], byte(), byte(), byte()});
  for (const auto& fact : life.world.facts()) ++reached[std::string{kind_of(fact)}];
  const auto broken = told(life.world.broken());
  if (broken.empty()) return "";
  std::string facts;
  for (const auto& fact : life.world.facts()) facts += json::serialize(to_json(fact)) + "\n";
  return fmt::format("sequence {}: {}\n{}", seed, broken, facts);
}

/// Enough of the way back that a part of the sequences opens something: the last assertion says how many.
TEST(Safety, NothingOpensWithoutTwoApprovalsInAMillionSequences) {
  const char* wanted = std::getenv("KULLA_SEQUENCES");  // make test-long: 1,000,000, optimised
  const std::uint64_t sequences = wanted ? std::strtoull(wanted, nullptr, 10) : 300;
  std::vector<Do> deck;
  for (const auto& [weight, what] : whole_life()) deck.insert(deck.end(), weight, what);
  std::mutex mutex;
  std::map<std::string, std::uint64_t> reached;
  std::string broken;
  const char* from = std::getenv("KULLA_FIRST_SEQUENCE");  // to play one again
  std::atomic<std::uint64_t> next = from ? std::strtoull(from, nullptr, 10) : 0;
  const auto play = [&] {
    std::map<std::string, std::uint64_t> mine;
    std::string wrong;
    for (auto seed = next++; seed < sequences && wrong.empty(); seed = next++) {
      if (wanted && seed % (sequences / 20 + 1) == 0) fmt::print(stderr, "{} of {} sequences\n", seed, sequences);
      wrong = broken_in(seed, deck, mine);
    }
    const std::scoped_lock lock{mutex};
    for (const auto& [kind, count] : mine) reached[kind] += count;
    broken += wrong;
  };
  {
    std::vector<std::jthread> threads;
    for (auto i = std::max(1U, std::thread::hardware_concurrency()); i > 0; --i) threads.emplace_back(play);
  }
  EXPECT_EQ(broken, "");
  fmt::print("{} sequences: {} trials started, {} opened, {} approvals, {} refusals\n", sequences, reached["trial_started"],
             reached["opened"], reached["approved"], reached["refused"]);
  if (from) return;
  EXPECT_GT(reached["trial_started"], 0U);
  EXPECT_GT(reached["opened"], 0U);
}

/// A guard that lives never reach guards nothing: the tests above are worth what they reach.
TEST(Safety, LivesReachEveryState) {
  std::map<std::string, int> kinds;
  for_lives(
      [&] {
        Life life{random_setting()};
        life.play(*actions(whole_life()));
        for (const auto& fact : life.world.facts()) ++kinds[std::string{kind_of(fact)}];
      },
      1);
  for (const auto* kind :
       {"closed",           "guarded",       "unguarded",     "verified",     "verification_failed", "verification_voided",
        "approved",         "trial_started", "trial_widened", "opened",       "gate_drifted",        "gate_failed",
        "refused",          "out_of_scope",  "advised",       "person_paged", "clock_gap",           "source_blocked",
        "source_unblocked", "incident_ended"})
    EXPECT_GT(kinds[kind], 0) << kind;
}

}  // namespace
}  // namespace kulla::incident
