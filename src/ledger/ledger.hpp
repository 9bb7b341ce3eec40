// The ledger: facts in an append-only, hash-chained, signed store. docs/ledger-format.md is the byte-exact specification.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/keys.hpp"
#include "base/result.hpp"
#include "model/fact.hpp"

namespace kulla::ledger {

/// The newest fact: its number (from 1; 0: empty) and the hash that binds it and all before it.
struct Head {
  std::uint64_t number = 0;
  Digest hash;
  friend bool operator==(const Head&, const Head&) = default;
};

/// Where signed heads go, elsewhere: a file (appended and synced), or a command (fed one line on its standard input).
struct Witness {
  std::filesystem::path file;
  std::vector<std::string> command;
};

struct Options {
  std::filesystem::path path;
  SecretKey key;
  std::vector<Witness> witnesses;  ///< a witness file belongs to one ledger: if it knows a head that this one lacks, opening is refused
};

/// One writer, one thread. A second writer on the same file is Code::ledger_busy.
class Ledger {
 public:
  virtual ~Ledger() = default;
  /// Appends all or none, durably (returns after the sync), and signs the new head. Code::ledger_full where it cannot be written;
  /// the caller may try again with the same facts. A witness that cannot be reached does not fail the append; see witness_problem.
  [[nodiscard]] virtual Result<Head> append(std::span<const Fact> facts) = 0;
  [[nodiscard]] virtual Head head() const = 0;
  /// Every fact in order.
  [[nodiscard]] virtual Result<> each(const std::function<void(std::uint64_t number, const Fact&)>& visit) const = 0;
  [[nodiscard]] virtual std::string witness_problem() const = 0;
};

/// Opens or creates. Reads the whole chain, and refuses one that is broken, whose newest head this key did not sign (that head vouches
/// for every fact before it; single older signatures are verify's business), or that lacks what a witness file last heard.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open(Options options);

struct Verification {
  bool ok = false;
  std::uint64_t facts = 0;
  Head head;
  std::uint64_t first_bad =
      0;  ///< number of the first bad fact (one after the last, where a tail is missing); 0 where ok, or where only a line of the witness is bad
  std::string problem;  ///< in one line; empty where ok
};
struct VerifyOptions {
  PublicKey trust;
  std::filesystem::path witness;  ///< a witness file; empty: none
  std::optional<Digest> head;  ///< this head must be in the chain
  std::function<void(std::uint64_t facts)> progress;  ///< called now and then; may be empty
};
/// Reads everything, trusts nothing but the key. An error only where it could not be read at all.
[[nodiscard]] Result<Verification> verify(const std::filesystem::path& path, const VerifyOptions& options);

/// A fact as it is stored: its canonical JSON, valid during the call.
struct Entry {
  std::uint64_t number = 0;
  Digest hash;
  std::string_view bytes;
};
/// Every fact in order, from a ledger that another process may be writing. Checks the chain (Code::ledger_corrupt where it
/// breaks; what came before was visited), not who signed it: that is verify's.
[[nodiscard]] Result<> read(const std::filesystem::path& path, const std::function<void(const Entry&)>& visit);

}  // namespace kulla::ledger
