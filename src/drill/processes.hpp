// The programs of the rehearsed state: a server a system, HAProxy, the daemon, the vantage. All are children, ended with their owner.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "base/process.hpp"
#include "drill/world.hpp"

namespace kulla::drill {

class Processes {
 public:
  explicit Processes(const World& world) : world_(world) {}
  ~Processes() { stop(); }
  Processes(const Processes&) = delete;

  /// The systems' servers; returns their ports.
  [[nodiscard]] Result<std::vector<std::uint16_t>> start_systems(const Progress& progress);
  /// Renders the gate for the first time, all open, and starts HAProxy on it.
  [[nodiscard]] Result<> start_gate(const std::function<bool()>& stopped);
  [[nodiscard]] Result<> start_daemon(const std::function<bool()>& stopped);
  [[nodiscard]] Result<> start_vantage();
  /// Ends vantage and daemon; the daemon's exit code.
  int stop_defence();
  void stop();
  /// As systemd would: a daemon that ended though nobody stopped it is started again. Says whether it did.
  [[nodiscard]] bool revive_daemon();
  [[nodiscard]] const Child* daemon() const { return daemon_ ? &*daemon_ : nullptr; }
  [[nodiscard]] const Child* gate() const { return gate_ ? &*gate_ : nullptr; }

 private:
  [[nodiscard]] Result<Child> start(const std::vector<std::string>& arguments, const std::string& log) const;
  [[nodiscard]] Error died(const std::string& what, const std::string& log, int code) const;
  const World& world_;
  std::vector<Child> systems_;
  std::optional<Child> gate_, daemon_, vantage_;
};

/// This program's own file.
[[nodiscard]] std::string own_binary();

}  // namespace kulla::drill
