#include <fmt/format.h>

#include <algorithm>

#include "ledger/store.hpp"
#include "ledger/witness.hpp"

namespace kulla::ledger {
namespace {
constexpr std::uint64_t progress_step = 16384;  // facts between two calls of progress

Result<Database> open_to_read(const std::filesystem::path& path) {
  std::error_code error;
  const auto whole = std::filesystem::canonical(path, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", path.string(), error.message()));
  if (!std::filesystem::is_regular_file(whole)) return fail(Code::io, fmt::format("{}: not a regular file", path.string()));
  return Database::open(whole, Access::read);
}

/// Stored bytes are the canonical bytes of a fact that we understand.
std::optional<std::string> check_bytes(std::string_view bytes) {
  const auto value = parse_json(bytes, fact_limit);
  if (!value) return fmt::format("it is not JSON: {}", value.error().what);
  const auto fact = fact_from_json(*value);
  if (!fact) return fmt::format("it is not a fact: {}", fact.error().what);
  // A fact of an old version comes back raised to the present one; then the bytes are compared as JSON.
  const auto present = to_json(*fact);
  const bool same_version = present.at("v") == value->at("v");
  if (canonical(same_version ? present : *value) != bytes) return "it is not in canonical form";
  return std::nullopt;
}

/// Compares what witnesses and auditors have seen with the chain, as the walk goes by.
class Memory {
 public:
  Memory(std::vector<Head> heads, std::optional<Digest> wanted) : heads_(std::move(heads)), wanted_(wanted) {
    std::ranges::sort(heads_, {}, &Head::number);
    next_ = heads_.begin();
  }
  std::optional<std::string> meet(std::uint64_t number, const Digest& hash) {
    if (wanted_ == hash) wanted_.reset();
    for (; next_ != heads_.end() && next_->number <= number; ++next_)
      if (next_->number != number || next_->hash != hash)
        return fmt::format("the witness has another head {}: history was written anew", next_->number);
    return std::nullopt;
  }
  std::optional<Bad> missed(const Head& last) const {
    if (next_ != heads_.end())
      return Bad{last.number + 1,
                 fmt::format("the witness knows head {}: the tail after fact {} was cut off", heads_.back().number, last.number)};
    if (wanted_) return Bad{last.number + 1, fmt::format("head {} is not in the chain", to_hex(*wanted_))};
    return std::nullopt;
  }

 private:
  std::vector<Head> heads_;
  std::vector<Head>::const_iterator next_;
  std::optional<Digest> wanted_;
};
}  // namespace

Result<Verification> verify(const std::filesystem::path& path, const VerifyOptions& options) {
  KULLA_TRY(auto database, open_to_read(path));
  Testimony testimony;
  if (!options.witness.empty()) {
    KULLA_TRY(testimony, read_witness(options.witness, options.trust));
  }
  Memory memory{std::move(testimony.heads), options.head};
  Walk walk{database, options.trust, [&](std::uint64_t number, const Digest& hash, std::string_view bytes) {
              if (options.progress && number % progress_step == 0) options.progress(number);
              auto problem = check_bytes(bytes);
              return problem ? problem : memory.meet(number, hash);
            }};
  KULLA_TRY(auto bad, walk.run());
  if (!bad) bad = memory.missed(walk.head());
  Verification result{.ok = !bad, .facts = walk.head().number, .head = walk.head(), .first_bad = 0, .problem = {}};
  if (bad) {
    result.first_bad = bad->number, result.problem = fmt::format("fact {}: {}", bad->number, bad->problem);
  } else if (!testimony.problem.empty()) {
    result.ok = false, result.problem = testimony.problem;
  }
  return result;
}

Result<> read(const std::filesystem::path& path, const std::function<void(const Entry&)>& visit) {
  KULLA_TRY(auto database, open_to_read(path));
  Walk walk{database, std::nullopt, [&](std::uint64_t number, const Digest& hash, std::string_view bytes) {
              visit({number, hash, bytes});
              return std::optional<std::string>{};
            }};
  KULLA_TRY(const auto bad, walk.run());
  if (bad) return fail(Code::ledger_corrupt, fmt::format("{}: fact {}: {}", path.string(), bad->number, bad->problem));
  return {};
}
}  // namespace kulla::ledger
