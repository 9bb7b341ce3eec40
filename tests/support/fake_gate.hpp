// A gate in memory, with named faults, so that a test reads as a story.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gate/gate.hpp"

namespace kulla::test {

class FakeGate final : public gate::Gate {
 public:
  struct Faults {
    int drop_acknowledgements = 0;  ///< so many orders are carried out, and reported as timed out
    int fail_sets = 0;              ///< so many orders are refused and change nothing
    bool unreachable = false;       ///< HAProxy is away: the map file still takes a closing, no worker does
    bool file_full = false;         ///< the map file takes no opening; a closing goes through and reports it
    bool forget_on_restart = false; ///< a restart loads a map that is bad: everything closed
  };
  explicit FakeGate(const std::vector<ServiceId>& services, GateEntry first = {GateMode::open, {}, 0}) {
    for (const auto& service : services) live[service] = file[service] = first;
  }

  [[nodiscard]] Result<GateApplied> set(const ServiceId& service, const GateEntry& entry, bool opens, const gate::StillWanted&) override {
    orders.push_back({service, entry, "order"});
    if (!live.contains(service)) return fail(Code::not_found, service.str());
    if (take(faults.fail_sets)) return fail(Code::gate_refused, "refused by the test");
    if (opens && faults.file_full) return fail(Code::io, "map file: No space left on device");
    if (opens && faults.unreachable) return fail(Code::gate_unreachable, "gate: away");
    file[service] = entry;
    if (faults.unreachable) return fail(Code::gate_unreachable, "gate: away");
    live[service] = entry;
    if (take(faults.drop_acknowledgements)) return fail(Code::timed_out, "no answer");
    return GateApplied{now, 1, 0};
  }
  void forestall(const std::vector<order::SetGate>& closings) override {
    for (const auto& closing : closings) {
      file[closing.service] = closing.entry;
      if (!faults.unreachable) live[closing.service] = closing.entry;
    }
  }
  [[nodiscard]] Result<> block(const std::string& address) override {
    return change([&] { blocked.insert(address); });
  }
  [[nodiscard]] Result<> unblock(const std::string& address) override {
    return change([&] { blocked.erase(address); });
  }
  [[nodiscard]] Result<std::vector<GateFound>> read_back() override {
    if (faults.unreachable) return fail(Code::gate_unreachable, "gate: away");
    std::vector<GateFound> found;
    for (const auto& [service, entry] : live) found.push_back({service, entry, "1"});
    for (const auto& [service, entry] : file) found.push_back({service, entry, "map file"});
    return found;
  }
  [[nodiscard]] std::string file_problem() const override { return faults.file_full ? "map file: No space left on device" : ""; }

  [[nodiscard]] std::vector<std::string> problems() const override {
    return faults.file_full ? std::vector{file_problem()} : std::vector<std::string>{};
  }
  [[nodiscard]] Result<bool> restore_file(const std::map<ServiceId, GateEntry>&) override { return false; }

  /// HAProxy starts anew, from the map file.
  void restart() {
    if (faults.forget_on_restart)
      for (auto& [service, entry] : file) entry = {};
    live = file;
  }

  Faults faults;
  Timestamp now{};
  std::map<ServiceId, GateEntry> live, file;
  std::set<std::string> blocked;
  std::vector<GateFound> orders;  ///< every order given, in its order

 private:
  static bool take(int& count) { return count > 0 && count-- > 0; }
  template <typename Do>
  Result<> change(Do what) {
    if (faults.unreachable) return fail(Code::gate_unreachable, "gate: away");
    what();
    return {};
  }
};

}  // namespace kulla::test
