// A vantage: asks every target from its own address, at the schedule's pace, and hands each observation on. Asynchronous, one thread,
// thousands of targets. What can be asked, and what each answer is called: docs/probing.md.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/keys.hpp"
#include "outage/address.hpp"
#include "outage/observation.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

struct ProbeSettings {
  VantageId vantage{};
  std::string bind{};                           ///< source address; empty: the system's choice
  std::chrono::milliseconds timeout{2000};      ///< for the whole of a probe, from the name to the body's end
  std::uint64_t first_number = 0;  ///< of the first observation; 0: the wall clock in microseconds, so that a restart never repeats one
  std::vector<Target> targets{};
  int slot = 0, of = 1;                         ///< this vantage is the slot-th (from 0) of so many; outage/schedule.hpp
  std::vector<Address> resolvers{};             ///< name servers; empty: the system's
  std::optional<PublicKey> notice_key{};        ///< of the gate; none: notices stay unverified
  std::string ca{};                             ///< a PEM file of whom to trust; empty: the system's
  std::filesystem::path trust_anchor{};         ///< for DNSSEC; empty: the system's (package dns-root-data), where it is there
  std::string user_agent_url{};                 ///< where a server's owner reads who asks
  int per_host = 0;                             ///< connections to one host at a time; 0: as many as eight for each target there
  std::map<ServiceId, std::string> known_pages{};  ///< learned before, of targets with fingerprint = "learn"; outage/known_pages.hpp
  bool once = false;                            ///< every target once, at once, and then end
};

/// What was not asked, which is not hidden: a gap in the observations has its reason here.
struct ProbeCounts {
  std::uint64_t asked = 0;
  std::uint64_t crowded = 0;   ///< left out: too many to that host or target were under way
  std::uint64_t unasked = 0;   ///< this machine had no socket, port or memory left
};

class Prober {
 public:
  using Take = std::function<void(const Observation&)>;
  /// Code::bad_argument for a URL, an address or a file that cannot be used, naming it. Opens what it needs; sends nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<Prober>> make(ProbeSettings settings, const Clock& clock, Take take);
  static Result<std::unique_ptr<Prober>> make(ProbeSettings settings, const Clock&& clock, Take take) = delete;  ///< the clock is kept
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// Probes until `stop`, on the calling thread; `take` is called there too. What is under way at the end is forgotten.
  void run(const std::atomic<bool>& stop);
  /// Any thread: somebody else saw this target fail, so measure it now. Bounded, whoever says so; an unknown name is ignored.
  void measure(const ServiceId& target);
  [[nodiscard]] ProbeCounts counts() const;  ///< any thread

 private:
  class Probing;
  explicit Prober(std::unique_ptr<Probing> probing);
  std::unique_ptr<Probing> probing_;
};

/// Made and run. At most 16 KiB of a header and 64 KiB of a body are read; a connection a probe; no redirect is followed.
[[nodiscard]] Result<> probe(const ProbeSettings& settings, const Clock& clock, const std::atomic<bool>& stop, const Prober::Take& take);

}  // namespace kulla::outage
