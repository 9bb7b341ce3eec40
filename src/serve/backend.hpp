// The seam between the server and what it serves. serve/ knows HTTP, people and sessions, and nothing of services, facts or the gate;
// the daemon implements this by its view and its commands.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/canonical_json.hpp"
#include "base/result.hpp"
#include "model/names.hpp"
#include "serve/roles.hpp"
#include "serve/subscription.hpp"

namespace kulla::serve {

/// One for each line of routes.def.
enum class Endpoint {
#define KULLA_ROUTE(endpoint, method, path, roles, served) endpoint,
#include "serve/routes.def"
#undef KULLA_ROUTE
};

/// Who asks: signed in, and with one of the roles that the route wants. Where a route is open to several roles and what is asked decides
/// (mode: an operator towards act, an approver towards advise), or the text names a person (approvals), the backend looks at this again.
struct Caller {
  PersonId person;      ///< as in the accounts file: "anna"
  Roles roles;
  std::string session;  ///< names the session in records; cannot be used to take it over
};

/// A request, its parts percent-decoded and within bounds: a parameter has at most 1,024 bytes, a body 64 KiB. All of it is foreign text.
struct Call {
  Caller caller;
  std::map<std::string, std::string, std::less<>> path;   ///< {id}, {number}
  std::map<std::string, std::string, std::less<>> query;  ///< a name that comes twice is refused before
  json::object body;                                      ///< empty for GET
};

/// What people did with their sessions; becomes a fact.
struct Happening {
  enum class Kind { signed_in, signed_out, sign_in_failed };
  Kind kind;
  PersonId person;          ///< empty where no account has the name that was typed (it may have been a password)
  std::string address;      ///< of the client: personal, a pseudonym in the ledger
  std::string method;       ///< "password" or "oidc"
  std::uint64_t times = 1;  ///< failures are told at most once in 10 s for each person: so many since the last one told
};

struct Health {
  bool ready = false;                 ///< decides, and can write its ledger
  std::vector<std::string> problems;  ///< a line each; not shown to who is not signed in, beyond their number
};

/// Called by several threads at once. All but `record` run on worker threads; `answer` may wait for the core, up to 5 s, and for the
/// disk, up to 2 s. `record` is called
/// on the thread of all input and output, and returns at once.
class Backend {
 public:
  virtual ~Backend() = default;
  /// JSON, or HTML for a page, ready to send. Answer the same pointer for the same text: the server compresses each text once.
  /// An error becomes {"error":{"code","what"}} with the status of its code (answer.cpp has the table); `what` is shown to the caller.
  [[nodiscard]] virtual Result<std::shared_ptr<const std::string>> answer(Endpoint endpoint, const Call& call) = 0;
  /// All events that come after fact `from`, or a `reset` where that is too old. Runs on a worker thread, as what lies between may be much.
  [[nodiscard]] virtual std::shared_ptr<Subscription> subscribe(std::uint64_t from) = 0;
  virtual void record(const Happening& happening) = 0;
  /// Prometheus text (exposition format 0.0.4), no names of people or addresses. The server adds its own.
  [[nodiscard]] virtual std::string metrics() = 0;
  [[nodiscard]] virtual Health health() = 0;
};

}  // namespace kulla::serve
