// Ledger: facts appended durably a second, beside SQLite inserting the same bytes without chain and signature (the limit);
// facts verified and opened a second, beside SHA-256 of the same bytes alone. All in one run, on the same disk.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>

#include "base/file.hpp"
#include "ledger/ledger.hpp"

using namespace kulla;

namespace {
constexpr std::size_t repeats = 5;

template <typename T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "bench: {}\n", result.error().message());
  std::exit(2);
}

/// What a busy ledger holds most of: an alert with its risks.
Fact alert(std::size_t number) {
  const Timestamp at{std::chrono::microseconds{1'657'879'200'000'000 + static_cast<std::int64_t>(number) * 1000}};
  fact::Alerted body;
  body.alert = {.rule = RuleId{"web-shell-upload"},
                .title = "A script was uploaded where documents are kept",
                .level = Level::high,
                .nature = Nature::attempt,
                .succeeded = false,
                .may_close = false,
                .sensor = SensorId{"gate"},
                .source = SourceRef{fmt::format("{:016x}", number * 2654435761u)},
                .service = ServiceId{"e-permits"},
                .system = SystemId{"web1"},
                .object = std::nullopt,
                .what = "",
                .techniques = {"T1505.003", "T1190"},
                .count = 1,
                .happened = at,
                .seen = at,
                .evidence = sha256(fmt::format("{}", number))};
  return {{at, Ticks{static_cast<std::int64_t>(number)}}, body};
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
/// Facts a second of each kind of work, median of the rounds. They take turns, so that a busy disk is busy for all.
std::vector<double> rates(std::size_t facts, const std::vector<std::function<double()>>& works) {
  std::vector<std::vector<double>> all(works.size());
  for (std::size_t round = 0; round < repeats; ++round)
    for (std::size_t i = 0; i < works.size(); ++i) all[i].push_back(static_cast<double>(facts) / works[i]());
  std::vector<double> medians;
  for (auto& each : all) {
    std::ranges::sort(each);
    medians.push_back(each[each.size() / 2]);
  }
  return medians;
}

double append_kulla(const std::filesystem::path& path, const SecretKey& key, std::span<const Fact> facts, std::size_t group) {
  auto ledger = must(ledger::open({path, key, {}}));
  return seconds_of([&] {
    for (std::size_t at = 0; at < facts.size(); at += group)
      (void)must(ledger->append(facts.subspan(at, std::min(group, facts.size() - at))));
  });
}

double append_plain(const std::filesystem::path& path, std::span<const std::string> rows, std::size_t group) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  const auto run = [&](const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) std::exit(2);
  };
  run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE facts(number INTEGER PRIMARY KEY, fact TEXT NOT NULL)");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO facts(fact) VALUES(?1)", -1, &insert, nullptr);
  const auto took = seconds_of([&] {
    for (std::size_t at = 0; at < rows.size(); at += group) {
      run("BEGIN IMMEDIATE");
      for (const auto& row : rows.subspan(at, std::min(group, rows.size() - at))) {
        sqlite3_bind_text(insert, 1, row.data(), static_cast<int>(row.size()), SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) std::exit(2);
        sqlite3_reset(insert);
      }
      run("COMMIT");
    }
  });
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return took;
}
}  // namespace

int main() {
  auto folder = must(TemporaryFolder::make("kulla-bench-ledger"));
  const auto key = SecretKey::generate();
  std::vector<Fact> facts;
  std::vector<std::string> rows;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    facts.push_back(alert(i));
    rows.push_back(canonical(to_json(facts.back())));
    bytes += rows.back().size();
  }
  fmt::print("ledger: facts of {} bytes on average\n", bytes / rows.size());

  int round = 0;
  for (const auto& [group, count] : {std::pair{1, 1'000}, {64, 50'000}, {512, 100'000}}) {
    const auto some = static_cast<std::size_t>(count), size = static_cast<std::size_t>(group);
    const auto fresh = [&] { return folder.path() / fmt::format("l{}", ++round); };
    const auto measured = rates(some, {[&] { return append_kulla(fresh(), key, std::span{facts}.first(some), size); },
                                       [&] { return append_plain(fresh(), std::span{rows}.first(some), size); }});
    const auto ours = measured[0], plain = measured[1];
    fmt::print("ledger: appended durably in groups of {:>3}: {:>9.0f} facts/s   plain SQLite: {:>9.0f} rows/s   ratio {:.2f}\n", group,
               ours, plain, ours / plain);
  }

  for (const auto group : {1, 64}) {
    const auto count = group == 1 ? std::size_t{10'000} : facts.size();
    const auto path = folder.path() / fmt::format("v{}", group);
    (void)append_kulla(path, key, std::span{facts}.first(count), static_cast<std::size_t>(group));
    const auto measured = rates(count, {[&] {
                                          return seconds_of([&] {
                                            if (!must(ledger::verify(path, {key.public_key(), {}, {}, {}})).ok) std::exit(2);
                                          });
                                        },
                                        [&] { return seconds_of([&] { (void)must(ledger::open({path, key, {}})); }); },
                                        [&] {
                                          return seconds_of([&] {
                                            for (const auto& row : std::span{rows}.first(count))
                                              if (sha256(row).is_zero()) std::exit(2);
                                          });
                                        }});
    const auto verified = measured[0], opened = measured[1], hashed = measured[2];
    fmt::print(
        "ledger: verified, in groups of {:>2}: {:>9.0f} facts/s, checked on opening: {:>9.0f} facts/s   SHA-256 alone: {:>9.0f} facts/s   "
        "ratios {:.2f}, {:.2f}\n",
        group, verified, opened, hashed, verified / hashed, opened / hashed);
  }
}
