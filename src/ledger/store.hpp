// The SQLite file: its two tables, and the walk that reads it from the first fact to the last and believes nothing.
#pragma once
#include <functional>
#include <optional>

#include "ledger/chain.hpp"
#include "ledger/sqlite.hpp"

namespace kulla::ledger {

constexpr std::size_t fact_limit = std::size_t{1} << 20;  ///< bytes of one fact's canonical JSON
constexpr std::uint64_t facts_per_head = 1024;            ///< a longer group gets a signed head at each so many facts
static_assert(facts_per_head * sizeof(Digest) < fact_limit, "a head's links fit a row");

/// Makes the tables in an empty file; all or nothing.
[[nodiscard]] Result<> create_tables(Database& database);
/// True for a file in which nothing was ever made.
[[nodiscard]] Result<bool> is_empty(Database& database);

struct Bad {
  std::uint64_t number = 0;  ///< of the first bad fact
  std::string problem;
};
/// Called for each fact in order, as stored; may answer with what is wrong with it.
using Visit = std::function<std::optional<std::string>(std::uint64_t number, const Digest& hash, std::string_view bytes)>;

class Walk {
 public:
  /// Without `trust` the chain is checked, but nobody's signature.
  Walk(Database& database, std::optional<PublicKey> trust, Visit visit)
      : database_(database), trust_(std::move(trust)), visit_(std::move(visit)) {}
  /// The first bad fact, or none. An error only where the file could not be read. Reads in short transactions, so that a
  /// walk never holds up a writer.
  [[nodiscard]] Result<std::optional<Bad>> run();
  /// The last good one.
  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] const std::optional<SignedHead>& signed_head() const { return signed_head_; }

 private:
  struct HeadRow;
  using Outcome = Result<std::optional<Bad>>;
  [[nodiscard]] Outcome walk();
  [[nodiscard]] Outcome check_schema();
  [[nodiscard]] Outcome check_strays();
  [[nodiscard]] Outcome next_heads(Statement& heads, Statement& facts, bool& more);
  [[nodiscard]] Outcome next_head(const HeadRow& row, Statement& facts);
  [[nodiscard]] std::optional<std::string> check_head(const HeadRow& row) const;
  [[nodiscard]] Outcome check_facts(const HeadRow& row, Statement& facts);
  [[nodiscard]] std::optional<std::string> check_fact(Statement& fact, std::uint64_t number, const Digest& link);

  Database& database_;
  std::optional<PublicKey> trust_;
  Visit visit_;
  Head head_;
  std::optional<SignedHead> signed_head_;
};

}  // namespace kulla::ledger
