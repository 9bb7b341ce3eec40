// Recorded facts by their numbers, as JSON: the newest from the feed, older ones from the ledger by a connection that only reads.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/feed.hpp"
#include "ledger/reader.hpp"
#include "model/fact.hpp"

namespace kulla::daemon {

/// {"number":N,"durable":BOOL,"fact":{…}}, as the control socket's timeline has it. `fact`: its JSON.
[[nodiscard]] std::string fact_line(std::uint64_t number, bool durable, std::string_view fact);
/// The fact's JSON out of such a line.
[[nodiscard]] std::string_view fact_in(std::string_view line);

struct Recorded {
  std::uint64_t number = 0;
  std::string fact;  ///< its JSON
  [[nodiscard]] Result<Fact> parsed() const;
};

/// Where a fact stands in the ledger.
struct Place {
  ledger::StoredFact stored;
  Digest previous;                          ///< hash of the fact before; zero for the first
  std::optional<ledger::SignedHead> head;   ///< the first signed one that covers it
};

class Past {
 public:
  Past(const Feed& feed, std::filesystem::path ledger) : feed_(feed), ledger_(std::move(ledger)) {}
  virtual ~Past() = default;
  Past(const Past&) = delete;
  /// In order, from `from` on, at most `most`. Fewer where there are no more, or where what the feed keeps no more is not durable yet.
  [[nodiscard]] virtual Result<std::vector<Recorded>> facts(std::uint64_t from, std::size_t most) const;
  /// Code::not_found where there is no such fact, or it is not durable yet.
  [[nodiscard]] Result<Place> place(std::uint64_t number) const;

 private:
  [[nodiscard]] Result<ledger::Reader*> reader() const;

  const Feed& feed_;
  const std::filesystem::path ledger_;
  mutable std::mutex mutex_;  ///< of the making of reader_
  mutable std::unique_ptr<ledger::Reader> reader_;
};

}  // namespace kulla::daemon
