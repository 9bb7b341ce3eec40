// A ledger of each released version is kept, and must verify and fold for ever. Fact version 1: golden/v1.*
// Written anew, while a version is not yet released, with KULLA_REWRITE_GOLDEN=1.
#include <cstdlib>

#include "ledger/support.hpp"

namespace kulla::ledger::test {
namespace {
const std::filesystem::path golden = std::filesystem::path{KULLA_SOURCE_DIR} / "tests/ledger/golden";

std::string lines_of(const std::filesystem::path& path) {
  std::string lines;
  EXPECT_TRUE(read(path, [&](const Entry& entry) {
    lines += fmt::format("{{\"number\":{},\"hash\":\"{}\",\"fact\":{}}}\n", entry.number, to_hex(entry.hash), entry.bytes);
  }));
  return lines;
}

class GoldenTest : public LedgerTest {
 protected:
  void rewrite() {
    for (const auto* name : {"v1.ledger", "v1.witness", "v1.ndjson", "v1.pub"}) std::filesystem::remove(golden / name);
    {
      auto ledger = open({golden / "v1.ledger", key_of(42), {{golden / "v1.witness", {}}}}).value();
      kulla::test::RandomFacts random{2022};
      std::vector<Fact> facts;
      for (std::size_t kind = 0; kind < std::variant_size_v<AnyFact>; ++kind) facts.push_back(random.of_kind(kind));
      ASSERT_TRUE(ledger->append(std::span{facts}.first(1)));
      ASSERT_TRUE(ledger->append(std::span{facts}.subspan(1, 9)));
      ASSERT_TRUE(ledger->append(std::span{facts}.subspan(10)));
    }
    put(golden / "v1.ndjson", lines_of(golden / "v1.ledger"));
    ASSERT_TRUE(write_key_files(folder.path() / "key", key_of(42)));
    std::filesystem::copy(folder.path() / "key.pub", golden / "v1.pub");
  }
};

TEST_F(GoldenTest, VersionOneStillVerifiesAndFolds) {
  if (std::getenv("KULLA_REWRITE_GOLDEN")) rewrite();
  const auto trust = read_public_key(golden / "v1.pub");
  ASSERT_TRUE(trust) << trust.error().message();
  const auto found = verify(golden / "v1.ledger", {*trust, golden / "v1.witness", {}, {}});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(found->ok) << found->problem;
  EXPECT_EQ(lines_of(golden / "v1.ledger"), content(golden / "v1.ndjson"));
}
TEST_F(GoldenTest, VersionOneIsGoneOnWith) {
  std::filesystem::copy(golden / "v1.ledger", path);
  key = key_of(42);
  auto ledger = must_open();
  std::uint64_t facts = 0;
  EXPECT_TRUE(ledger->each([&](std::uint64_t, const Fact&) { ++facts; }));
  EXPECT_EQ(facts, ledger->head().number);
  EXPECT_GE(facts, 38u);
  EXPECT_TRUE(ledger->append(some_facts(3)));
  ledger.reset();
  EXPECT_TRUE(check().ok);
}
}  // namespace
}  // namespace kulla::ledger::test
