// verify finds, and names, whatever was done to a ledger.
#include "ledger/chain.hpp"
#include "ledger/support.hpp"

namespace kulla::ledger::test {
namespace {
/// Groups: 1–4, 5–9, 10, 11–16.
class VerifyTest : public LedgerTest {
 protected:
  Head head = make({4, 5, 1, 6});
  void expect_bad(std::uint64_t number) {
    const auto found = check();
    EXPECT_FALSE(found.ok);
    EXPECT_EQ(found.first_bad, number) << found.problem;
    EXPECT_FALSE(found.problem.empty());
  }
};

TEST_F(VerifyTest, AnUntouchedLedgerIsGood) {
  const auto found = check_with_witness();
  EXPECT_TRUE(found.ok) << found.problem;
  EXPECT_EQ(found.facts, 16u);
  EXPECT_EQ(found.head, head);
  EXPECT_EQ(found.first_bad, 0u);
}
TEST_F(VerifyTest, AnEmptyLedgerIsGood) {
  path = folder.path() / "empty";
  must_open();
  EXPECT_TRUE(check().ok);
  EXPECT_EQ(check().facts, 0u);
}

TEST_F(VerifyTest, EachChangedFactIsNamed) {
  const auto whole = content(path);
  for (int number = 1; number <= 16; ++number) {
    put(path, whole);
    alter(fmt::format("UPDATE facts SET fact = fact || ' ' WHERE number = {}", number));
    expect_bad(static_cast<std::uint64_t>(number));
  }
}
TEST_F(VerifyTest, EachChangedHashIsNamed) {
  const auto whole = content(path);
  for (int number = 1; number <= 16; ++number) {
    put(path, whole);
    alter(fmt::format("UPDATE facts SET hash = zeroblob(32) WHERE number = {}", number));
    expect_bad(static_cast<std::uint64_t>(number));
  }
}
TEST_F(VerifyTest, EachMissingFactIsNamed) {
  const auto whole = content(path);
  for (int number = 1; number <= 16; ++number) {
    put(path, whole);
    alter(fmt::format("DELETE FROM facts WHERE number = {}", number));
    expect_bad(static_cast<std::uint64_t>(number));
  }
}
TEST_F(VerifyTest, TwoFactsInEachOthersPlace) {
  alter(
      "UPDATE facts SET number = -1 WHERE number = 6; UPDATE facts SET number = 6 WHERE number = 12; UPDATE facts SET number = 12 WHERE "
      "number = -1");
  expect_bad(6);
}
TEST_F(VerifyTest, AFactMovedByOne) {
  alter(
      "UPDATE facts SET number = 100 WHERE number = 7; UPDATE facts SET number = 7 WHERE number = 8; UPDATE facts SET number = 8 WHERE "
      "number = 100");
  expect_bad(7);
}
TEST_F(VerifyTest, AFactAsABlobInsteadOfText) {
  alter("UPDATE facts SET fact = CAST(fact AS BLOB) WHERE number = 3");
  expect_bad(3);
}
TEST_F(VerifyTest, AHashAsTextInsteadOfABlob) {
  alter("UPDATE facts SET hash = hex(hash) WHERE number = 3");
  expect_bad(3);
}
TEST_F(VerifyTest, ARowTooMany) {
  alter("INSERT INTO facts SELECT 17, hash, fact FROM facts WHERE number = 16");
  expect_bad(17);
}
TEST_F(VerifyTest, ARowBeforeTheFirst) {
  alter("INSERT INTO facts SELECT 0, hash, fact FROM facts WHERE number = 1");
  expect_bad(1);
}
TEST_F(VerifyTest, ATailWithoutItsSignedHead) {
  alter("DELETE FROM heads WHERE number = 16");
  expect_bad(11);
}
TEST_F(VerifyTest, AMissingSignedHeadInTheMiddle) {
  alter("DELETE FROM heads WHERE number = 9");
  expect_bad(5);
}
TEST_F(VerifyTest, FactsCutOffBelowTheirHead) {
  alter("DELETE FROM facts WHERE number > 13");
  expect_bad(14);
}
TEST_F(VerifyTest, AlteredSignaturesAndWhatTheyCover) {
  const auto whole = content(path);
  for (const auto* column : {"links = zeroblob(length(links))", "links = substr(links, 1, 32)", "links = links || zeroblob(32)",
                             "links = ''", "at = '2022-07-15T10:00:00.000000Z'", "at = at || ' '", "at = 5", "signature = zeroblob(64)",
                             "signature = 'x'", "signature = signature || 'x'", "after = 3", "after = 'four'", "after = -1"}) {
    put(path, whole);
    alter(fmt::format("UPDATE heads SET {} WHERE number = 9", column));
    expect_bad(5);
  }
}
TEST_F(VerifyTest, ASignedHeadFromAnotherLedgerOfTheSameKey) {
  const auto original = path;
  path = folder.path() / "other";
  {
    auto ledger = must_open();
    ASSERT_TRUE(ledger->append(some_facts(4, 900)));
    ASSERT_TRUE(ledger->append(some_facts(5, 901)));
  }
  path = original;
  alter(
      fmt::format("ATTACH '{}' AS other; DELETE FROM heads WHERE number = 9; INSERT INTO heads SELECT * FROM other.heads WHERE number = 9",
                  (folder.path() / "other").string()));
  expect_bad(5);
}

/// Hashes fact `from` and all after it anew, as one can who has no key.
void rehash(const std::filesystem::path& path, std::int64_t from) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  Digest before{};
  sqlite3_stmt *select = nullptr, *update = nullptr;
  sqlite3_prepare_v2(database, "SELECT number, hash, fact FROM facts ORDER BY number", -1, &select, nullptr);
  sqlite3_prepare_v2(database, "UPDATE facts SET hash = ?2 WHERE number = ?1", -1, &update, nullptr);
  while (sqlite3_step(select) == SQLITE_ROW) {
    const auto number = sqlite3_column_int64(select, 0);
    if (number < from) {
      std::memcpy(before.bytes.data(), sqlite3_column_blob(select, 1), 32);
      continue;
    }
    const std::string_view bytes{static_cast<const char*>(sqlite3_column_blob(select, 2)),
                                 static_cast<std::size_t>(sqlite3_column_bytes(select, 2))};
    before = fact_hash(before, static_cast<std::uint64_t>(number), bytes);
    sqlite3_bind_int64(update, 1, number);
    sqlite3_bind_blob(update, 2, before.bytes.data(), 32, SQLITE_TRANSIENT);
    sqlite3_step(update);
    sqlite3_reset(update);
  }
  sqlite3_finalize(select);
  sqlite3_finalize(update);
  sqlite3_close(database);
}
TEST_F(VerifyTest, AChangedFactIsNamedEvenWhereAllHashesAfterItWereMadeAnew) {
  const auto whole = content(path);
  for (std::int64_t number : {1, 4, 5, 7, 13, 16}) {
    put(path, whole);
    alter(fmt::format("UPDATE facts SET fact = replace(fact, '\"v\":1', '\"v\":2') WHERE number = {}", number));
    rehash(path, number);
    expect_bad(static_cast<std::uint64_t>(number));
  }
}
TEST_F(VerifyTest, AWholeLedgerSignedByAnotherKey) {
  std::filesystem::remove(path);
  std::filesystem::remove(witness);
  key = key_of(9);
  make({4, 5, 1, 6});
  EXPECT_TRUE(check().ok);
  key = key_of(7);
  expect_bad(1);
}

TEST_F(VerifyTest, SignedBytesThatAreNotCanonicalAreStillRefused) {
  // Only the holder of the key can do this: a fact with a space in it, hashed and signed as it stands.
  path = folder.path() / "odd";
  must_open();
  for (const std::string bytes : {R"({"at":"2022-07-15T10:00:00.000000Z","kind":"clock_gap","mono":1, "v":1})",
                                  R"({"at":"2022-07-15T10:00:00Z","kind":"clock_gap","mono":1,"v":1})",
                                  R"({"at":"2022-07-15T10:00:00.000000Z","kind":"clock_gap","mono":1,"mono":1,"v":1})",
                                  R"({"at":"2022-07-15T10:00:00.000000Z","kind":"clock_gap","mono":1.0,"v":1})"}) {
    const auto hash = fact_hash({}, 1, bytes);
    const std::string links{reinterpret_cast<const char*>(hash.bytes.data()), 32};
    SignedHead signed_head{0, 1, hash, sha256(links), "2022-07-15T10:00:00.000000Z", {}};
    signed_head.signature = key.sign(signed_text(signed_head, key.public_key()));
    const auto blob = to_hex(hash);
    alter(
        fmt::format("DELETE FROM facts; DELETE FROM heads; INSERT INTO facts VALUES(1, x'{}', '{}'); INSERT INTO heads VALUES(1, 0, x'{}', "
                    "'{}', x'{}')",
                    blob, bytes, blob, signed_head.at, to_hex(signed_head.signature)));
    expect_bad(1);
  }
}

TEST_F(VerifyTest, AChangedSchemaIsFound) {
  const auto whole = content(path);
  for (const auto* sql :
       {"CREATE TABLE extra(x)", "CREATE VIEW extra AS SELECT 1", "CREATE INDEX extra ON facts(hash)",
        "ALTER TABLE facts ADD COLUMN note TEXT", "ALTER TABLE heads RENAME TO tops",
        "CREATE TRIGGER extra AFTER INSERT ON facts BEGIN SELECT 1; END", "DROP TABLE heads", "PRAGMA user_version = 2",
        "PRAGMA application_id = 1", "ALTER TABLE facts RENAME TO kept; CREATE VIEW facts AS SELECT number, hash, fact FROM kept",
        "CREATE TABLE new(number INTEGER PRIMARY KEY, hash BLOB, fact TEXT); INSERT INTO new SELECT * FROM facts; DROP TABLE facts; ALTER "
        "TABLE new RENAME TO facts"}) {
    put(path, whole);
    alter(sql);
    EXPECT_FALSE(check().ok) << sql;
    EXPECT_EQ(check().first_bad, 1u) << sql;
  }
}
TEST_F(VerifyTest, WhatIsNoLedgerIsFoundOrCannotBeRead) {
  put(path, "");
  expect_bad(1);
  put(path, std::string(10000, 'x'));
  expect_bad(1);
  path = folder.path();
  EXPECT_EQ(verify(path, {key.public_key(), {}, {}, {}}).error().code, Code::io);
  path = folder.path() / "nothing";
  EXPECT_EQ(verify(path, {key.public_key(), {}, {}, {}}).error().code, Code::io);
  EXPECT_FALSE(std::filesystem::exists(path)) << "reading must not make a file";
}
TEST_F(VerifyTest, ATruncatedFileIsFound) {
  const auto whole = content(path);
  for (std::size_t size = 0; size < whole.size(); size += 512) {
    put(path, std::string_view{whole}.substr(0, size));
    const auto found = verify(path, {key.public_key(), {}, {}, {}});
    EXPECT_FALSE(found && found->ok) << size;
  }
}

// Any byte of the file: found, or it changes no exported fact.
TEST_F(VerifyTest, EveryByteOfTheFileFlipped) {
  path = folder.path() / "small";
  {
    auto ledger = must_open();
    ASSERT_TRUE(ledger->append(some_facts(3, 1)));
    ASSERT_TRUE(ledger->append(some_facts(2, 2)));
  }
  const auto whole = content(path);
  const auto good = exported(path).value();
  std::size_t found_bad = 0;
  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (const int mask : {0xff, 0x01}) {
      put_byte(place, static_cast<char>(whole[place] ^ mask));
      const auto found = verify(path, {key.public_key(), {}, {}, {}});
      if (!found || !found->ok) ++found_bad;
      else ASSERT_EQ(exported(path), good) << "byte " << place << " changed what is exported, and verify did not see it";
      put_byte(place, whole[place]);
      for (const auto* suffix : {"-wal", "-shm", "-journal"}) std::filesystem::remove(path.string() + suffix);
    }
  }
  EXPECT_GT(found_bad, good.size()) << "at least each byte of each fact";
}

TEST_F(VerifyTest, HeadMustBeInTheChain) {
  const auto early = read_witness_line(content(witness).substr(0, content(witness).find('\n')), key.public_key()).value().hash;
  EXPECT_TRUE(check({key.public_key(), {}, head.hash, {}}).ok);
  EXPECT_TRUE(check({key.public_key(), {}, early, {}}).ok);
  const auto found = check({key.public_key(), {}, sha256("elsewhere"), {}});
  EXPECT_FALSE(found.ok);
  EXPECT_EQ(found.first_bad, 17u);
}
/// What the status page promises whoever kept its line: also the holder of the key cannot write another past.
TEST_F(VerifyTest, AHeadThatAPageShowedFindsAPastWrittenAnew) {
  auto facts = some_facts(12, 5);
  Head shown;
  const auto write = [&] {
    auto ledger = must_open();
    EXPECT_TRUE(ledger->append(std::span{facts}.first(8)));
    shown = ledger->head();
    EXPECT_TRUE(ledger->append(std::span{facts}.subspan(8)));
  };
  path = folder.path() / "kept";
  write();
  const auto kept = shown.hash;
  EXPECT_TRUE(check({key.public_key(), {}, kept, {}}).ok) << "it has grown since, and is the same up to there";

  path = folder.path() / "anew";
  facts[3].body = fact::ClockGap{};
  write();
  EXPECT_TRUE(check().ok) << "by itself it looks as good as the other: hashed and signed with the right key";
  const auto found = check({key.public_key(), {}, kept, {}});
  EXPECT_FALSE(found.ok);
  EXPECT_TRUE(found.problem.contains(to_hex(kept))) << found.problem;
}
}  // namespace
}  // namespace kulla::ledger::test
