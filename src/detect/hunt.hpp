// Rules over recordings: inputs are cut into pieces, the pieces read and matched side by side, and what matched is told in the order of
// the records, whatever the number of threads. Correlations are evaluated over that order.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "detect/sigma/correlator.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/program.hpp"
#include "event/format.hpp"
#include "event/reader.hpp"

namespace kulla::detect {

struct HuntSettings {
  unsigned threads = 1;
  std::optional<event::Format> format{};  ///< of all inputs; none: recognised
  sigma::Logsource source{};  ///< of events that do not say it themselves
  std::optional<Timestamp> since{}, until{};  ///< events from `since` until before `until`; an event that tells no time is looked at
};

using Fields = std::vector<std::pair<std::string, std::string>>;
struct HuntMatch {
  const sigma::Rule* rule = nullptr;  ///< of a correlation, its head
  std::uint64_t record = 0;           ///< as event::Event::number; of a correlation that of its last event
  std::string record_id;              ///< the recording's own number, EventRecordID; empty where it has none
  std::optional<Timestamp> time;
  std::string host;
  Fields fields;              ///< those the rule looked at, and the event has; of a correlation its groups
  std::uint64_t events = 1;   ///< of a correlation
};
/// What became of one input.
struct HuntedInput {
  std::string_view format;  ///< "": not recognised, nothing was read
  std::uint64_t events = 0, outside = 0;  ///< `outside`: of since and until
  event::Losses losses;
  std::optional<Error> error;  ///< the input could not be read to its end
};

class Hunt {
 public:
  using OnMatch = std::function<void(const HuntMatch&)>;
  using OnProgress = std::function<void(std::uint64_t taken)>;  ///< bytes of the file
  /// `loaded` is used up.
  Hunt(sigma::Loaded loaded, HuntSettings settings);
  ~Hunt();
  /// One input to its end; `stop` ends it early.
  [[nodiscard]] HuntedInput input(const std::filesystem::path& path, const OnMatch& on_match, const OnProgress& on_progress,
                                  const std::atomic<bool>& stop);
  [[nodiscard]] const sigma::RuleSet& rules() const;
  [[nodiscard]] const sigma::Correlator& correlator() const;

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace kulla::detect
