#include "daemon/gate_keeper.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

using namespace kulla;
using namespace kulla::daemon;
using namespace std::chrono_literals;

namespace {
/// A gate whose first `refusals` sets fail, and which can be held up.
class HeldGate final : public gate::Gate {
 public:
  Result<GateApplied> set(const ServiceId& service, const GateEntry& entry, bool, const gate::StillWanted&) override {
    std::unique_lock lock{mutex};
    ++begun;
    resume.notify_all();
    resume.wait(lock, [this] { return !held; });
    if (refusals > 0 && refusals-- > 0) return fail(Code::gate_unreachable, "not there");
    done.emplace_back(service, entry);
    entries[service] = entry;
    return GateApplied{};
  }
  void forestall(const std::vector<order::SetGate>& closings) override {
    {
      const std::scoped_lock lock{mutex};
      for (const auto& closing : closings) forestalled.push_back(closing);
    }
    resume.notify_all();
  }
  Result<> block(const std::string&) override { return {}; }
  Result<> unblock(const std::string&) override { return {}; }
  Result<std::vector<GateFound>> read_back() override {
    const std::scoped_lock lock{mutex};
    std::vector<GateFound> found;
    for (const auto& [service, entry] : entries) found.push_back({service, entry, "1"});
    return found;
  }
  std::string file_problem() const override { return {}; }
  std::vector<std::string> problems() const override {
    const std::scoped_lock lock{mutex};
    return wrong;
  }
  Result<bool> restore_file(const std::map<ServiceId, GateEntry>& entries_then) override {
    {
      const std::scoped_lock lock{mutex};
      if (!std::exchange(file_missing, false)) return false;
      restored = entries_then;
    }
    resume.notify_all();
    return true;
  }
  mutable std::mutex mutex;
  std::vector<std::string> wrong;
  bool file_missing = false;
  std::map<ServiceId, GateEntry> restored;
  std::condition_variable resume;
  bool held = false;
  int refusals = 0, begun = 0;
  std::vector<std::pair<ServiceId, GateEntry>> done;
  std::map<ServiceId, GateEntry> entries;
  std::vector<order::SetGate> forestalled;
  void await_begun() {
    std::unique_lock lock{mutex};
    resume.wait(lock, [&] { return begun > 0; });
  }
  [[nodiscard]] bool await_forestalled(std::size_t count) {
    std::unique_lock lock{mutex};
    return resume.wait_for(lock, 5s, [&] { return forestalled.size() >= count; });
  }
  void let_go() {
    {
      const std::scoped_lock lock{mutex};
      held = false;
    }
    resume.notify_all();
  }
};

const ServiceId tax{"e-tax"};
const GateEntry closed{GateMode::closed, ClosureId{"aaaaaaaaaaaa"}, 0}, open{GateMode::open, {}, 0};
const GateEntry entry_guarded{GateMode::guarded, {}, 0};

TEST(GateKeeper, an_older_order_to_open_never_overtakes_a_newer_closing) {
  HeldGate gate;
  std::promise<void> confirmed;
  {
    GateKeeper keeper{gate, 1h, [&](InputBody body) {
                        if (std::holds_alternative<input::GateConfirmed>(body)) confirmed.set_value();
                      }};
    keeper.set(8, {tax, closed, false});
    confirmed.get_future().wait();
    keeper.set(7, {tax, open, true});  // its fact became durable only now
  }
  ASSERT_EQ(gate.done.size(), 1u);
  EXPECT_EQ(gate.done.front().second, closed);
}

TEST(GateKeeper, closings_go_before_all_else_that_waits) {
  HeldGate gate;
  gate.held = true;
  std::promise<void> all;
  int confirmations = 0;
  {
    GateKeeper keeper{gate, 1h, [&](InputBody body) {
                        if (std::holds_alternative<input::GateConfirmed>(body) && ++confirmations == 4) all.set_value();
                      }};
    keeper.set(1, {ServiceId{"first"}, closed, false});
    for (std::uint64_t i = 2; i < 4; ++i) keeper.set(i, {ServiceId{"open" + std::to_string(i)}, open, true});
    keeper.set(9, {tax, closed, false});
    {
      const std::scoped_lock lock{gate.mutex};
      gate.held = false;
    }
    gate.resume.notify_all();
    all.get_future().wait();
  }
  const auto at = [&](const ServiceId& service) {
    return std::ranges::find(gate.done, service, &std::pair<ServiceId, GateEntry>::first) - gate.done.begin();
  };
  EXPECT_LT(at(tax), 2);
}

TEST(GateKeeper, a_closing_that_waits_for_another_is_forestalled) {
  HeldGate gate;
  gate.held = true;  // an old worker does not answer
  GateKeeper keeper{gate, 1h, [](const InputBody&) {}};
  keeper.set(1, {ServiceId{"first"}, closed, false});
  for (std::uint64_t i = 2; i < 40; ++i) keeper.set(i, {ServiceId{"s" + std::to_string(i)}, closed, false});
  EXPECT_TRUE(gate.await_forestalled(38));
  gate.let_go();
}

TEST(GateKeeper, a_closing_is_forestalled_again_while_its_service_is_being_opened) {
  HeldGate gate;
  gate.held = true;
  GateKeeper keeper{gate, 1h, [](const InputBody&) {}};
  keeper.set(1, {tax, open, true});
  gate.await_begun();
  keeper.set(2, {ServiceId{"other"}, entry_guarded, false});
  keeper.set(3, {tax, closed, false});
  EXPECT_TRUE(gate.await_forestalled(3)) << "what the opening undoes is done again";
  gate.let_go();
  const std::scoped_lock lock{gate.mutex};
  for (const auto& closing : gate.forestalled) EXPECT_EQ(closing, (order::SetGate{tax, closed, false}));
}

TEST(GateKeeper, a_closing_that_fails_is_tried_again_and_said_once) {
  HeldGate gate;
  gate.refusals = 3;
  std::promise<void> confirmed;
  int failures = 0;
  GateKeeper keeper{gate, 1h, [&](InputBody body) {
                      if (std::holds_alternative<input::GateFailed>(body)) ++failures;
                      if (std::holds_alternative<input::GateConfirmed>(body)) confirmed.set_value();
                    }};
  keeper.set(1, {tax, closed, false});
  ASSERT_EQ(confirmed.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(failures, 1);
}

TEST(GateKeeper, what_the_gate_does_otherwise_than_told_is_reported) {
  HeldGate gate;
  std::promise<GateFound> drifted;
  std::atomic<bool> said = false;
  GateKeeper keeper{gate, 5ms, [&](InputBody body) {
                      const auto* drift = std::get_if<input::GateDrifted>(&body);
                      if (drift && !said.exchange(true)) drifted.set_value(drift->found);
                    }};
  keeper.expect(tax, closed);
  {
    const std::scoped_lock lock{gate.mutex};
    gate.entries[tax] = open;
  }
  auto found = drifted.get_future();
  ASSERT_EQ(found.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(found.get().entry, open);
}

TEST(GateKeeper, what_is_wrong_with_the_gate_is_said_once_as_long_as_it_lasts) {
  HeldGate gate;
  gate.wrong = {"the last reload failed"};
  std::mutex mutex;
  std::vector<std::string> said;
  {
    GateKeeper keeper{gate, 1ms, [&](InputBody body) {
                        const std::scoped_lock lock{mutex};
                        if (const auto* troubled = std::get_if<input::GateTroubled>(&body)) said.push_back(troubled->problem);
                      }};
    const auto heard = [&](std::size_t count) {
      for (const auto end = std::chrono::steady_clock::now() + 5s; std::chrono::steady_clock::now() < end; std::this_thread::yield()) {
        const std::scoped_lock lock{mutex};
        if (said.size() >= count) return true;
      }
      return false;
    };
    ASSERT_TRUE(heard(1));
    EXPECT_EQ(keeper.problem(), "the last reload failed");
    {
      const std::scoped_lock lock{gate.mutex};
      gate.wrong.push_back("the map file is missing");
    }
    ASSERT_TRUE(heard(2));
  }
  EXPECT_EQ(said, (std::vector<std::string>{"the last reload failed", "the map file is missing"}));
}

TEST(GateKeeper, a_map_file_that_has_gone_is_written_as_the_stricter_of_what_is_done_and_what_was_told) {
  HeldGate gate;
  const ServiceId land{"land"}, permits{"permits"};
  gate.entries = {{tax, open}, {land, closed}, {permits, open}};
  gate.file_missing = true;
  GateKeeper keeper{gate, 5ms, [](const InputBody&) {}};
  keeper.expect(tax, closed);
  keeper.expect(land, open);
  keeper.expect(permits, open);
  std::unique_lock lock{gate.mutex};
  ASSERT_TRUE(gate.resume.wait_for(lock, 5s, [&] { return !gate.restored.empty(); }));
  EXPECT_EQ(gate.restored, (std::map<ServiceId, GateEntry>{{tax, closed}, {land, closed}, {permits, open}}));
}

TEST(GateKeeper, an_opening_whose_reasons_no_longer_hold_waits_and_closings_go_on) {
  HeldGate gate;
  std::promise<void> asked, opened, closed_again;
  std::atomic<int> times = 0;
  std::atomic<bool> holds = false;
  GateKeeper keeper{gate, 1h,
                    [&](InputBody body) {
                      const auto* confirmed = std::get_if<input::GateConfirmed>(&body);
                      if (confirmed && confirmed->entry == closed) closed_again.set_value();
                      if (confirmed && confirmed->entry == open) opened.set_value();
                    },
                    [&](const order::SetGate&) {
                      if (++times == 2) asked.set_value();  // after the first no it is asked again
                      return holds.load();
                    }};
  keeper.set(1, {tax, open, true});
  asked.get_future().wait();
  {
    const std::scoped_lock lock{gate.mutex};
    EXPECT_TRUE(gate.done.empty());
  }
  keeper.set(2, {ServiceId{"e-land"}, closed, false});
  closed_again.get_future().wait();
  holds = true;
  ASSERT_EQ(opened.get_future().wait_for(10s), std::future_status::ready);
}
}  // namespace
