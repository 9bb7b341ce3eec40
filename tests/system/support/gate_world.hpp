// A real HAProxy with its own folder, ports and upstream servers, for one test.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/process.hpp"
#include "gate/haproxy.hpp"
#include "gate/settings.hpp"
#include "system/support/http.hpp"

namespace kulla::test {

struct Route {
  std::string id, host, path = "/";
};

class GateWorld {
 public:
  /// Every route gets a server of its own. `below`: where the gate's folder lies; empty: in the system's temporary folder.
  explicit GateWorld(const std::vector<Route>& routes, const std::filesystem::path& below = {}, bool tls = false);
  /// Writes the folder with all services open, starts HAProxy and waits until it answers.
  void start_open();
  /// Starts HAProxy on the folder as it is; false where it refuses.
  [[nodiscard]] bool start();
  void stop();
  /// As a crash would: the master is killed, its workers go with it.
  void kill();
  /// Master and workers stand still: they take connections and answer nothing.
  void hold();
  void let_go();
  /// Asks for a reload and waits until the workers have changed.
  void reload();
  [[nodiscard]] gate::HaproxyGate& gate() { return *gate_; }
  [[nodiscard]] Upstream& upstream(const std::string& id);
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int tls_port() const { return tls_port_; }
  [[nodiscard]] std::string output() const;
  [[nodiscard]] pid_t master() const { return haproxy_->pid(); }

  gate::Settings settings;
  std::vector<std::string> command_prefix;  ///< before haproxy's own words, as in setpriv …

 private:
  TemporaryFolder folder_;
  int port_ = free_port(), tls_port_ = 0;
  std::vector<std::pair<std::string, std::unique_ptr<Upstream>>> upstreams_;
  std::optional<Child> haproxy_;
  std::vector<pid_t> held_;
  std::unique_ptr<gate::HaproxyGate> gate_;
};

/// Polls until it holds; false after `patience`.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience = std::chrono::seconds{10});

inline GateEntry entry(GateMode mode, const std::string& closure = "", int share = 0) { return {mode, ClosureId{closure}, share}; }
inline const GateEntry open_entry = entry(GateMode::open), closed_entry = entry(GateMode::closed, "abcdef012345");

}  // namespace kulla::test
