// What the ledger's tests share: a folder, a key, facts, and a second hand on the file (sqlite3) that alters it behind our back.
#pragma once
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <sstream>

#include "base/file.hpp"
#include "ledger/ledger.hpp"
#include "model/random_fact.hpp"

namespace kulla::ledger::test {

inline std::vector<Fact> some_facts(std::size_t count, std::uint64_t seed = 1) {
  kulla::test::RandomFacts random{seed};
  std::vector<Fact> facts;
  while (facts.size() < count) facts.push_back(random.next());
  return facts;
}
inline SecretKey key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return SecretKey::from_seed(bytes);
}

class LedgerTest : public ::testing::Test {
 protected:
  TemporaryFolder folder = TemporaryFolder::make("kulla-ledger").value();
  std::filesystem::path path = folder.path() / "ledger";
  std::filesystem::path witness = folder.path() / "witness";
  SecretKey key = key_of(7);

  Result<std::unique_ptr<Ledger>> try_open(std::vector<Witness> witnesses = {}) { return open({path, key, std::move(witnesses)}); }
  std::unique_ptr<Ledger> must_open(std::vector<Witness> witnesses = {}) {
    auto ledger = try_open(std::move(witnesses));
    EXPECT_TRUE(ledger) << ledger.error().message();
    return std::move(*ledger);
  }
  /// A closed ledger of groups of these sizes, its heads witnessed by the file.
  Head make(std::initializer_list<std::size_t> groups) {
    auto ledger = must_open({{witness, {}}});
    std::uint64_t seed = 100;
    for (const auto size : groups) EXPECT_TRUE(ledger->append(some_facts(size, seed++)));
    return ledger->head();
  }
  Verification check(VerifyOptions options) {
    const auto found = verify(path, options);
    EXPECT_TRUE(found) << found.error().message();
    return found.value_or(Verification{});
  }
  Verification check() { return check(VerifyOptions{key.public_key(), {}, {}, {}}); }
  Verification check_with_witness() { return check(VerifyOptions{key.public_key(), witness, {}, {}}); }

  void alter(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(database, ("PRAGMA synchronous = OFF;" + sql).c_str(), nullptr, nullptr, &problem), SQLITE_OK)
        << sql << ": " << (problem ? problem : "");
    sqlite3_free(problem);
    sqlite3_close(database);
  }
  std::string content(const std::filesystem::path& file) { return read_file(file, std::size_t{64} << 20).value_or("(unreadable)"); }
  void put_byte(std::size_t place, char byte) {
    std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
    file.seekp(static_cast<std::streamoff>(place)).put(byte);
  }
  void put(const std::filesystem::path& file, std::string_view text) { std::ofstream{file, std::ios::binary} << text; }
};

/// Every fact as export prints it; nothing where the chain breaks.
inline std::optional<std::string> exported(const std::filesystem::path& path) {
  std::string all;
  const auto done =
      read(path, [&](const Entry& entry) { all += fmt::format("{} {} {}\n", entry.number, to_hex(entry.hash), entry.bytes); });
  return done ? std::optional{all} : std::nullopt;
}

}  // namespace kulla::ledger::test
