// Single facts of a ledger that another connection is writing, by their numbers. Checks neither chain nor signatures: that is verify's.
#pragma once
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ledger/chain.hpp"
#include "ledger/sqlite.hpp"

namespace kulla::ledger {

/// A fact as it is stored: its canonical JSON.
struct StoredFact {
  std::uint64_t number = 0;
  Digest hash;
  std::string bytes;
};

/// A connection of its own, which only reads. Any thread. It must be gone before the writer closes the ledger: see docs/ledger-format.md.
class Reader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(const std::filesystem::path& path);
  /// In order, from `from` on, at most `most`; fewer where there are no more.
  [[nodiscard]] Result<std::vector<StoredFact>> facts(std::uint64_t from, std::size_t most);
  /// The first signed head that covers this fact; none where there is none yet.
  [[nodiscard]] Result<std::optional<SignedHead>> head_of(std::uint64_t number);

 private:
  Reader(Database database, Statement facts, Statement head)
      : database_(std::move(database)), facts_(std::move(facts)), head_(std::move(head)) {}
  std::mutex mutex_;
  Database database_;
  Statement facts_, head_;
};

}  // namespace kulla::ledger
