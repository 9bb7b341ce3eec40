// Witnesses: told the newest head without holding up the append, and believed only as far as their lines are good.
#include <sys/stat.h>

#include "ledger/chain.hpp"
#include "ledger/support.hpp"
#include "ledger/witness.hpp"

namespace kulla::ledger::test {
namespace {
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class WitnessTest : public LedgerTest {
 protected:
  /// One group, one close, one line: so that each head is witnessed.
  void make_each(int groups) {
    for (int i = 0; i < groups; ++i) ASSERT_TRUE(must_open({{witness, {}}})->append(some_facts(3, static_cast<std::uint64_t>(i))));
  }
  /// As someone does who holds the disk, but not the key.
  void cut_after(int number) { alter(fmt::format("DELETE FROM facts WHERE number > {0}; DELETE FROM heads WHERE number > {0}", number)); }
};

TEST_F(WitnessTest, TheLastHeadIsWitnessedWhenTheLedgerIsClosed) {
  Head head;
  {
    auto ledger = must_open({{witness, {}}});
    for (std::uint64_t i = 0; i < 200; ++i) head = ledger->append(some_facts(1, i)).value();
    EXPECT_EQ(ledger->witness_problem(), "");
  }
  const auto lines = lines_of(content(witness));
  ASSERT_FALSE(lines.empty());
  EXPECT_LT(lines.size(), 200u) << "heads are coalesced";
  const auto last = read_witness_line(lines.back(), key.public_key());
  ASSERT_TRUE(last);
  EXPECT_EQ((Head{last->number, last->hash}), head);
}
TEST_F(WitnessTest, ACommandGetsTheLineOnItsInput) {
  const auto file = (folder.path() / "told").string();
  Head head;
  {
    auto ledger = must_open({{{}, {"sh", "-c", "cat >> '" + file + "'"}}});
    head = ledger->append(some_facts(2)).value();
  }
  EXPECT_EQ(read_witness_line(lines_of(content(file)).back(), key.public_key()).value().hash, head.hash);
}
TEST_F(WitnessTest, AnUnreachableWitnessFailsNoAppendAndIsNamed) {
  auto ledger = must_open({{folder.path() / "no" / "such", {}}, {{}, {"false"}}});
  ASSERT_TRUE(ledger->append(some_facts(2)));
  std::string problem;
  for (int tries = 0; tries < 5000 && problem.find("; ") == std::string::npos; ++tries) {
    problem = ledger->witness_problem();
    std::this_thread::yield();
    if (tries > 100) std::this_thread::sleep_for(std::chrono::milliseconds{1});  // lint(sleep): until another process has ended
  }
  EXPECT_NE(problem.find("no/such"), std::string::npos) << problem;
  EXPECT_NE(problem.find("false: exit 1"), std::string::npos) << problem;
}
TEST_F(WitnessTest, AWitnessThatHangsHoldsUpNoAppend) {
  auto ledger = must_open({{{}, {"sh", "-c", "read line; sleep 1"}}});
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(ledger->append(some_facts(1, i)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{900});
}
TEST_F(WitnessTest, AFifoThatNobodyReadsIsAProblemNotAWait) {
  ASSERT_EQ(::mkfifo(witness.c_str(), 0600), 0);
  auto ledger = must_open({});
  const auto problem = [&] {
    WitnessFeed feed{{witness, {}}};
    feed.offer("x");
    while (feed.problem().empty()) std::this_thread::yield();
    return feed.problem();
  }();
  EXPECT_NE(problem.find("witness"), std::string::npos);
}
TEST_F(WitnessTest, ATornLastLineIsNotContinued) {
  put(witness, "{\"torn");
  ASSERT_TRUE(must_open({{witness, {}}})->append(some_facts(1)));
  const auto lines = lines_of(content(witness));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(read_witness_line(lines[1], key.public_key()));
}

TEST_F(WitnessTest, ACutTailShows) {
  make_each(4);
  cut_after(6);
  EXPECT_TRUE(check().ok) << "without a witness nothing is missing";
  const auto found = check_with_witness();
  EXPECT_FALSE(found.ok);
  EXPECT_EQ(found.first_bad, 7u);
  EXPECT_NE(found.problem.find("head 12"), std::string::npos) << found.problem;
}
TEST_F(WitnessTest, AnEmptiedLedgerShows) {
  make_each(2);
  cut_after(0);
  EXPECT_EQ(check_with_witness().first_bad, 1u);
  EXPECT_FALSE(check_with_witness().ok);
}
TEST_F(WitnessTest, ALedgerPutBackIsNotOpened) {
  make_each(2);
  const auto earlier = content(path);
  make_each(1);
  put(path, earlier);
  EXPECT_TRUE(try_open());
  const auto opened = try_open({{witness, {}}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::ledger_corrupt);
  EXPECT_NE(opened.error().what.find("knows head 9"), std::string::npos) << opened.error().what;
  std::filesystem::remove(path);
  EXPECT_EQ(try_open({{witness, {}}}).error().code, Code::ledger_corrupt);
}
TEST_F(WitnessTest, HistoryWrittenAnewByTheKeysHolderShows) {
  make_each(3);
  std::filesystem::remove(path);
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(must_open()->append(some_facts(3, i == 1 ? 77 : i)));
  EXPECT_TRUE(check().ok);
  const auto found = check_with_witness();
  EXPECT_FALSE(found.ok);
  EXPECT_EQ(found.first_bad, 6u);
}
TEST_F(WitnessTest, LinesThatAreNotGoodAreReported) {
  make_each(3);
  const auto good = content(witness);
  const auto line = lines_of(good)[1];
  const SignedHead forged{0, 3, sha256("x"), sha256("y"), "2022-07-15T10:00:00.000000Z", {}};
  auto other = forged;
  other.signature = key_of(9).sign(signed_text(other, key_of(9).public_key()));
  auto flipped = line;
  flipped[flipped.find("signature") + 14] ^= 1;
  for (const auto& bad : {std::string{"nonsense"}, std::string{}, std::string{"{}"}, line + " ", std::string(5000, 'x'), flipped,
                          witness_line(forged, key.public_key()), witness_line(other, key_of(9).public_key()), std::string("a\0b", 3)}) {
    put(witness, good + bad + "\n" + line + "\n");
    const auto found = check_with_witness();
    EXPECT_FALSE(found.ok) << bad;
    EXPECT_EQ(found.first_bad, 0u) << bad;
    EXPECT_NE(found.problem.find("witness:4:"), std::string::npos) << found.problem;
  }
  put(witness, good.substr(0, good.size() - 1));
  EXPECT_NE(check_with_witness().problem.find("witness:3: too long, or cut short"), std::string::npos) << check_with_witness().problem;
  put(witness, good + line + "\n");
  EXPECT_TRUE(check_with_witness().ok) << "a line that comes twice is no lie";
}
TEST_F(WitnessTest, AMissingWitnessFileIsAnError) {
  make_each(1);
  const auto found = verify(path, {key.public_key(), folder.path() / "nothing", {}, {}});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::io);
}
TEST_F(WitnessTest, AnyByteOfALineAlteredIsNotBelieved) {
  make_each(1);
  const auto line = lines_of(content(witness))[0];
  for (std::size_t place = 0; place < line.size(); ++place) {
    auto altered = line;
    altered[place] = static_cast<char>(altered[place] ^ 1);
    EXPECT_FALSE(read_witness_line(altered, key.public_key())) << altered;
  }
}
}  // namespace
}  // namespace kulla::ledger::test
