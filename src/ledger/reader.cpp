#include "ledger/reader.hpp"

#include <cstring>

namespace kulla::ledger {
namespace {
/// Its bytes, where it has so many.
template <typename T>
bool take(std::optional<std::string_view> blob, T& to) {
  if (!blob || blob->size() != to.bytes.size()) return false;
  std::memcpy(to.bytes.data(), blob->data(), blob->size());
  return true;
}

/// A statement that is left at rest, so that it holds up no checkpoint.
struct AtRest {
  Statement& statement;
  ~AtRest() { statement.reset(); }
};
}  // namespace

Result<std::unique_ptr<Reader>> Reader::open(const std::filesystem::path& path) {
  KULLA_TRY(auto database, Database::open(std::filesystem::absolute(path), Access::read));
  KULLA_TRY(auto facts, database.prepare("SELECT number, hash, fact FROM main.facts WHERE number >= ?1 ORDER BY number LIMIT ?2"));
  KULLA_TRY(auto head,
            database.prepare("SELECT number, after, links, at, signature FROM main.heads WHERE number >= ?1 ORDER BY number LIMIT 1"));
  return std::unique_ptr<Reader>{new Reader{std::move(database), std::move(facts), std::move(head)}};
}

Result<std::vector<StoredFact>> Reader::facts(std::uint64_t from, std::size_t most) {
  const std::scoped_lock lock{mutex_};
  const AtRest rest{facts_};
  facts_.bind(1, static_cast<std::int64_t>(from));
  facts_.bind(2, static_cast<std::int64_t>(most));
  std::vector<StoredFact> found;
  for (;;) {
    KULLA_TRY(const bool row, facts_.step());
    if (!row) return found;
    StoredFact fact;
    const auto number = facts_.integer(0);
    const auto bytes = facts_.text(2);
    if (!number || !take(facts_.blob(1), fact.hash) || !bytes) return fail(Code::ledger_corrupt, "a row of facts is ill-typed");
    fact.number = static_cast<std::uint64_t>(*number);
    fact.bytes = *bytes;
    found.push_back(std::move(fact));
  }
}

Result<std::optional<SignedHead>> Reader::head_of(std::uint64_t number) {
  const std::scoped_lock lock{mutex_};
  const AtRest rest{head_};
  head_.bind(1, static_cast<std::int64_t>(number));
  KULLA_TRY(const bool row, head_.step());
  if (!row) return std::nullopt;
  SignedHead head;
  const auto last = head_.integer(0), after = head_.integer(1);
  const auto links = head_.blob(2);
  const auto at = head_.text(3);
  const auto wide = sizeof head.hash.bytes;
  if (!last || !after || !links || links->size() < wide || !take(links->substr(links->size() - wide), head.hash) || !at ||
      !take(head_.blob(4), head.signature))
    return fail(Code::ledger_corrupt, "a row of heads is ill-typed");
  head.number = static_cast<std::uint64_t>(*last), head.after = static_cast<std::uint64_t>(*after);
  head.links = sha256(*links);
  head.at = *at;
  return head;
}
}  // namespace kulla::ledger
