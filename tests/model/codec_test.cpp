// The codec of facts: every kind there and back, and strict about everything else.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/random_fact.hpp"

namespace kulla {
namespace {
using test::RandomFacts;

Result<Fact> read(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return std::unexpected(value.error());
  return fact_from_json(*value);
}
/// A fact's JSON with one thing altered.
Result<Fact> altered(const Fact& fact, const std::function<void(json::object&)>& alter) {
  auto value = to_json(fact);
  alter(value.get_object());
  return fact_from_json(value);
}
Fact refused() { return {{}, fact::Refused{"approve", PersonId{"ana"}, Refusal::expired, "e-tax"}}; }

TEST(FactCodec, EveryKindComesBackAsItWas) {
  for (std::size_t kind = 0; kind < std::variant_size_v<AnyFact>; ++kind)
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const auto fact = RandomFacts{seed}.of_kind(kind);
      const auto text = canonical(to_json(fact));
      const auto back = read(text);
      ASSERT_TRUE(back) << text << "\n" << back.error().message();
      ASSERT_EQ(*back, fact) << text;
    }
}

TEST(FactCodec, KindsAreDistinct) {
  std::set<std::string_view> kinds;
  for (std::size_t kind = 0; kind < std::variant_size_v<AnyFact>; ++kind) kinds.insert(kind_of(RandomFacts{1}.of_kind(kind)));
  EXPECT_EQ(kinds.size(), std::variant_size_v<AnyFact>);
}

// One fact that cannot be read again would make a whole ledger unreadable.
TEST(FactCodec, WhateverIsInAFactItCanBeWrittenAndRead) {
  EXPECT_TRUE(rc::check("canonical text is a fixed point", [](std::uint64_t seed) {
    const auto text = canonical(to_json(RandomFacts{seed, true}.next()));
    const auto back = read(text);
    RC_ASSERT(back.has_value());
    RC_ASSERT(canonical(to_json(*back)) == text);
  }));
}

TEST(FactCodec, SmallestFactReadsAsDocumented) {
  const Fact fact{{parse_rfc3339("2022-07-15T10:00:00Z").value(), Ticks{1234}}, fact::ClockGap{}};
  EXPECT_EQ(canonical(to_json(fact)), R"({"at":"2022-07-15T10:00:00.000000Z","kind":"clock_gap","mono":1234,"v":1})");
}

TEST(FactCodec, EmptyOptionalIsLeftOut) {
  const auto without = to_json(Fact{{}, fact::PersonPaged{std::nullopt, "look"}});
  EXPECT_FALSE(without.get_object().contains("service"));
  EXPECT_TRUE(to_json(Fact{{}, fact::PersonPaged{ServiceId{"e-tax"}, "look"}}).get_object().contains("service"));
}

TEST(FactCodec, RefusesMissingField) {
  const auto result = altered(refused(), [](auto& object) { object.erase("why"); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "why: missing");
}
TEST(FactCodec, RefusesUnknownField) {
  EXPECT_FALSE(altered(refused(), [](auto& object) { object["extra"] = 1; }));
}
TEST(FactCodec, RefusesUnknownKind) {
  EXPECT_FALSE(altered(refused(), [](auto& object) { object["kind"] = "reopened_by_magic"; }));
}
TEST(FactCodec, RefusesUnknownName) {
  const auto result = altered(refused(), [](auto& object) { object["why"] = "no_reason"; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "why: 'no_reason' is not one of the names");
}
TEST(FactCodec, RefusesWrongType) {
  EXPECT_FALSE(altered(refused(), [](auto& object) { object["about"] = 7; }));
}
TEST(FactCodec, RefusesOtherVersion) {
  for (const json::value& version : {json::value(0), json::value(2), json::value("1"), json::value(1.0)})
    EXPECT_FALSE(altered(refused(), [&](auto& object) { object["v"] = version; })) << version;
}
TEST(FactCodec, RefusesIntegersThatNotEveryReaderKeeps) {
  const auto mono = [](std::int64_t value) { return altered(refused(), [&](auto& object) { object["mono"] = value; }); };
  EXPECT_TRUE(mono(integer_limit));
  EXPECT_FALSE(mono(integer_limit + 1));
  EXPECT_FALSE(mono(-integer_limit - 1));
}
TEST(FactCodec, RefusesWhatIsNotAFact) {
  for (const auto* text :
       {"", "{", "[]", "null", "1", "{}", R"({"kind":"clock_gap"})", R"({"at":"x","kind":"clock_gap","mono":1,"v":1})",
        R"({"at":"2022-07-15T10:00:00Z","kind":"clock_gap","mono":1.5,"v":1})", R"({"at":1,"kind":[],"mono":"","v":{}})"})
    EXPECT_FALSE(read(text)) << text;
}
TEST(FactCodec, AbsurdDepthIsRefused) { EXPECT_FALSE(read(std::string(100'000, '['))); }

TEST(Approval, SignedTextHoldsEverythingButTheSignature) {
  Approval approval{Purpose::withdraw, ServiceId{"e-tax"}, ClosureId{"abc123abc123"}, sha256("basis"), PersonId{"ana"}, {}, {}, {}};
  const auto text = signed_text(approval);
  approval.signature.bytes[0] = 1;
  EXPECT_EQ(signed_text(approval), text);
  const std::array<std::function<void(Approval&)>, 7> changes{[](auto& a) { a.purpose = Purpose::reopen; },
                                                              [](auto& a) { a.service = ServiceId{"e-id"}; },
                                                              [](auto& a) { a.closure = ClosureId{"x"}; },
                                                              [](auto& a) { a.basis.bytes[5] = 1; },
                                                              [](auto& a) { a.person = PersonId{"ben"}; },
                                                              [](auto& a) { a.key.bytes[0] = 1; },
                                                              [](auto& a) { a.expires += std::chrono::microseconds{1}; }};
  for (const auto& change : changes) {
    auto other = approval;
    change(other);
    EXPECT_NE(signed_text(other), text);
  }
}
}  // namespace
}  // namespace kulla
