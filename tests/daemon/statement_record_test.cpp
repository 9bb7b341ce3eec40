// The fold that statements rest on, over random facts: held against incident/evolve and against plain recounts of the facts themselves.
#include "daemon/statement_record.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>
#include <ranges>

#include "incident/decide.hpp"
#include "notify/language.hpp"

namespace kulla::daemon {
namespace {
using namespace std::chrono_literals;
using incident::ServiceState;
using notify::Record;

/// Facts that could follow one another, about few things, so that they meet; and some that could not.
class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 4; ++i) add(fact::ServiceDeclared{declared(i)});
  }
  void step() {
    using Make = FactBody (RandomHistory::*)();
    static constexpr std::array<Make, 19> makes{
        &RandomHistory::declare, &RandomHistory::retire,  &RandomHistory::alert,   &RandomHistory::incident, &RandomHistory::guard,
        &RandomHistory::close,   &RandomHistory::close,   &RandomHistory::confirm, &RandomHistory::confirm,  &RandomHistory::confirm,
        &RandomHistory::drift,   &RandomHistory::believe, &RandomHistory::believe, &RandomHistory::way_back, &RandomHistory::way_back,
        &RandomHistory::inspect, &RandomHistory::inspect, &RandomHistory::prove,   &RandomHistory::suspect};
    add((this->*makes[below(makes.size())])());
  }
  void add(FactBody body) {
    now_ += std::chrono::seconds{below(240)};
    Fact fact{{now_, Ticks{static_cast<std::int64_t>(facts.size())}}, std::move(body)};
    state = incident::evolve(std::move(state), fact);
    facts.push_back(fact);
    fold.take(facts.size(), fact);
  }
  [[nodiscard]] Record record() const {
    auto record = fold.record();
    record.now = now_;
    return record;
  }
  [[nodiscard]] Timestamp now() const { return now_; }

  std::vector<Fact> facts;
  incident::State state;
  StatementRecord fold;

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  bool coin() { return below(2) == 0; }
  ServiceId service() { return ServiceId{fmt::format("s{}", below(5))}; }
  SystemId system() { return SystemId{fmt::format("web{}", below(3))}; }
  DatasetId dataset() { return DatasetId{fmt::format("data{}", below(3))}; }
  Service declared(std::size_t which) {
    return {ServiceId{fmt::format("s{}", which)}, fmt::format("s{}.example", which), "/", {system()}, {dataset()}, "", false};
  }
  ClosureId closure_of(const ServiceId& id) {
    const auto* record = state.find(id);
    return record && record->closure && below(8) > 0 ? record->closure->id : ClosureId{"another"};
  }
  FactBody declare() { return fact::ServiceDeclared{declared(below(5))}; }
  FactBody retire() { return below(4) == 0 ? FactBody{fact::ServiceRetired{service()}} : FactBody{fact::ClockGap{}}; }
  FactBody alert() {
    Alert alert;
    alert.title = "secret-title";
    alert.what = "secret-path";
    alert.source = SourceRef{"secret-source"};
    if (coin()) alert.system = system();
    return fact::Alerted{alert, coin(), {{service(), 0, 30'000}}, 0};
  }
  FactBody incident() {
    if (state.incident) return below(3) == 0 ? FactBody{fact::IncidentEnded{*state.incident}} : FactBody{fact::ClockGap{}};
    return fact::IncidentOpened{IncidentId{"i"}};
  }
  FactBody guard() { return coin() ? FactBody{fact::Guarded{service(), "secret-why"}} : FactBody{fact::Unguarded{service()}}; }
  FactBody close() {
    return fact::Closed{
        service(), ClosureId{fmt::format("c{}", facts.size())}, static_cast<ClosedBy>(below(3)), PersonId{"secret-person"}, "secret-why",
        {}};
  }
  /// As decide gives it: of what was ordered last.
  FactBody confirm() {
    const auto id = service();
    const auto* record = state.find(id);
    return record ? FactBody{fact::GateConfirmed{id, record->wanted, now_, 1, 0}} : FactBody{fact::ClockGap{}};
  }
  FactBody drift() {
    return fact::GateDrifted{{service(), {static_cast<GateMode>(below(4)), ClosureId{"another"}, 0}, "1"}, {GateMode::open, {}, 0}};
  }
  FactBody believe() {
    Belief belief;
    belief.service = service();
    belief.seen = static_cast<Seen>(below(4));
    if (below(4) == 0) belief.vantage = VantageId{"v1"};
    return fact::BeliefChanged{belief, static_cast<Agreement>(below(3)), "secret-why"};
  }
  FactBody way_back() {
    const auto id = service();
    const auto closure = closure_of(id);
    switch (below(7)) {
      case 0: return fact::VerificationAsked{id, closure, Purpose::reopen, {}, ""};
      case 1: return fact::VerificationFailed{id, closure, ""};
      case 2: return fact::Verified{id, closure, {}};
      case 3: return fact::VerificationVoided{id, closure, ""};
      case 4: return fact::TrialStarted{id, closure, 10};
      case 5: return fact::TrialWidened{id, closure, 50};
      default: return fact::Opened{id, closure, Purpose::reopen};
    }
  }
  FactBody inspect() {
    Report report;
    report.system = system();
    report.clean = coin();
    report.files = static_cast<std::int64_t>(below(1000));
    report.started.wall = now_ - std::chrono::seconds{below(600)};
    report.finished.wall = now_;
    return fact::Inspected{report};
  }
  FactBody prove() {
    Proof proof;
    proof.dataset = dataset();
    proof.passed = below(4) > 0;
    if (below(6) == 0) proof.drift = "secret-drift";
    proof.finished.wall = now_ - std::chrono::seconds{below(600)};
    return fact::Proved{proof};
  }
  FactBody suspect() { return fact::BackupSuspected{dataset(), "secret-why"}; }

  std::mt19937_64 random_;
  Timestamp now_ = parse_rfc3339("2022-07-15T10:00:00Z").value();
};

RandomHistory history() {
  RandomHistory made{*rc::gen::arbitrary<std::uint64_t>()};
  const auto steps = *rc::gen::inRange(0, 250);
  for (int i = 0; i < steps; ++i) made.step();
  return made;
}

// --- plain recounts: from the state, and from the facts from the last to the first

template <typename Body, typename Test>
const Body* last(const RandomHistory& history, Test test, std::size_t* number = nullptr) {
  for (std::size_t i = history.facts.size(); i-- > 0;)
    if (const auto* body = std::get_if<Body>(&history.facts[i].body); body && test(*body)) {
      if (number) *number = i + 1;
      return body;
    }
  return nullptr;
}
const fact::BeliefChanged* outside(const RandomHistory& history, const incident::ServiceRecord& record) {
  std::size_t declared = 0;  // what was believed before it was known is of no service
  for (std::size_t i = 0; i < history.facts.size() && declared == 0; ++i)
    if (const auto* body = std::get_if<fact::ServiceDeclared>(&history.facts[i].body); body && body->service.id == record.service.id)
      declared = i + 1;
  std::size_t number = 0;
  const auto* belief = last<fact::BeliefChanged>(
      history, [&](const auto& fact) { return fact.belief.service == record.service.id && fact.belief.vantage.empty(); }, &number);
  return number > declared ? belief : nullptr;
}
bool closed_to_the_public(const RandomHistory& history, const incident::ServiceRecord& record) {
  const auto* seen = outside(history, record);
  return record.closure && record.closure->acknowledged && record.confirmed.mode == GateMode::closed &&
         !(seen && seen->agreement == Agreement::contradicts);
}
bool open_to_the_public(const RandomHistory& history, const incident::ServiceRecord& record) {
  const auto* seen = outside(history, record);
  return !incident::is_closed(record.state) && record.confirmed.mode <= GateMode::guarded && !(seen && seen->belief.seen == Seen::down);
}
template <typename Test>
std::int64_t count(const RandomHistory& history, Test test) {
  return std::ranges::count_if(history.state.services | std::views::values,
                               [&](const auto& record) { return !record.retired && test(record); });
}
bool proved(const RandomHistory& history, const DatasetId& dataset) {
  std::size_t at = 0, doubted = 0;
  const auto* proof = last<fact::Proved>(history, [&](const auto& fact) { return fact.proof.dataset == dataset; }, &at);
  (void)last<fact::BackupSuspected>(history, [&](const auto& fact) { return fact.dataset == dataset; }, &doubted);
  return proof && proof->proof.passed && !proof->proof.drift && doubted < at && history.now() - proof->proof.finished.wall <= 1h;
}
std::set<DatasetId> datasets(const RandomHistory& history) {
  std::set<DatasetId> all;
  for (const auto& record : history.state.services | std::views::values)
    if (!record.retired) all.insert(record.service.datasets.begin(), record.service.datasets.end());
  return all;
}

std::int64_t number(const notify::Said& said, std::string_view name) {
  const auto found = std::ranges::find(said.claim.arguments, name, &notify::Argument::name);
  return found == said.claim.arguments.end() ? -1 : std::get<std::int64_t>(found->value);
}

TEST(StatementRecord, a_service_stands_where_the_decider_has_it) {
  EXPECT_TRUE(rc::check([] {
    const auto random = history();
    const auto& record = random.fold.record();
    RC_ASSERT(record.services.size() == random.state.services.size());
    for (const auto& [id, known] : random.state.services) {
      const auto& service = record.services.at(id);
      RC_ASSERT(static_cast<int>(service.standing) == static_cast<int>(known.state));
      RC_ASSERT(service.retired == known.retired);
      RC_ASSERT(service.closure.has_value() == known.closure.has_value());
      if (known.closure) {
        RC_ASSERT(service.closure->id == known.closure->id);
        RC_ASSERT(service.closure->confirmed.has_value() == known.closure->acknowledged.has_value());
      }
      RC_ASSERT(service.gate == known.confirmed.mode);
    }
    RC_ASSERT(record.incident.has_value() == random.state.incident.has_value());
  }));
}

TEST(StatementRecord, no_sentence_says_another_number_than_a_recount) {
  EXPECT_TRUE(rc::check([] {
    const auto random = history();
    const auto judged = notify::judge(random.record());
    const auto closed = count(random, [&](const auto& each) { return closed_to_the_public(random, each); });
    const auto open = count(random, [&](const auto& each) { return open_to_the_public(random, each); });
    const auto all = count(random, [](const auto&) { return true; });
    const auto sets = datasets(random);
    const auto backed_up = std::ranges::count_if(sets, [&](const auto& dataset) { return proved(random, dataset); });
    const auto* said = judged.find("closed.services");
    RC_ASSERT((said ? number(*said, "services") : 0) == closed);
    if (said) RC_ASSERT(number(*said, "total") == all);
    said = judged.find("open.services");
    RC_ASSERT((said ? number(*said, "services") : 0) == open);
    said = judged.find("backups.all");
    RC_ASSERT((said != nullptr) == (backed_up > 0 && std::cmp_equal(backed_up, sets.size())));
    said = judged.find("backups.some");
    RC_ASSERT((said != nullptr) == (backed_up > 0 && std::cmp_less(backed_up, sets.size())));
    if (said) RC_ASSERT(number(*said, "datasets") == backed_up);
    if (judged.find("happened.nothing")) RC_ASSERT(open == all && !random.state.incident);
    if (judged.find("happened.intrusion")) RC_ASSERT(random.state.incident && random.state.first_evidence);
    said = judged.find("verified.services");
    const auto verified =
        count(random, [&](const auto& each) { return each.state == ServiceState::verified && closed_to_the_public(random, each); });
    RC_ASSERT((said ? number(*said, "services") : 0) == verified);
    std::int64_t because = 0;
    for (const auto* id : {"closed.intrusion", "closed.person", "closed.trial_ended", "closed.found_closed"})
      if ((said = judged.find(id))) because += number(*said, "services");
    RC_ASSERT(because == closed);
  }));
}

TEST(StatementRecord, the_facts_of_a_sentence_exist_and_are_such_as_a_sentence_may_rest_on) {
  EXPECT_TRUE(rc::check([] {
    const auto random = history();
    for (const auto& said : notify::judge(random.record()).said) {
      RC_ASSERT(!said.claim.facts.empty());
      RC_ASSERT(std::ranges::is_sorted(said.claim.facts));
      for (const auto fact : said.claim.facts) {
        RC_ASSERT(fact >= 1 && fact <= random.facts.size());
        RC_ASSERT(concerns_statement(random.facts[fact - 1]));
      }
    }
  }));
}

TEST(StatementRecord, no_word_of_an_alert_or_a_person_is_in_a_sentence) {
  const auto languages = notify::built_in_languages().value();
  EXPECT_TRUE(rc::check([&] {
    const auto random = history();
    const auto record = random.record();
    const auto judged = notify::judge(record);
    for (const auto& language : languages | std::views::values) {
      for (const auto& said : judged.said) RC_ASSERT(language.sentence(said, record, {}).find("secret") == std::string::npos);
      for (const auto& unsaid : judged.cannot) RC_ASSERT(language.missing(unsaid.missing, record, {}).find("secret") == std::string::npos);
    }
  }));
}

/// All that may be said is released somewhere in a history; each sentence fails at the first fact after which it does not hold.
TEST(StatementRecord, a_released_sentence_fails_at_the_first_fact_that_makes_it_false) {
  EXPECT_TRUE(rc::check([] {
    auto random = history();
    const auto judged = notify::judge(random.record());
    Statement statement{judged.version, {}, {}, {}};
    for (const auto& said : judged.said) statement.sentences.push_back({std::string(said.sentence->id), said.digest, {}});
    random.add(fact::StatementReleased{statement});
    const auto released = random.fold.record().releases.back().mark;
    std::vector<std::uint64_t> failed(statement.sentences.size());
    const auto look = [&] {
      auto record = random.record();
      record.as_of = released;
      const auto now = notify::judge(record);
      for (std::size_t each = 0; each < failed.size(); ++each) {
        const auto* said = now.find(statement.sentences[each].id);
        if (failed[each] == 0 && (!said || said->digest != statement.sentences[each].claim)) failed[each] = random.facts.size();
      }
    };
    look();  // at the release itself a proof may have grown too old since it was shown
    for (auto steps = *rc::gen::inRange(0, 60); steps > 0; --steps) random.step(), look();
    RC_ASSERT(random.fold.record().releases.back().failed == failed);
  }));
}

TEST(StatementRecord, keeps_the_last_releases_and_where_the_newest_was_delivered) {
  StatementRecord fold;
  std::uint64_t number = 0;
  const auto take = [&](FactBody body) { fold.take(++number, Fact{{}, std::move(body)}); };
  for (int i = 0; i < 30; ++i) take(fact::StatementReleased{});
  EXPECT_EQ(fold.record().releases.size(), notify::releases_kept);
  take(fact::StatementDelivered{30, "webhook", 1});
  take(fact::StatementDelivered{29, "mail-1", 1});
  EXPECT_EQ(fold.record().delivered.size(), 1u);
  EXPECT_TRUE(fold.record().delivered.contains("webhook"));
  take(fact::StatementReleased{});
  EXPECT_TRUE(fold.record().delivered.empty());
}
}  // namespace
}  // namespace kulla::daemon
