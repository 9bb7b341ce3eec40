// The live stream: events made once, as text, and handed to every reader. Readers who are too slow are cut off, and counted.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/canonical_json.hpp"
#include "ledger/ledger.hpp"
#include "serve/subscription.hpp"

namespace kulla::daemon {

/// What all events about facts say beside them.
struct StreamHead {
  std::string incident;  ///< JSON
  std::string mode;
};

// Each a whole event of text/event-stream: docs/api.md.
[[nodiscard]] serve::EventText facts_event(std::uint64_t from, std::span<const std::string_view> lines,
                                           const std::vector<std::string>& rows, const StreamHead& head, const std::string* waiting);
[[nodiscard]] serve::EventText durable_event(std::uint64_t number, const ledger::Head& durable);
[[nodiscard]] serve::EventText pulse_event(std::uint64_t number, const json::object& pulse);
/// What is missing is too much, or too old: the snapshot is to be loaded again.
[[nodiscard]] serve::EventText reset_event(std::uint64_t number);

class Readers {
 public:
  void add(std::shared_ptr<serve::Subscription> reader) { readers_.push_back(std::move(reader)); }
  void send(const serve::EventText& event);
  void close();
  [[nodiscard]] std::size_t size() const { return readers_.size(); }
  [[nodiscard]] std::uint64_t cut_off() const { return cut_off_; }

 private:
  std::vector<std::shared_ptr<serve::Subscription>> readers_;
  std::uint64_t cut_off_ = 0;
};

}  // namespace kulla::daemon
