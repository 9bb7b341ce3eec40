// What the state keeps of proofs: which snapshots are known to be from before an attack.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "incident/decide.hpp"

namespace kulla::incident {
namespace {
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
const DatasetId tax{"tax"};
const Timestamp noon{std::chrono::sys_days{std::chrono::year{2022} / 7 / 15} + 12h};

Moment at(std::chrono::minutes after_noon) { return {noon + after_noon, 100h + after_noon}; }
Proof proof_of(const std::string& snapshot, std::chrono::minutes after_noon) {
  Proof proof;
  proof.dataset = tax, proof.passed = true, proof.snapshot = snapshot, proof.files = 100;
  proof.started = proof.finished = at(after_noon);
  proof.taken = proof.started.wall - 24h;
  return proof;
}
State after(const std::vector<Proof>& proofs) {
  State state;
  for (const auto& proof : proofs) state = evolve(std::move(state), {proof.finished, fact::Proved{proof}});
  return state;
}

TEST(Proofs, ASnapshotIsKnownFromItsFirstProofOn) {
  auto state = after({proof_of("monday", 0min), proof_of("tuesday", 10min), proof_of("monday", 20min)});
  EXPECT_THAT(known_before_evidence(state, tax), IsEmpty()) << "of what";
  state.first_evidence = noon + 5min;
  EXPECT_THAT(known_before_evidence(state, tax), ElementsAre("monday"));
  EXPECT_EQ(first_seen(state, proof_of("monday", 30min)), noon);
  EXPECT_EQ(first_seen(state, proof_of("wednesday", 30min)), noon + 30min);
  const auto ordered = orders(state, {at(40min), fact::ProofOrdered{tax}});
  ASSERT_EQ(ordered.size(), 1U);
  EXPECT_THAT(std::get<order::Prove>(ordered.front()).known, ElementsAre("monday"));
  EXPECT_EQ(std::get<order::Prove>(ordered.front()).before, noon + 5min);
}

TEST(Proofs, WhatIsRememberedOfSnapshotsIsBounded) {
  std::vector<Proof> proofs;
  for (std::size_t i = 0; i < snapshots_kept + 10; ++i) proofs.push_back(proof_of(std::to_string(i), std::chrono::minutes{i}));
  const auto state = after(proofs);
  EXPECT_EQ(state.snapshots.at(tax).size(), snapshots_kept);
  EXPECT_TRUE(state.snapshots.at(tax).contains(std::to_string(snapshots_kept + 9))) << "the newest stays";
}

TEST(Proofs, EverySoundSnapshotOfTheLastProofsIsPinnedAndOneThatVanishesIsSaidOnce) {
  auto failed = proof_of("wednesday", 20min);
  failed.passed = false;
  auto state = after({proof_of("monday", 0min), proof_of("tuesday", 10min), failed, proof_of("monday", 30min)});
  std::vector<std::string> ids;
  for (const auto& each : pinned(state, tax)) ids.push_back(each.id);
  EXPECT_THAT(ids, ElementsAre("monday", "tuesday"));
  EXPECT_EQ(pinned(state, tax).back().taken, proof_of("tuesday", 10min).taken);
  const Input gone{at(40min), input::BackupSuspected{tax, "snapshot tuesday is there no more"}};
  const auto facts = decide(state, gone, {});
  EXPECT_EQ(facts.size(), 2U) << "the fact, and the page";
  for (const auto& fact : facts) state = evolve(std::move(state), fact);
  EXPECT_THAT(decide(state, gone, {}), IsEmpty());
}

TEST(Proofs, TheFactSaysWhenASnapshotWasProvedFirst) {
  const auto state = after({proof_of("monday", 0min)});
  auto again = proof_of("monday", 10min);
  again.seen = noon - 100h;  // whatever it says itself
  const auto facts = decide(state, {at(10min), input::Proved{again}}, {});
  EXPECT_EQ(std::get<fact::Proved>(facts.front().body).proof.seen, noon);
}
TEST(Proofs, APersonMakesTheEvidenceReachBackAndNeverLess) {
  State state;
  const ServiceId service{"e-tax"};
  const auto hear = [&](FactBody body) { state = evolve(std::move(state), {at(0min), std::move(body)}); };
  hear(fact::ServiceDeclared{{.id = service, .host = "e-tax.example", .systems = {SystemId{"web-1"}}, .datasets = {tax}, .owner = ""}});
  hear(fact::Closed{service, ClosureId{"c"}, ClosedBy::person, {}, "a doubt", {}});
  const auto ask = [&](std::optional<Timestamp> since) {
    for (const auto& fact : decide(state, {at(1min), input::VerifyAsked{{service}, PersonId{"olga"}, since}}, {}))
      state = evolve(std::move(state), fact);
    return state.first_evidence;
  };
  EXPECT_EQ(ask({}), std::nullopt);
  EXPECT_FALSE(state.incident);
  EXPECT_EQ(ask(noon + 24h), noon + 1min) << "what is yet to come is now";
  EXPECT_TRUE(state.incident);
  EXPECT_EQ(ask(noon - 1h), noon - 1h);
  EXPECT_EQ(ask(noon - 30min), noon - 1h);
  EXPECT_EQ(ask({}), noon - 1h);
}
}  // namespace
}  // namespace kulla::incident
