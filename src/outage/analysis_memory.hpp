// What is remembered of each target and vantage in case an outage begins: the last probes, and some older ones, in few bytes each. Pure.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "outage/evidence.hpp"
#include "outage/fingerprint.hpp"
#include "outage/observation.hpp"

namespace kulla::outage {

/// One probe in short.
struct Glimpse {
  Timestamp sent;
  std::uint32_t took_us, connect_us, first_byte_us;
  Layer failed;
  NoticeSeen notice;
  std::int16_t status;
};

class TargetMemory {
 public:
  void take(const Observation& observation);

  struct Pace {
    Before before;
    std::map<VantageId, double> pace;  ///< of each vantage, see Evidence::add
  };
  /// Of good probes that were sent up to then.
  [[nodiscard]] Pace before(Timestamp onset) const;
  /// Good probes that were sent after it, and failing ones that ended after it, in the order in which they were sent.
  [[nodiscard]] std::vector<Observation> since(Timestamp onset) const;
  /// When the newest good probe up to then was sent, as far as is remembered; else the epoch.
  [[nodiscard]] Timestamp last_good(Timestamp until) const;
  /// The last few that failed and said more than a glimpse holds.
  [[nodiscard]] const std::deque<Observation>& telling() const { return telling_; }
  [[nodiscard]] int vantages() const { return static_cast<int>(seen_.size()); }
  [[nodiscard]] const std::optional<std::string>& address() const { return address_; }

 private:
  struct Seen {
    std::deque<Glimpse> recent;
    std::deque<Glimpse> older;  ///< every few of those that left recent
    std::uint64_t left = 0;
  };
  std::map<VantageId, Seen> seen_;
  std::deque<Observation> telling_;
  std::optional<std::string> address_;  ///< last asked with a good answer
};

/// The page that is known, by Target::fingerprint.
class KnownPage {
 public:
  explicit KnownPage(const std::string& fingerprint) : page_(fingerprint) {}
  /// The observation as it is to be taken: a good answer with another page than the known one failed at `body`; fingerprint.hpp.
  [[nodiscard]] Observation judged(Observation observation);
  [[nodiscard]] std::optional<std::string> known() const;
  [[nodiscard]] bool changes() const { return page_.changes(); }

 private:
  Fingerprint page_;
};

}  // namespace kulla::outage
