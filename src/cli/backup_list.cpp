// kulla backup list: what the daemon knows of every data set's backups.
#include <fmt/format.h>

#include <algorithm>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "cli/backup.hpp"
#include "cli/client.hpp"
#include "model/codec.hpp"
#include "model/evidence.hpp"

namespace kulla::cli {
namespace {
constexpr std::array<std::string_view, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string age(Timestamp then, Timestamp now) {
  return span(std::max(std::chrono::duration_cast<std::chrono::milliseconds>(now - then), std::chrono::milliseconds{0}));
}
std::string size(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, units.at(unit));
}
/// Sizes of the last proofs, oldest first, as bars.
std::string trend(const std::vector<Proof>& newest_first) {
  std::int64_t most = 1;
  for (const auto& proof : newest_first) most = std::max(most, proof.bytes);
  std::string text;
  for (auto proof = newest_first.rbegin(); proof != newest_first.rend(); ++proof)
    text += proof->passed ? bars.at(static_cast<std::size_t>(proof->bytes * 7 / most)) : "✗";
  return text;
}

Result<std::vector<Proof>> proofs_of(const json::object& line) {
  std::vector<Proof> proofs;
  for (const auto& each : line.at("proofs").as_array()) {
    KULLA_TRY(auto proof, codec::decode<Proof>(each));
    proofs.push_back(std::move(proof));
  }
  return proofs;
}

/// Whether its last proof passed.
bool show(const std::string& dataset, const std::vector<Proof>& proofs, bool proving, Timestamp now) {
  const auto suffix = proving ? "  (being proved)" : "";
  if (proofs.empty()) {
    fmt::print("{:<20} never proved{}\n", dataset, suffix);
    return false;
  }
  const auto& last = proofs.front();
  fmt::print("{:<20} {:<10} {:<12} {:<10} {:<12} {:<10} {:<12} {}{}\n", dataset, last.passed ? "proved" : "NOT PROVED",
             age(last.finished.wall, now), last.snapshot.substr(0, 8), age(last.taken, now), size(last.bytes),
             last.restored_ms ? span(std::chrono::milliseconds{*last.restored_ms}) : "-", trend(proofs), suffix);
  if (!last.passed) fmt::print("{:<20} {}\n", "", last.problem);
  if (last.alive) fmt::print("{:<20} alive: {}\n", "", *last.alive);
  if (last.drift) fmt::print("{:<20} sudden: {}\n", "", *last.drift);
  return last.passed;
}

Result<int> list(const ClientOptions& options) {
  KULLA_TRY(auto client, connect(options));
  KULLA_TRY(const auto answers, client.ask({{"command", "backups"}}));
  if (options.ndjson()) {
    for (const auto& line : answers) fmt::print("{}\n", json::serialize(line));
    return done;
  }
  bool all = true;
  fmt::print("{:<20} {:<10} {:<12} {:<10} {:<12} {:<10} {:<12} {}\n", "DATA SET", "STATE", "PROOF", "SNAPSHOT", "DATA", "SIZE", "RESTORE",
             "TREND");
  const auto now = SystemClock{}.now().wall;
  for (const auto& line : answers) {
    KULLA_TRY(const auto proofs, proofs_of(line));
    all &= show(escape_path(std::string_view(line.at("dataset").as_string())), proofs, line.at("proving").as_bool(), now);
  }
  return all ? done : found_something;
}
}  // namespace

void add_backup_list(Context& context, CLI::App& parent) {
  auto* command =
      parent.add_subcommand("list", "every data set of the daemon: its last proof, how old proof and data are, how long it took, sizes");
  auto options = add_client_options(*command);
  command->footer("Example: kulla backup list -c kulla.toml\nExit: 0 all proved, 1 one is not, 2 no answer.");
  command->callback([&context, options] {
    context.run = [options] {
      const auto listed = list(*options);
      return listed ? *listed : complain(listed.error());
    };
  });
}
}  // namespace kulla::cli
