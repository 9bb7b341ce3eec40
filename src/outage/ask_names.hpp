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

  /// Calls back at once where the answer is known: for as long as its TTL says, but no longer than two of the asker's periods, so
  /// that a name that is gone shows; and no shorter than a second.
  void find(const std::string& name, std::chrono::milliseconds every, std::function<void(const Found&)> then);
  [[nodiscard]] std::uint64_t looked_up() const { return looked_up_; }

 private:
  struct Entry {
    Found found;
    SteadyTime at{};
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
