#include "ledger/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace kulla::ledger {
namespace {
constexpr std::int64_t application_id = 0x6b756c6c;  // "kull"
constexpr std::int64_t format_version = 1;
constexpr std::string_view facts_schema = "CREATE TABLE facts(number INTEGER PRIMARY KEY, hash BLOB NOT NULL, fact TEXT NOT NULL)";
constexpr std::string_view heads_schema =
    "CREATE TABLE heads(number INTEGER PRIMARY KEY, after INTEGER NOT NULL, links BLOB NOT NULL, at TEXT NOT NULL, signature BLOB NOT "
    "NULL)";
constexpr std::int64_t heads_per_transaction = 64;

std::string_view text_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}; }
Digest link_at(std::string_view links, std::uint64_t index) {
  Digest link;
  std::memcpy(link.bytes.data(), links.data() + index * sizeof link.bytes, sizeof link.bytes);
  return link;
}
}  // namespace

Result<bool> is_empty(Database& database) {
  KULLA_TRY(const auto tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  KULLA_TRY(const auto application, database.integer("PRAGMA application_id"));
  return tables == 0 && application == 0;
}

Result<> create_tables(Database& database) {
  const auto sql = fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {}; PRAGMA user_version = {}; {}; {}; COMMIT", application_id,
                               format_version, facts_schema, heads_schema);
  if (auto created = database.run(sql.c_str()); !created) {
    if (database.in_transaction()) (void)database.run("ROLLBACK");
    return created;
  }
  return {};
}

struct Walk::HeadRow {
  std::optional<std::int64_t> number, after;
  std::optional<std::string> links, at, signature;
  SignedHead head;

  explicit HeadRow(const Statement& row)
      : number(row.integer(0)), after(row.integer(1)), links(row.blob(2)), at(row.text(3)), signature(row.blob(4)) {}
  /// False where a column is not of its type or size.
  [[nodiscard]] bool read() {
    constexpr std::size_t width = sizeof(Digest::bytes);
    if (!number || !after || !links || !at || !signature || *after < 0 || *number <= *after) return false;
    head.after = static_cast<std::uint64_t>(*after), head.number = static_cast<std::uint64_t>(*number);
    if (links->size() % width != 0 || links->size() / width != head.number - head.after || head.number - head.after > facts_per_head)
      return false;
    if (signature->size() != head.signature.bytes.size()) return false;
    std::memcpy(head.signature.bytes.data(), signature->data(), signature->size());
    head.at = *at;
    head.links = sha256(*links);
    head.hash = link_at(*links, head.number - head.after - 1);
    return true;
  }
};

Result<std::optional<Bad>> Walk::run() {
  auto outcome = walk();
  if (database_.in_transaction()) (void)database_.run("ROLLBACK");
  // What SQLite itself finds broken in the file is a finding at the fact that could not be read, not a failure to read.
  if (!outcome && outcome.error().code == Code::ledger_corrupt) return Bad{head_.number + 1, outcome.error().what};
  return outcome;
}

Walk::Outcome Walk::walk() {
  KULLA_TRY(auto strange, check_schema());
  if (strange) return strange;
  KULLA_TRY(auto heads,
            database_.prepare("SELECT number, after, links, at, signature FROM main.heads WHERE number > ?1 ORDER BY number LIMIT ?2"));
  KULLA_TRY(auto facts, database_.prepare("SELECT number, hash, fact FROM main.facts WHERE number > ?1 AND number <= ?2 ORDER BY number"));
  for (bool more = true; more;) {
    KULLA_CHECK(database_.run("BEGIN"));
    KULLA_TRY(auto bad, next_heads(heads, facts, more));
    if (bad) return bad;
    if (!more) {
      KULLA_TRY(auto stray, check_strays());
      if (stray) return stray;
    }
    KULLA_CHECK(database_.run("COMMIT"));
  }
  return std::nullopt;
}

Walk::Outcome Walk::check_schema() {
  const Bad not_ours{1, "not a kulla ledger, or its tables were changed"};
  KULLA_TRY(const auto application, database_.integer("PRAGMA application_id"));
  KULLA_TRY(const auto version, database_.integer("PRAGMA user_version"));
  if (application != application_id) return not_ours;
  if (version != format_version) return Bad{1, fmt::format("format {} is not known; a newer kulla wrote it", version)};
  KULLA_TRY(auto rows, database_.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"));
  for (const auto& [table, sql] : std::array{std::pair{"facts", facts_schema}, std::pair{"heads", heads_schema}}) {
    KULLA_TRY(const bool row, rows.step());
    if (!row || rows.text(0) != "table" || rows.text(1) != table || rows.text(2) != table || rows.text(3) != sql) return not_ours;
  }
  KULLA_TRY(const bool more, rows.step());
  return more ? std::optional{not_ours} : std::nullopt;
}

/// Rows that no signed head covers: before the first fact, or after the last.
Walk::Outcome Walk::check_strays() {
  KULLA_TRY(
      const auto before,
      database_.integer("SELECT (SELECT count(*) FROM main.facts WHERE number < 1) + (SELECT count(*) FROM main.heads WHERE number < 1)"));
  if (before != 0) return Bad{1, "there are rows before the first fact"};
  KULLA_TRY(const auto after,
            database_.integer(fmt::format("SELECT count(*) FROM (SELECT 1 FROM main.facts WHERE number > {} LIMIT 1)", head_.number)));
  if (after != 0) return Bad{head_.number + 1, "no signed head covers this fact and what follows"};
  return std::nullopt;
}

Walk::Outcome Walk::next_heads(Statement& heads, Statement& facts, bool& more) {
  heads.reset();
  heads.bind(1, static_cast<std::int64_t>(head_.number));
  heads.bind(2, heads_per_transaction);
  std::int64_t count = 0;
  for (;; ++count) {
    KULLA_TRY(const bool row, heads.step());
    if (!row) break;
    HeadRow head{heads};
    if (!head.read()) return Bad{head_.number + 1, "the signed head that covers this fact is malformed"};
    KULLA_TRY(auto bad, next_head(head, facts));
    if (bad) return bad;
  }
  heads.reset();
  more = count == heads_per_transaction;
  return std::nullopt;
}

Walk::Outcome Walk::next_head(const HeadRow& row, Statement& facts) {
  if (auto problem = check_head(row)) return Bad{head_.number + 1, std::move(*problem)};
  KULLA_TRY(auto bad, check_facts(row, facts));
  if (!bad) signed_head_ = row.head;
  return bad;
}

std::optional<std::string> Walk::check_head(const HeadRow& row) const {
  const auto& head = row.head;
  if (head.after != head_.number)
    return fmt::format("a signed head is missing: after head {} follows one that covers {} to {}", head_.number, head.after + 1,
                       head.number);
  if (trust_ && !vouched(head, *trust_))
    return fmt::format("the signature that covers facts {} to {} is not by the trusted key, or was altered", head.after + 1, head.number);
  return std::nullopt;
}

Walk::Outcome Walk::check_facts(const HeadRow& row, Statement& facts) {
  facts.reset();
  facts.bind(1, static_cast<std::int64_t>(row.head.after));
  facts.bind(2, static_cast<std::int64_t>(row.head.number));
  for (auto number = row.head.after + 1; number <= row.head.number; ++number) {
    KULLA_TRY(const bool there, facts.step());
    if (!there) return Bad{number, fmt::format("it is missing; a signed head covers facts up to {}", row.head.number)};
    if (auto problem = check_fact(facts, number, link_at(*row.links, number - row.head.after - 1))) return Bad{number, std::move(*problem)};
  }
  KULLA_TRY(const bool extra, facts.step());
  facts.reset();
  return extra ? std::optional{Bad{row.head.number, "it is stored more than once"}} : std::nullopt;
}

/// `link` is the hash that the signed head gives for this fact, so whatever does not lead to it is the fault of this very fact.
std::optional<std::string> Walk::check_fact(Statement& fact, std::uint64_t number, const Digest& link) {
  if (fact.integer(0) != static_cast<std::int64_t>(number)) return "it is missing, or not in its place";
  const auto bytes = fact.text(2);
  if (!bytes) return "it is not stored as text";
  if (fact_hash(head_.hash, number, *bytes) != link) return "it was changed: it does not hash to what was signed";
  if (fact.blob(1) != text_of(link)) return "its stored hash was changed";
  if (auto problem = visit_(number, link, *bytes)) return problem;
  head_ = {number, link};
  return std::nullopt;
}
}  // namespace kulla::ledger
