// Appending: durable, all or none, one writer, readable meanwhile; and the full disk.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/support.hpp"

namespace kulla::ledger::test {
namespace {
std::vector<Fact> all_of(const Ledger& ledger) {
  std::vector<Fact> facts;
  std::uint64_t expected = 0;
  EXPECT_TRUE(ledger.each([&](std::uint64_t number, const Fact& fact) {
    EXPECT_EQ(number, ++expected);
    facts.push_back(fact);
  }));
  return facts;
}

TEST_F(LedgerTest, FactsComeBackInOrderAfterReopening) {
  const auto facts = some_facts(500);
  {
    auto ledger = must_open();
    ASSERT_TRUE(ledger->append(std::span{facts}.first(1)));
    ASSERT_TRUE(ledger->append(std::span{facts}.subspan(1, 300)));
    EXPECT_EQ(ledger->append(std::span{facts}.subspan(301)).value().number, 500u);
    EXPECT_EQ(all_of(*ledger), facts);
  }
  const auto again = must_open();
  EXPECT_EQ(all_of(*again), facts);
  EXPECT_EQ(again->head().number, 500u);
  EXPECT_EQ(check().head, again->head());
}

TEST_F(LedgerTest, NothingAppendedChangesNothing) {
  auto ledger = must_open();
  EXPECT_EQ(ledger->append({}).value(), Head{});
  const auto head = ledger->append(some_facts(3)).value();
  EXPECT_EQ(ledger->append({}).value(), head);
}

TEST_F(LedgerTest, AGroupLongerThanOneHeadCoversIsKeptWhole) {
  const auto facts = some_facts(2500);
  ASSERT_TRUE(must_open()->append(facts));
  EXPECT_EQ(check().facts, 2500u);
  EXPECT_TRUE(check().ok);
}

TEST_F(LedgerTest, TheSameFactsGiveTheSameHeadWhateverTheGroups) {
  const auto facts = some_facts(20);
  const auto head = must_open()->append(facts).value();
  path = folder.path() / "other";
  auto ledger = must_open();
  for (const auto& fact : facts) ASSERT_TRUE(ledger->append({&fact, 1}));
  EXPECT_EQ(ledger->head(), head);
}

TEST_F(LedgerTest, ClosedItIsOneFile) {
  make({3, 4});
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"ledger", "witness"}));
}

TEST_F(LedgerTest, AClosedLedgerIsReadWithoutWritingBesideIt) {
  make({3});
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_TRUE(check().ok);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
  EXPECT_FALSE(std::filesystem::exists(path.string() + "-wal"));
}

TEST_F(LedgerTest, ASecondWriterIsRefused) {
  const auto ledger = must_open();
  const auto second = try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::ledger_busy);
}
TEST_F(LedgerTest, ASecondWriterThroughASymbolicLinkIsRefused) {
  const auto ledger = must_open();
  std::filesystem::create_symlink(path, folder.path() / "alias");
  EXPECT_EQ(open({folder.path() / "alias", key, {}}).error().code, Code::ledger_busy);
}
TEST_F(LedgerTest, TheRefusedSecondWriterLeavesTheFirstItsLocks) {
  const auto ledger = must_open();
  ASSERT_TRUE(ledger->append(some_facts(2)));
  EXPECT_FALSE(try_open());
  ASSERT_TRUE(ledger->append(some_facts(2)));
  EXPECT_EQ(try_open().error().code, Code::ledger_busy);
}

/// Runs `work` in a child that then kills itself with -9, as a crash would.
void in_a_child_that_is_killed(const std::function<void()>& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST_F(LedgerTest, AKilledWriterLosesNothingAndLeavesNoLock) {
  in_a_child_that_is_killed([&] {
    auto* ledger = open({path, key, {}}).value().release();
    if (!ledger->append(some_facts(30))) ::_exit(1);
  });
  EXPECT_EQ(check().facts, 30u);  // a reader, before the next writer
  auto ledger = must_open();
  EXPECT_EQ(all_of(*ledger), some_facts(30));
  EXPECT_TRUE(ledger->append(some_facts(1)));
}

// The child appends for ever and says each number once it is durable; it is killed somewhere in the append after the last one heard.
TEST_F(LedgerTest, KilledAtAnyMomentWhatWasAcknowledgedIsThere) {
  for (int round = 0; round < 15; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto* ledger = open({path, key, {}}).value().release();
      for (std::uint64_t seed = 0;; ++seed) {
        const auto head = ledger->append(some_facts(1 + seed % 7, seed)).value();
        if (::write(ends[1], &head.number, sizeof head.number) < 0) ::_exit(1);
      }
    }
    ::close(ends[1]);
    std::uint64_t acknowledged = 0;
    for (int heard = 0; heard <= round * 3; ++heard)
      ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), static_cast<ssize_t>(sizeof acknowledged));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(ends[0], &acknowledged, sizeof acknowledged) > 0) {}
    ::close(ends[0]);
    const auto found = check();
    EXPECT_TRUE(found.ok) << found.problem;
    EXPECT_GE(found.facts, acknowledged);
  }
}

TEST_F(LedgerTest, ReadersSeeWhatIsAppendedWhileItIsOpen) {
  auto ledger = must_open();
  for (std::uint64_t round = 1; round <= 5; ++round) {
    ASSERT_TRUE(ledger->append(some_facts(7, round)));
    const auto found = check();
    EXPECT_TRUE(found.ok) << found.problem;
    EXPECT_EQ(found.head, ledger->head());
  }
}

/// While it lives, files of this process do not grow beyond `bytes`: writes fail as they do on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    before_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, before_handler_);
  }

 private:
  rlimit before_{};
  sighandler_t before_handler_{};
};

TEST_F(LedgerTest, FullDiskRefusesAndTheSameFactsGoInLaterOnce) {
  auto ledger = must_open();
  ASSERT_TRUE(ledger->append(some_facts(50, 1)));
  const auto before = ledger->head();
  {
    const FullDisk full{std::filesystem::file_size(path.string() + "-wal") + 5000};
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto refused = ledger->append(some_facts(200, 2));
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Code::ledger_full) << refused.error().message();
      EXPECT_EQ(ledger->head(), before);
    }
    EXPECT_EQ(all_of(*ledger).size(), 50u);
  }
  EXPECT_EQ(ledger->append(some_facts(200, 2)).value().number, 250u);
  ledger.reset();
  EXPECT_TRUE(check().ok) << check().problem;
  EXPECT_EQ(check().facts, 250u);
}

TEST_F(LedgerTest, FullDiskAtStartIsNamedAndHarmsNothing) {
  make({5});
  {
    const FullDisk full{0};
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::ledger_full) << opened.error().message();
  }
  EXPECT_TRUE(check().ok);
  EXPECT_EQ(must_open()->head().number, 5u);
}

TEST_F(LedgerTest, AFactOverItsLimitIsRefusedWithItsGroup) {
  auto ledger = must_open();
  auto facts = some_facts(2);
  facts.push_back({{}, fact::PersonPaged{std::nullopt, std::string(std::size_t{2} << 20, 'x')}});
  EXPECT_EQ(ledger->append(facts).error().code, Code::too_large);
  EXPECT_EQ(ledger->head().number, 0u);
}

TEST_F(LedgerTest, WhateverTextAFactHoldsTheLedgerStaysReadable) {
  kulla::test::RandomFacts random{5, true};
  std::vector<Fact> facts;
  for (int i = 0; i < 300; ++i) facts.push_back(random.next());
  auto ledger = must_open();
  ASSERT_TRUE(ledger->append(facts));
  EXPECT_EQ(all_of(*ledger).size(), 300u);
  EXPECT_TRUE(check().ok) << check().problem;
}

TEST_F(LedgerTest, PathsThatAreNoLedgerAreRefused) {
  path = folder.path();
  EXPECT_EQ(try_open().error().code, Code::io);
  path = folder.path() / "no" / "such";
  EXPECT_EQ(try_open().error().code, Code::io);
  path = folder.path() / "text";
  put(path, std::string(5000, 'x'));
  EXPECT_EQ(try_open().error().code, Code::ledger_corrupt);
  EXPECT_EQ(content(path), std::string(5000, 'x'));
}
TEST_F(LedgerTest, AnotherProgramsDatabaseIsRefused) {
  alter("CREATE TABLE other(x)");
  EXPECT_EQ(try_open().error().code, Code::ledger_corrupt);
}
TEST_F(LedgerTest, OpeningRefusesAnAlteredLedgerAndAnotherKey) {
  make({4, 4});
  key = key_of(8);
  EXPECT_EQ(try_open().error().code, Code::ledger_corrupt);
  key = key_of(7);
  EXPECT_TRUE(try_open());
  alter("UPDATE facts SET fact = replace(fact, '2', '3') WHERE number = 6");
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::ledger_corrupt);
  EXPECT_NE(opened.error().what.find("fact 6:"), std::string::npos) << opened.error().what;
}
}  // namespace
}  // namespace kulla::ledger::test
