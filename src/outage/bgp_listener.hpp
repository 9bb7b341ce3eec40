// Routers tell of routes by BMP (RFC 7854), as they change. What covers an address at which a target is asked is written down beside the
// observations, where `kulla outage` finds it:   DIR/.routes/DAY.ndjson, lines as bgp_ris.hpp reads them.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "outage/address.hpp"
#include "outage/bgp_route.hpp"

namespace kulla::outage {

/// A line for RisReader that says the same, without its end.
[[nodiscard]] std::string ris_line(const RouteChange& change);
/// What was written down in a store's folder, oldest first.
[[nodiscard]] std::vector<std::filesystem::path> route_logs(const std::filesystem::path& store);

struct BmpSettings {
  Address listen{};
  std::vector<std::string> routers{};  ///< addresses from which they connect: BMP itself proves nothing
  std::filesystem::path store{};
  std::uint64_t day_limit = std::uint64_t{64} << 20;  ///< bytes written a day: prefixes that flap without end fill no disk
  /// After an address that is new: routers are cut off, and tell the whole table again when they come back. Doubled with each time, up to
  /// 10 minutes.
  std::chrono::milliseconds again = std::chrono::seconds{5};
};

class BmpListener {
 public:
  using Say = std::function<void(const std::string&)>;
  /// On a thread of its own. `say`: lines for a person, on that thread.
  [[nodiscard]] static Result<std::unique_ptr<BmpListener>> start(BmpSettings settings, const Clock& clock, Say say);
  ~BmpListener();
  BmpListener(const BmpListener&) = delete;
  BmpListener& operator=(const BmpListener&) = delete;

  /// Any thread: a target was asked at this address. Seldom new: what is known already costs a look.
  void watch(const std::string& address);

  struct Counts {
    std::uint64_t connections = 0, strangers = 0;
    std::uint64_t changes = 0;  ///< that routers told
    std::uint64_t kept = 0;  ///< of them, written down
    std::uint64_t damaged = 0;  ///< messages that cannot be read; a stream that is no BMP is one, and ends
    std::uint64_t dropped = 0;  ///< over the day's limit, or not taken by the disk
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] Address address() const;  ///< with the port that was given, where 0 was asked for

 private:
  struct Inside;
  explicit BmpListener(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace kulla::outage
