// From names to addresses: each name is looked up once for all who ask, and again before what is known is too old to notice a failure.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <memory>
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
};

class Names {
 public:
  /// `blunt` takes any answer: c-ares says the same of servers that refuse and of servers that are not there, so who failed is asked
  /// again there. `validator` may be null: then a zone whose signatures are bad is a refusal like any other.
  Names(std::unique_ptr<AresChannel> channel, std::unique_ptr<AresChannel> blunt, Validator* validator)
      : channel_(std::move(channel)), blunt_(std::move(blunt)), validator_(validator) {}

  /// Calls back at once where the answer is known: see kept_for; a failure is known for 50 ms.
  void find(const std::string& name, std::chrono::milliseconds every, std::function<void(const Found&)> then);
  /// How long a good answer is known after it was asked for: as its TTL says, but so that whoever asks `every` so often looks up
  /// anew each time, else a probe would be good with a name that is gone; and 50 ms, for the many that ask at once.
  [[nodiscard]] static std::chrono::milliseconds kept_for(std::chrono::milliseconds ttl, std::chrono::milliseconds every);
  [[nodiscard]] std::uint64_t looked_up() const { return looked_up_; }

 private:
  struct Entry {
    Found found;
    SteadyTime asked{}, at{};  ///< when it was looked up; from when it counts as known
    std::chrono::milliseconds ttl{};
    std::vector<std::function<void(const Found&)>> waiting{};
    bool known = false;
  };
  void look_up(const std::string& name);
  void take(const std::string& name, const AresChannel::Addresses& answer);
  void told(const std::string& name, Found found, std::chrono::milliseconds ttl);

  std::unique_ptr<AresChannel> channel_, blunt_;
  Validator* validator_;
  std::unordered_map<std::string, Entry> entries_;  ///< as many as the targets have names
  std::uint64_t looked_up_ = 0;
};

}  // namespace kulla::outage
