#include "daemon/journal.hpp"

#include <gtest/gtest.h>

#include <future>

using namespace kulla;
using namespace kulla::daemon;

namespace {
/// A ledger in memory whose disk is full until told otherwise.
class FakeLedger final : public ledger::Ledger {
 public:
  struct Disk {
    std::mutex mutex;
    bool full = false;
    std::vector<Fact> stored;
    int refusals = 0;
    std::promise<void> refused_once;
  };
  explicit FakeLedger(Disk& disk) : disk_(disk) {}
  Result<ledger::Head> append(std::span<const Fact> facts) override {
    const std::scoped_lock lock{disk_.mutex};
    if (disk_.full) {
      if (disk_.refusals++ == 0) disk_.refused_once.set_value();
      return fail(Code::ledger_full, "no space");
    }
    disk_.stored.insert(disk_.stored.end(), facts.begin(), facts.end());
    return head();
  }
  ledger::Head head() const override { return {disk_.stored.size(), {}}; }
  Result<> each(const std::function<void(std::uint64_t, const Fact&)>&) const override { return {}; }
  std::string witness_problem() const override { return {}; }

 private:
  Disk& disk_;
};

Entry opening(std::uint64_t number) {
  return {number, {{}, fact::Unguarded{ServiceId{"e-tax"}}}, {order::SetGate{ServiceId{"e-tax"}, {GateMode::open, {}, 0}, true}}};
}

TEST(Journal, an_order_that_opens_waits_until_its_fact_is_stored) {
  FakeLedger::Disk disk;
  disk.full = true;
  std::promise<std::size_t> released;
  Journal journal{std::make_unique<FakeLedger>(disk), [&](std::uint64_t, const Order&) { released.set_value(disk.stored.size()); }};
  auto release = released.get_future();
  journal.append(opening(1));
  disk.refused_once.get_future().wait();
  EXPECT_EQ(release.wait_for(std::chrono::seconds{0}), std::future_status::timeout) << "the disk is full: nothing opens";
  EXPECT_EQ(journal.health().waiting, 1u);
  {
    const std::scoped_lock lock{disk.mutex};
    disk.full = false;
  }
  ASSERT_EQ(release.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_EQ(release.get(), 1u) << "released after the fact was stored, not before";
}

TEST(Journal, who_waits_for_a_fact_is_told_when_it_is_stored_or_that_it_is_not) {
  FakeLedger::Disk disk;
  disk.full = true;
  Journal journal{std::make_unique<FakeLedger>(disk), [](std::uint64_t, const Order&) {}};
  journal.append({1, {{}, fact::ClockGap{}}, {}});
  disk.refused_once.get_future().wait();
  EXPECT_FALSE(journal.becomes_durable(1, std::chrono::milliseconds{1}));
  auto waits = std::async(std::launch::async, [&] { return journal.becomes_durable(1, std::chrono::seconds{30}); });
  {
    const std::scoped_lock lock{disk.mutex};
    disk.full = false;
  }
  EXPECT_TRUE(waits.get());
  EXPECT_TRUE(journal.becomes_durable(1, std::chrono::milliseconds{0})) << "at once, where it is";
  EXPECT_FALSE(journal.becomes_durable(2, std::chrono::milliseconds{0}));
}

TEST(Journal, facts_are_stored_once_and_in_order_although_the_disk_was_full) {
  FakeLedger::Disk disk;
  disk.full = true;
  {
    Journal journal{std::make_unique<FakeLedger>(disk), [](std::uint64_t, const Order&) {}};
    for (std::uint64_t i = 1; i <= 5; ++i) journal.append({i, {Moment{{}, Ticks{static_cast<int>(i)}}, fact::ClockGap{}}, {}});
    disk.refused_once.get_future().wait();
    const std::scoped_lock lock{disk.mutex};
    disk.full = false;
  }
  ASSERT_EQ(disk.stored.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(disk.stored[static_cast<std::size_t>(i)].at.mono, Ticks{i + 1});
}
}  // namespace
