// From names to addresses: looked up anew for each who asks, so that each has what it takes and whether it works now; once for those who
// ask at the same time.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "outage/ask.hpp"
#include "outage/ask_ares.hpp"
#include "outage/ask_dnssec.hpp"

namespace kulla::outage {

struct Found {
  Layer failed = Layer::none;
  std::string detail{};
  std::vector<asio::ip::address> addresses{};  ///< the best first (RFC 6724)
  bool unasked = false;                        ///< this machine had no socket or memory to ask with
};

class Names {
 public:
  /// `blunt` takes any answer: c-ares says the same of servers that refuse and of servers that are not there, so who failed is asked
  /// again there. `validator` may be null: then a zone whose signatures are bad is a refusal like any other.
  Names(std::unique_ptr<AresChannel> channel, std::unique_ptr<AresChannel> blunt, Validator* validator)
      : channel_(std::move(channel)), blunt_(std::move(blunt)), validator_(validator) {}

  /// At the same time: within so long of the beginning of a look-up. Its answer is theirs, also after it came.
  static constexpr std::chrono::milliseconds shared_within{50};
  /// May call back at once.
  void find(const std::string& name, std::function<void(const Found&)> then);

 private:
  struct LookUp {
    SteadyTime began;
    std::optional<Found> found{};
    std::vector<std::function<void(const Found&)>> waiting{};
  };
  using Held = std::shared_ptr<LookUp>;
  void look_up(const std::string& name, const Held& held);
  void take(const std::string& name, const Held& held, const AresChannel::Addresses& answer);
  static void told(const Held& held, Found found);

  std::unique_ptr<AresChannel> channel_, blunt_;
  Validator* validator_;
  std::unordered_map<std::string, Held> newest_;  ///< as many as the targets have names
};

}  // namespace kulla::outage
