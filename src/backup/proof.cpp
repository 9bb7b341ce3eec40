#include "backup/proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "backup/manifest.hpp"
#include "backup/restored.hpp"
#include "backup/sample.hpp"
#include "base/path_text.hpp"
#include "base/process.hpp"

namespace kulla::backup {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t problem_limit = 800;  // three damages, and what became of the data set itself
constexpr std::size_t itself_limit = 250;
constexpr std::size_t line_limit = 200;  // of the command's last line
constexpr std::size_t id_least = 6;      // of a snapshot's id, to name it

std::string short_id(const Snapshot& snapshot) { return snapshot.id.substr(0, 8); }

/// The snapshot of a data set to be proved, and those before it, newest first.
Result<std::vector<Snapshot>> candidates(const Listing& listing, const Wanted& wanted) {
  std::vector<Snapshot> found;
  for (const auto& snapshot : listing.snapshots)
    if (std::ranges::find(snapshot.tags, wanted.tag) != snapshot.tags.end()) found.push_back(snapshot);
  const auto is_before = [&](const Snapshot& snapshot) { return !wanted.before || snapshot.taken < *wanted.before; };
  const auto first = [&](auto also) {
    return std::ranges::find_if(found, [&](const Snapshot& snapshot) { return is_before(snapshot) && also(snapshot); });
  };
  if (!wanted.snapshot.empty()) {
    const auto named = first([&](const Snapshot& snapshot) { return snapshot.id.starts_with(wanted.snapshot); });
    if (wanted.snapshot.size() < id_least || named == found.end())
      return fail(Code::backup_no_snapshot, fmt::format("{} of tag '{}'", escape_path(wanted.snapshot), escape_path(wanted.tag)));
    found.erase(found.begin(), named);
    return found;
  }
  auto chosen = first([&](const Snapshot& snapshot) { return std::ranges::find(wanted.known, snapshot.id) != wanted.known.end(); });
  if (chosen == found.end()) chosen = first([](const Snapshot&) { return true; });
  if (chosen == found.end() && wanted.else_newest) chosen = found.begin();
  if (chosen == found.end()) return fail(Code::backup_no_snapshot, fmt::format("tag '{}'", escape_path(wanted.tag)));
  found.erase(found.begin(), chosen);
  return found;
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return cut_text(escape_path(text.substr(text.rfind('\n') + 1)), line_limit);
}

/// A seed that nobody knew when the backup was made.
std::uint64_t fresh_seed() {
  std::uint64_t seed = 0;
  const auto random = random_digest();
  std::memcpy(&seed, random.bytes.data(), sizeof seed);
  return seed;
}

Result<> same(const Manifest& expected, const Manifest& restored) {
  const auto difference = compare(expected, restored);
  if (difference.first.empty()) return {};
  return fail(Code::backup_damaged, fmt::format("{} missing, {} different, {} extra: {}", difference.missing, difference.different,
                                                difference.extra, difference.first));
}
Manifest only_files(Manifest manifest) {
  std::erase_if(manifest, [](const auto& entry) { return entry.second.type == ThingType::folder; });
  return manifest;
}

class Proving {
 public:
  Proving(const Repository& repository, const fs::path& scratch, const Clock& clock, const ProveOptions& options)
      : repository_(repository), scratch_(scratch), clock_(clock), options_(options) {}

  std::vector<Proof> all(const std::vector<Wanted>& wanted) {
    const auto started = clock_.now();
    const auto ready = prepare();
    std::vector<Proof> proofs;
    for (const auto& one : wanted) {
      Proof proof;
      proof.dataset = one.dataset;
      proof.started = started;  // the listing and the check are of then, whoever comes first
      auto outcome = ready;
      if (outcome) outcome = weigh(proof, prove(one, proof));
      proof.passed = outcome.has_value();
      if (!outcome) proof.problem = cut_text(fmt::format("{}: {}", meaning(outcome.error().code), outcome.error().what), problem_limit);
      proof.finished = clock_.now();
      proofs.push_back(std::move(proof));
    }
    return proofs;
  }

 private:
  [[nodiscard]] Patience within(std::chrono::milliseconds timeout) const { return {timeout, options_.stop}; }
  void begin(std::string_view phase) const {
    if (options_.progress) options_.progress(phase);
  }

  /// What serves all of them.
  Result<> prepare() {
    KULLA_TRY(const auto usable, ScratchFolder::make(scratch_));
    begin("listing snapshots");
    KULLA_TRY(listing_, list(repository_, within(options_.timeouts.listing)));
    if (options_.listed) options_.listed(listing_);
    KULLA_TRY(const auto lock, exclusive_lock(repository_, within(options_.timeouts.listing)));
    if (lock) return fail(Code::backup_locked, *lock);
    begin("checking the repository");
    KULLA_TRY(damage_, check(repository_, within(options_.timeouts.checking)));
    if (damage_ && !damage_->indexes.empty() && local_folder(repository_)) return go_around();
    return {};
  }
  /// One malformed index must not hide what can still be restored.
  Result<> go_around() {
    KULLA_TRY(auto place, ScratchFolder::make(scratch_));
    KULLA_TRY(repository_, without_indexes(repository_, damage_->indexes, place.path()));
    around_.emplace(std::move(place));
    return {};
  }

  /// A damaged repository proves nothing, and what came back from it is still worth knowing.
  Result<> weigh(const Proof& proof, Result<> own) const {
    if (!damage_) return own;
    const auto itself =
        own ? fmt::format("its own {} files came back as they were", proof.compared.value_or(proof.files)) : own.error().what;
    return fail(Code::backup_damaged, fmt::format("{}; this data set: {}", damage_->what, cut_text(itself, itself_limit)));
  }

  Result<> prove(const Wanted& wanted, Proof& proof) const {
    KULLA_TRY(const auto found, candidates(listing_, wanted));
    const auto& snapshot = found.front();
    proof.snapshot = snapshot.id;
    proof.taken = snapshot.taken;
    KULLA_TRY(const auto parts, parts_of(snapshot));
    KULLA_TRY(const auto text, dump(repository_, snapshot, parts.manifest, manifest_limit, within(options_.timeouts.listing)));
    proof.hash = sha256(text);
    KULLA_TRY(const auto expected, parse_manifest(text));
    const auto whole = totals(expected);
    proof.files = whole.files, proof.bytes = whole.bytes;
    if (whole.files == 0) return fail(Code::backup_damaged, "its manifest names no file: was the folder there when it was taken?");
    if (found.size() > 1) proof.drift = drift_since(found[1], snapshot, expected);
    KULLA_TRY(auto place, ScratchFolder::make(scratch_));
    auto outcome = restore_and_look(wanted, proof, snapshot, expected, place.path());
    begin(fmt::format("removing the copy of {}", escape_path(wanted.tag)));
    auto removed = place.remove();
    return outcome ? removed : outcome;
  }

  /// A snapshot before it that cannot be read is none of this proof's business; the check has its say.
  [[nodiscard]] std::optional<std::string> drift_since(const Snapshot& earlier, const Snapshot& snapshot, const Manifest& now) const {
    const auto parts = parts_of(earlier);
    if (!parts) return std::nullopt;
    const auto text = dump(repository_, earlier, parts->manifest, manifest_limit, within(options_.timeouts.listing));
    const auto before = text ? parse_manifest(*text) : std::unexpected(text.error());
    if (!before) return std::nullopt;
    const auto words = sudden(drift(*before, now));
    if (words.empty()) return std::nullopt;
    return fmt::format("from {} to {}: {}", short_id(earlier), short_id(snapshot), words);
  }

  Result<> restore_and_look(const Wanted& wanted, Proof& proof, const Snapshot& snapshot, const Manifest& whole,
                            const fs::path& place) const {
    const bool sampled = wanted.sample > 0 && wanted.sample < proof.files;
    const auto expected = sampled ? choose(whole, wanted.sample, fresh_seed()) : whole;
    if (sampled && std::ssize(expected) < wanted.sample)
      return fail(Code::too_large,
                  fmt::format("the names of {} files do not fit in one call of restic; {} would", wanted.sample, expected.size()));
    KULLA_TRY(const auto parts, parts_of(snapshot));
    KULLA_CHECK(room_for(expected, sampled ? nullptr : &snapshot, place));
    begin(fmt::format("restoring {} of {}: {} files, {} bytes", short_id(snapshot), escape_path(wanted.tag), totals(expected).files,
                      totals(expected).bytes));
    const auto start = clock_.now().mono;
    KULLA_TRY(const auto patterns, sampled ? patterns_of(expected, parts.data) : Result<std::vector<std::string>>{});
    KULLA_CHECK(restore_below(repository_, snapshot, place, patterns, within(options_.timeouts.restoring)));
    proof.restored_ms = (clock_.now().mono - start).count();
    KULLA_TRY(const auto data, locate_folder(place, parts.data));
    begin(fmt::format("comparing {}", escape_path(wanted.tag)));
    KULLA_TRY(auto restored, take_manifest(data, options_.stop));
    KULLA_CHECK(same(expected, sampled ? only_files(std::move(restored)) : restored));
    if (sampled) proof.compared = std::ssize(expected);
    return look_further(wanted, proof, data);
  }

  static Result<std::vector<std::string>> patterns_of(const Manifest& sample, const fs::path& data) {
    std::vector<std::string> patterns;
    for (const auto& entry : sample) {
      KULLA_TRY(const auto path, unescape_path(entry.first));
      patterns.push_back(exact_pattern((data / path).string()));
    }
    return patterns;
  }

  /// `whole`: the snapshot, where all of it is restored.
  Result<> room_for(const Manifest& expected, const Snapshot* whole, const fs::path& place) const {
    auto need = room_needed(expected);
    KULLA_TRY(const auto room, room_in(place));
    if (whole && need.bytes > room.bytes) {  // a manifest counts hard links each
      KULLA_TRY(need.bytes, restore_size(repository_, *whole, within(options_.timeouts.checking)));
    }
    if (need.bytes > room.bytes)
      return fail(Code::scratch_full, fmt::format("{}: {} bytes are needed, {} are free", scratch_.string(), need.bytes, room.bytes));
    if (need.things > room.things)
      return fail(Code::scratch_full, fmt::format("{}: {} inodes are needed, {} are free", scratch_.string(), need.things, room.things));
    return {};
  }

  Result<> look_further(const Wanted& wanted, Proof& proof, const fs::path& data) const {
    if (wanted.examine) {
      begin(fmt::format("examining {}", escape_path(wanted.tag)));
      KULLA_TRY(const auto found, wanted.examine(data));
      proof.inspected = true;
      if (!found.empty()) return fail(Code::data_not_alive, cut_text(escape_path(found), line_limit));
    }
    return wanted.alive.empty() ? Result<>{} : show_alive(wanted, proof, data);
  }
  Result<> show_alive(const Wanted& wanted, Proof& proof, const fs::path& data) const {
    begin(fmt::format("asking whether {} is alive", escape_path(wanted.tag)));
    RunOptions options;
    options.folder = data;
    options.environment["KULLA_RESTORED"] = data.string();
    options.environment["KULLA_DATASET"] = wanted.dataset.str();
    options.timeout = options_.timeouts.alive;
    options.stop = options_.stop;
    KULLA_TRY(const auto finished, run(wanted.alive, options));
    proof.alive = last_line(finished.out);
    if (finished.exit_code == 0) return {};
    return fail(Code::data_not_alive, fmt::format("{}: exit {}: {}", escape_path(wanted.alive.front()), finished.exit_code,
                                                  last_line(finished.err.empty() ? finished.out : finished.err)));
  }

  Repository repository_;
  const fs::path& scratch_;
  const Clock& clock_;
  const ProveOptions& options_;
  Listing listing_;
  std::optional<Damage> damage_;
  std::optional<ScratchFolder> around_;
};
}  // namespace

std::vector<Proof> prove(const Repository& repository, const std::vector<Wanted>& wanted, const fs::path& scratch, const Clock& clock,
                         const ProveOptions& options) {
  return Proving{repository, scratch, clock, options}.all(wanted);
}

Proof prove(const DatasetId& dataset, const Repository& repository, const std::string& tag, const fs::path& scratch,
            std::optional<Timestamp> before, const Clock& clock) {
  return prove(repository, {Wanted{.dataset = dataset, .tag = tag, .before = before}}, scratch, clock).front();
}
}  // namespace kulla::backup
