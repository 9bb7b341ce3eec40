// The writer: SQLite in WAL mode while open (readers never hold it up, one sync a group), one ordinary file when closed.
#include <fmt/format.h>

#include "base/file.hpp"
#include "ledger/lock.hpp"
#include "ledger/store.hpp"
#include "ledger/witness.hpp"

namespace kulla::ledger {
namespace {
std::string_view text_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}; }

/// A group, encoded and signed before the transaction begins.
struct Group {
  struct Row {
    std::string bytes;
    Digest hash;
  };
  std::vector<Row> rows;
  std::vector<std::pair<SignedHead, std::string>> heads;  ///< with their links
  Head end;
};

Result<Group> prepare(const Head& start, std::span<const Fact> facts, const SecretKey& key) {
  Group group;
  group.end = start;
  std::uint64_t after = start.number;
  std::string links;
  for (const auto& fact : facts) {
    auto bytes = canonical(to_json(fact));
    if (bytes.size() > fact_limit)
      return fail(Code::too_large, fmt::format("a fact '{}' of {} bytes, over {}", kind_of(fact), bytes.size(), fact_limit));
    group.end = {group.end.number + 1, fact_hash(group.end.hash, group.end.number + 1, bytes)};
    links += text_of(group.end.hash);
    group.rows.push_back({std::move(bytes), group.end.hash});
    if (&fact != &facts.back() && group.end.number - after < facts_per_head) continue;
    SignedHead head{.after = after,
                    .number = group.end.number,
                    .hash = group.end.hash,
                    .links = sha256(links),
                    .at = to_rfc3339(fact.at.wall),
                    .signature = {}};
    head.signature = key.sign(signed_text(head, key.public_key()));
    group.heads.emplace_back(std::move(head), std::exchange(links, {}));
    after = group.end.number;
  }
  return group;
}

class SqliteLedger final : public Ledger {
 public:
  struct Parts {
    WriterLock lock;
    Database database;
    Statement insert_fact, insert_head;
    SecretKey key;
    std::vector<std::unique_ptr<WitnessFeed>> feeds;
    Head head;
  };
  explicit SqliteLedger(Parts parts) : parts_(std::move(parts)) {}
  ~SqliteLedger() override;
  Result<Head> append(std::span<const Fact> facts) override;
  Head head() const override { return parts_.head; }
  Result<> each(const std::function<void(std::uint64_t, const Fact&)>& visit) const override;
  std::string witness_problem() const override;

 private:
  Result<> store(const Group& group);
  Result<> insert(const Group& group);
  mutable Parts parts_;
};

SqliteLedger::~SqliteLedger() {
  // Back to a rollback journal: WAL and its index are folded in and removed. Refused while a reader is connected; then they stay,
  // and the next who opens the ledger folds them in.
  (void)parts_.database.run("PRAGMA busy_timeout = 500; PRAGMA journal_mode = DELETE");
}

Result<Head> SqliteLedger::append(std::span<const Fact> facts) {
  if (facts.empty()) return parts_.head;
  KULLA_TRY(const auto group, prepare(parts_.head, facts, parts_.key));
  KULLA_CHECK(store(group));
  parts_.head = group.end;
  for (auto& feed : parts_.feeds) feed->offer(witness_line(group.heads.back().first, parts_.key.public_key()));
  return parts_.head;
}

Result<> SqliteLedger::store(const Group& group) {
  auto stored = parts_.database.run("BEGIN IMMEDIATE");
  if (stored) stored = insert(group);
  if (stored) stored = parts_.database.run("COMMIT");
  if (!stored && parts_.database.in_transaction()) (void)parts_.database.run("ROLLBACK");
  return stored;
}

Result<> SqliteLedger::insert(const Group& group) {
  auto number = parts_.head.number;
  for (const auto& row : group.rows) {
    parts_.insert_fact.bind(1, static_cast<std::int64_t>(++number));
    parts_.insert_fact.bind_blob(2, text_of(row.hash));
    parts_.insert_fact.bind_text(3, row.bytes);
    KULLA_CHECK(parts_.insert_fact.run());
  }
  for (const auto& [head, links] : group.heads) {
    parts_.insert_head.bind(1, static_cast<std::int64_t>(head.number));
    parts_.insert_head.bind(2, static_cast<std::int64_t>(head.after));
    parts_.insert_head.bind_blob(3, links);
    parts_.insert_head.bind_text(4, head.at);
    parts_.insert_head.bind_blob(5, {reinterpret_cast<const char*>(head.signature.bytes.data()), head.signature.bytes.size()});
    KULLA_CHECK(parts_.insert_head.run());
  }
  return {};
}

Result<> SqliteLedger::each(const std::function<void(std::uint64_t, const Fact&)>& visit) const {
  Walk walk{parts_.database, std::nullopt, [&](std::uint64_t number, const Digest&, std::string_view bytes) -> std::optional<std::string> {
              const auto value = parse_json(bytes, fact_limit);
              const auto fact = value ? fact_from_json(*value) : Result<Fact>{std::unexpected(value.error())};
              if (!fact) return fact.error().what;
              visit(number, *fact);
              return std::nullopt;
            }};
  KULLA_TRY(const auto bad, walk.run());
  if (bad) return fail(Code::ledger_corrupt, fmt::format("fact {}: {}", bad->number, bad->problem));
  return {};
}

std::string SqliteLedger::witness_problem() const {
  std::string all;
  for (const auto& feed : parts_.feeds)
    if (const auto problem = feed->problem(); !problem.empty()) all += (all.empty() ? "" : "; ") + problem;
  return all;
}

/// What a witness's file last heard; nothing of a command, or of a file that cannot be read.
std::optional<Head> heard(const Witness& witness, const PublicKey& key) {
  if (!witness.command.empty()) return std::nullopt;
  return newest_witnessed(witness.file, key).value_or(std::nullopt);
}

/// The newest signed head, once the whole chain is checked and holds what every witness heard: a ledger put back to an earlier
/// day is refused. Only the newest signature is checked, for it vouches for every fact; all of them would take most of the start.
Result<std::optional<SignedHead>> check(Database& database, const Options& options) {
  const auto key = options.key.public_key();
  std::vector<std::pair<Head, std::string>> unmet;
  for (const auto& witness : options.witnesses)
    if (const auto head = heard(witness, key)) unmet.emplace_back(*head, witness.file.string());
  Walk walk{database, std::nullopt, [&](std::uint64_t number, const Digest& hash, std::string_view) {
              std::erase_if(unmet, [&](const auto& known) { return known.first == Head{number, hash}; });
              return std::optional<std::string>{};
            }};
  KULLA_TRY(const auto bad, walk.run());
  if (bad) return fail(Code::ledger_corrupt, fmt::format("fact {}: {}", bad->number, bad->problem));
  if (walk.signed_head() && !vouched(*walk.signed_head(), key))
    return fail(Code::ledger_corrupt,
                fmt::format("the head of fact {} is not signed by this key, {}", walk.head().number, fingerprint(key)));
  if (unmet.empty()) return walk.signed_head();
  const auto& [lost, file] = unmet.front();
  return fail(
      Code::ledger_corrupt,
      fmt::format(
          "{} knows head {}, which this ledger of {} facts does not hold: facts were cut off, or this witness belongs to another ledger",
          file, lost.number, walk.head().number));
}

Result<Database> open_database(const std::filesystem::path& path) {
  KULLA_TRY(auto database, Database::open(path, Access::write));
  KULLA_CHECK(database.run("PRAGMA synchronous = FULL"));
  KULLA_TRY(const bool empty, is_empty(database));
  if (empty) KULLA_CHECK(create_tables(database));
  KULLA_CHECK(database.run("PRAGMA journal_mode = WAL"));
  KULLA_CHECK(sync_folder(path.parent_path()));
  return database;
}

Result<std::filesystem::path> whole_path(const std::filesystem::path& path) {
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  if (error) return fail(Code::io, fmt::format("{}: {}", path.string(), error.message()));
  if (std::filesystem::exists(whole) && !std::filesystem::is_regular_file(whole))
    return fail(Code::io, fmt::format("{}: not a regular file", path.string()));
  return whole;
}

/// One feed a witness; each is told the newest head unless it has it: that head may have been written just before a crash.
std::vector<std::unique_ptr<WitnessFeed>> feeds_of(const Options& options, const std::optional<SignedHead>& newest) {
  const auto key = options.key.public_key();
  std::vector<std::unique_ptr<WitnessFeed>> feeds;
  for (const auto& witness : options.witnesses) {
    feeds.push_back(std::make_unique<WitnessFeed>(witness));
    if (newest && heard(witness, key) != Head{newest->number, newest->hash}) feeds.back()->offer(witness_line(*newest, key));
  }
  return feeds;
}

Result<std::unique_ptr<Ledger>> open_checked(const std::filesystem::path& path, const Options& options) {
  KULLA_TRY(auto lock, WriterLock::take(path));
  KULLA_TRY(auto database, open_database(path));
  KULLA_TRY(const auto newest, check(database, options));
  KULLA_TRY(auto insert_fact, database.prepare("INSERT INTO main.facts(number, hash, fact) VALUES(?1, ?2, ?3)"));
  KULLA_TRY(auto insert_head, database.prepare("INSERT INTO main.heads(number, after, links, at, signature) VALUES(?1, ?2, ?3, ?4, ?5)"));
  return std::make_unique<SqliteLedger>(SqliteLedger::Parts{std::move(lock), std::move(database), std::move(insert_fact),
                                                            std::move(insert_head), options.key, feeds_of(options, newest),
                                                            newest ? Head{newest->number, newest->hash} : Head{}});
}
}  // namespace

Result<std::unique_ptr<Ledger>> open(Options options) {
  KULLA_TRY(const auto path, whole_path(options.path));
  auto ledger = open_checked(path, options);
  if (!ledger) return std::unexpected(std::move(ledger).error().in(path.string()));
  return ledger;
}
}  // namespace kulla::ledger
