// Findings that a person has reviewed become a new baseline: prepared here from the report that was looked at, signed by whoever holds a key
// that baselines are trusted by, and put in the place of the old one. Any thread.
#pragma once
#include <map>
#include <mutex>
#include <stop_token>

#include "base/canonical_json.hpp"
#include "daemon/config.hpp"
#include "inspect/inspect.hpp"
#include "model/input.hpp"

namespace kulla::daemon {

class Acceptance {
 public:
  Acceptance(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}

  /// The text to sign, for {"system","report","paths":[…]} or "all":true; docs/api.md has the shape. Inspects the system once more, and waits
  /// for that. Code::refused where something is no longer as the report says, Code::timed_out while another one is being prepared.
  [[nodiscard]] Result<json::object> offer(const json::object& question, const std::string& report);
  struct Signed {
    input::FindingsAccepted accepted;  ///< to be recorded before `put`
    Signature signature;
    std::unique_lock<std::mutex> turn;  ///< nothing else is offered meanwhile
  };
  /// A signature over what was offered: {"system","sha256","signer","signature"}. Code::refused by a key that nobody trusts, over something
  /// else, or where another baseline was put in the place of the one that it was made from; Code::bad_signature, Code::timed_out.
  [[nodiscard]] Result<Signed> take(const json::object& question, const PersonId& by);
  /// The signed baseline takes the place of the old one.
  [[nodiscard]] Result<> put(const Signed& handed_in);
  /// Who waits for an offer waits no longer.
  void stop() { stop_.request_stop(); }

 private:
  struct Offered {
    Digest report;
    inspect::PreparedAcceptance prepared;
  };
  [[nodiscard]] std::filesystem::path file_of(const SystemId& system) const;
  [[nodiscard]] Result<std::unique_lock<std::mutex>> turn();
  [[nodiscard]] Result<inspect::PreparedAcceptance> prepare(const SystemId& system, const SystemPlace& place,
                                                            std::vector<inspect::Finding> findings);

  const Config& config_;
  const Clock& clock_;
  std::stop_source stop_;
  std::mutex turn_;  ///< of who prepares one, or puts it in place: for the files, and for what follows
  std::map<SystemId, Offered> offered_;
};

}  // namespace kulla::daemon
