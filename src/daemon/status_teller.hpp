// Makes the public page's picture: the present from the core's state, the past from facts that it is handed, names from the config.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "daemon/presentation.hpp"
#include "daemon/statements.hpp"
#include "daemon/status_past.hpp"
#include "incident/state.hpp"
#include "ledger/ledger.hpp"

namespace kulla::daemon {

class StatusTeller {
 public:
  struct Sources {
    std::function<bool(std::function<void(const incident::State&)>)> ask;  ///< the core, as Core::ask; false: it did not answer
    std::function<ledger::Head()> durable;                                 ///< of the ledger, as signed
    PublicKey ledger_key;
    /// Statements::released; without it nothing of a statement is known to be withdrawn, or promised.
    std::function<std::optional<Released>()> statement{};
  };
  StatusTeller(const PublicPages& pages, const Catalogue& catalogue);

  /// What the ledger holds, in order, before any other call.
  void replay(std::uint64_t number, const Fact& fact) { past_.take(number, fact); }
  /// The next fact, on the core's thread: keeps those few that matter. True where the page is to be written soon.
  bool note(std::uint64_t number, const Fact& fact);
  /// Nothing where the core did not answer. One thread.
  [[nodiscard]] std::optional<serve::StatusPicture> picture(const Sources& sources, Timestamp now);
  /// Facts that found no room while nobody asked for a picture: the past then lacks them until the next start.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  struct Noted {
    std::uint64_t number;
    Fact fact;
  };
  void catch_up(Timestamp now);
  [[nodiscard]] serve::StatusService service(const Service& service, Timestamp now) const;
  [[nodiscard]] std::optional<Timestamp> data_checked(const serve::StatusPicture& picture, Timestamp now) const;

  const PublicPages pages_;
  const std::vector<Service> services_;
  std::vector<serve::StatusInstitution> institutions_;
  std::map<ServiceId, std::string> institution_of_;
  StatusPast past_;  ///< replay's, then the writer's thread's
  mutable std::mutex mutex_;  ///< of what follows
  std::vector<Noted> noted_;
  std::uint64_t lost_ = 0;
};

}  // namespace kulla::daemon
