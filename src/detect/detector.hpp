// Live detection, one event at a time: Sigma rules over the gate's log, with the failure rate, and over the logs of hosts.
// One thread owns a Detector; the rules inside are shared and immutable.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "event/event.hpp"
#include "model/alert.hpp"

namespace kulla::detect {

struct Rejected {
  std::filesystem::path file;
  int line = 0;
  std::string reason;
};

/// A failure-rate detector: more than `failures` answers 401 or 403 to one address on one service within `window`.
struct FailureRate {
  int failures = 10;
  std::chrono::seconds window{10};
};
/// A scan detector: more than `paths` distinct paths answered 404 to one address within `window`.
struct PathScan {
  int paths = 20;
  std::chrono::seconds window{30};
};

struct Settings {
  std::vector<std::filesystem::path> rules{};   ///< files or folders of Sigma rules
  FailureRate failure_rate{};
  PathScan path_scan{};
  std::chrono::seconds repeat_after{30};  ///< the same rule, source and service alerts once in this time; the rest is counted into the next
  std::filesystem::path cache{};  ///< of rule files read before (sigma/yaml_cache.hpp); none: all are read anew at each start
  std::vector<std::filesystem::path> backtests{};  ///< of normal days (backtest.hpp); a rule that is not in all of them may not close
  double noise_budget = 1;  ///< matches a day in each of them, above which a rule may not close
  int flood_limit = 300;  ///< alerts of attempts a rule may raise in flood_window; what comes above is counted, and told once
  std::chrono::seconds flood_window{60};
  std::size_t tracked_limit = 100'000;  ///< addresses remembered; the oldest goes, and is counted
};

/// Whose log it is, and what a match in it means: an effect only where strangers cannot write what it says (process creation, audit, but
/// not a mail log or failed logins).
struct HostLog {
  SensorId sensor;
  SystemId system;
  Nature nature = Nature::attempt;
};
/// Rules compiled, with those that may close; immutable, and shared by the detectors of all hosts.
class Rules;

/// An alert with what it was made from. The address and the line leave this process only towards the gate and the evidence store.
struct Detection {
  Alert alert;  ///< source and object are filled with pseudonyms; evidence is zero: the caller stores `line` and fills it
  std::string address;  ///< of the client
  std::string line;  ///< the evidence
};

class Detector {
 public:
  /// Loads the rules; those that cannot be compiled are in rejected(), the rest are used. Fails only where no rule is left.
  [[nodiscard]] static Result<std::unique_ptr<Detector>> make(const Settings& settings, const Pseudonyms& pseudonyms, SensorId sensor);
  /// Every rule, whatever its log source, seen through the standard pipelines.
  [[nodiscard]] static Result<std::shared_ptr<const Rules>> rules_for_hosts(const Settings& settings);
  /// `clock` outlives it.
  [[nodiscard]] static std::unique_ptr<Detector> for_host(const Settings& settings, std::shared_ptr<const Rules> rules, HostLog log,
                                                          const Pseudonyms& pseudonyms, const Clock& clock);
  virtual ~Detector() = default;
  /// Goes on where `older`, with other rules and otherwise equal settings, is: counts, what was said, correlations that stayed the same.
  /// `older` is of no further use.
  virtual void adopt(Detector& older) = 0;
  /// Looks at one event; calls `raise` for each alert. Events whose kulla-verdict is not "pass" are counted only.
  virtual void look(const event::Event& event, std::string_view line, const std::function<void(Detection)>& raise) = 0;
  [[nodiscard]] virtual const std::vector<Rejected>& rejected() const = 0;
  [[nodiscard]] virtual std::size_t rules() const = 0;
  /// Rules that are well but speak of other log sources than the gate's (category webserver): never looked at.
  [[nodiscard]] virtual std::size_t rules_for_others() const { return 0; }
  [[nodiscard]] virtual std::uint64_t refused_by_gate() const { return 0; }  ///< events counted, not looked at
  [[nodiscard]] virtual std::uint64_t suppressed() const = 0;
  /// Rules that say `may_close` and may not, as no backtest clears them.
  [[nodiscard]] virtual std::vector<std::string> not_cleared() const = 0;
};

/// The pseudonym under which any sensor speaks of a URL path of a service, percent-decoded once, without its query.
[[nodiscard]] ObjectRef object_ref(const Pseudonyms& pseudonyms, const ServiceId& service, std::string_view url_path);
/// The same from a path that is not encoded, such as that of a file below a document root ("uploads/a b.txt", with or without the first '/').
[[nodiscard]] ObjectRef object_ref_of_path(const Pseudonyms& pseudonyms, const ServiceId& service, std::string_view path);

}  // namespace kulla::detect
