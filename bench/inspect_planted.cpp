// What an inspection finds of changes that are planted in a tree like a machine's, and what it makes of a machine's ordinary day: ours,
// with its own rules, beside Debian's AIDE with every attribute it can record, the log groups of its manual and Debian's exclusions.
// bench_inspect_planted [--keep]    Limit: ours finds every one and nothing else. AIDE is a peer only (apt-get install aide).
//
// A change counts as found by ours where all findings that are expected of it are there, of the right kind; by AIDE where it reports the
// changed paths, whatever it says of them. Root plants all kinds; what the system refuses is skipped, and said to be.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/keys.hpp"
#include "base/path_text.hpp"
#include "base/process.hpp"
#include "inspect/inspect.hpp"
#include "support/planted_attacks.hpp"
#include "support/planted_files.hpp"
#include "support/planted_ordinary.hpp"

namespace {
using namespace kulla;
using namespace kulla::planted;

// --- ours

struct Found {
  std::string path;  ///< as bytes
  Finding finding;
};
std::vector<Found> with_paths(std::vector<Finding> findings) {
  std::vector<Found> all;
  for (auto& finding : findings) {
    auto path = is_fact(finding.path) ? Result<std::string>{finding.path} : unescape_path(finding.path);
    all.push_back({std::move(path).value(), std::move(finding)});
  }
  return all;
}

class Ours {
 public:
  Ours(const Tree& tree, const fs::path& folder) : tree_(tree), file_(folder / "baseline") {}
  Result<> record() {
    KULLA_TRY(const auto taken, inspect::take_baseline(SystemId{"planted"}, tree_.root(), file_, key_, clock_));
    things_ = taken.things;
    return taken.unreadable.empty() ? Result<>{} : fail(Code::io, taken.unreadable.front().path);
  }
  Result<std::vector<Found>> check() {
    KULLA_TRY(auto outcome, inspect::check(SystemId{"planted"}, tree_.root(), file_, {key_.public_key()}, clock_));
    return with_paths(std::move(outcome.findings));
  }
  [[nodiscard]] std::int64_t things() const { return things_; }

 private:
  const Tree& tree_;
  const fs::path file_;
  const SecretKey key_ = SecretKey::generate();
  const SystemClock clock_;
  std::int64_t things_ = 0;
};

// --- AIDE

/// Of folders neither times nor sizes: they change with what comes and goes in them, which is reported itself.
constexpr std::string_view aide_config = R"(database_in=file:{folder}/aide.db
database_out=file:{folder}/aide.db
gzip_dbout=no
report_url=stdout
report_level=list_entries
Full = p+u+g+s+m+c+n+l+ftype+acl+xattrs+caps+e2fsattrs+sha256
Folder = p+u+g+ftype+acl+xattrs+caps+e2fsattrs
Log = p+u+g+s+n+l+ftype+acl+xattrs+caps+sha256+growing+ANF+I
Rotated = p+u+g+s+n+l+ftype+acl+xattrs+caps+sha256+I+ANF+ARF
Packed = p+u+g+s+n+l+ftype+acl+xattrs+caps+sha256+I+compressed+ANF+ARF
!{root}/(tmp|var/tmp|run|var/cache|home/[^/]+/\.cache|root/\.cache)/
!{root}/var/log/journal/
!{root}/var/log/lastlog$
!{root}/(usr/share/mime/mime\.cache|etc/ld\.so\.cache|etc/resolv\.conf)$
!{root}/var/lib/dpkg/(status|status-old|lock|available)$
!{root}/var/lib/(apt/lists|systemd/timers)/
!{root}/var/lib/systemd/random-seed$
{root}/var/log/(.*\.log|wtmp|btmp)$ f Log
{root}/var/log/.*[.-][0-9]+$ f Rotated
{root}/var/log/.*\.[0-9]+\.gz$ f Packed
{root} d Folder
{root} Full
)";

/// As AIDE prints a path: what is not printable as \ooo.
std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(std::min(text.size(), i + 1), 3);
    const bool escape = text[i] == '\\' && digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos;
    bytes += escape ? static_cast<char>(std::stoi(std::string(digits), nullptr, 8)) : text[i];
    i += escape ? 3 : 0;
  }
  return bytes;
}

class Aide {
 public:
  Aide(const Tree& tree, const fs::path& folder) : root_(tree.root().string()), config_(folder / "aide.conf") {
    std::string text{aide_config};
    for (const auto& [name, value] : {std::pair{"{folder}", folder.string()}, {"{root}", root_}})
      for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, std::string_view(name).size(), value);
    std::ofstream{config_} << text;
  }
  bool record() {
    const auto finished = run({"aide", "--config", config_.string(), "--init"});
    return finished && finished->exit_code == 0;
  }
  /// The paths that it reports; nothing where it failed.
  std::optional<std::set<std::string>> check() {
    constexpr int errors = 14;  // and above; below, bits: added, removed, changed
    const auto finished = run({"aide", "--config", config_.string(), "--check"});
    if (!finished || finished->exit_code >= errors) return std::nullopt;
    std::set<std::string> paths;
    const auto before = ": " + root_;
    for (std::string_view rest = finished->out; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const auto at = line.find(before);
      if (at == std::string_view::npos) continue;
      const auto path = line.substr(at + before.size());
      paths.insert(path.empty() ? "." : unescaped(path.substr(1)));
    }
    return paths;
  }

 private:
  const std::string root_;
  const fs::path config_;
};

// --- what was planted, and what was found

/// Makes the changes; those that this system refuses are left out.
std::vector<Change> plant(Tree& tree, std::vector<Change> changes) {
  std::vector<Change> planted;
  for (auto& change : changes) {
    try {
      change.act(tree);
      planted.push_back(std::move(change));
    } catch (const std::system_error& error) {
      fmt::print("SKIP {}: {}\n", change.name, error.what());
    }
  }
  return planted;
}

bool is_it(const Found& found, const Expected& expected) {
  const auto& finding = found.finding;
  const bool here = is_fact(expected.path) ? covers(expected.path, found.path) : expected.path == found.path;
  const bool explained = expected.package.empty() || (finding.package == expected.package && finding.severity == Severity::low);
  return here && finding.kind == expected.kind && finding.why.contains(expected.says) && explained;
}
std::string wanted(const Expected& expected) {
  return fmt::format("{} of {}{}{}", boost::describe::enum_to_string(expected.kind, "?"), cut_text(escape_path(expected.path), 80),
                     expected.says.empty() ? "" : fmt::format(", \"{}\"", expected.says),
                     expected.package.empty() ? "" : fmt::format(", explained by package {}", expected.package));
}

/// The worst severity found, or what is missing.
std::pair<bool, std::string> found_by_ours(const Change& change, const std::vector<Found>& findings) {
  auto worst = Severity::low;
  std::string missing;
  for (const auto& expected : change.expected) {
    bool here = false;
    for (const auto& found : findings)
      if (is_it(found, expected)) here = true, worst = std::max(worst, found.finding.severity);
    if (!here) missing += fmt::format("\n    no {}", wanted(expected));
  }
  return {missing.empty(), missing.empty() ? boost::describe::enum_to_string(worst, "?") : missing};
}
bool found_by_aide(const Change& change, const std::set<std::string>& reported) {
  return std::ranges::all_of(change.expected, [&](const Expected& each) { return is_fact(each.path) || reported.contains(each.path); });
}

struct Score {
  std::size_t planted = 0, ours = 0, aide = 0, ours_extra = 0, aide_extra = 0;
};

void print_planted(const std::vector<Change>& changes, const std::vector<Found>& ours, const std::optional<std::set<std::string>>& aide,
                   Score& score) {
  fmt::print("{:<52} {:<10} {}\n", "PLANTED", "ours", "AIDE");
  for (const auto& change : changes) {
    const auto [found, says] = found_by_ours(change, ours);
    const bool theirs = aide && found_by_aide(change, *aide);
    fmt::print("{:<52} {:<10} {}{}\n", change.name, found ? says : "MISSED", !aide ? "-" : theirs ? "found" : "missed", found ? "" : says);
    ++score.planted, score.ours += found, score.aide += theirs;
  }
}
void print_ordinary(const std::vector<Change>& changes, const std::vector<Found>& ours, const std::optional<std::set<std::string>>& aide) {
  fmt::print("\n{:<52} {:<10} {}\n", "ORDINARY", "ours", "AIDE");
  for (const auto& change : changes) {
    const bool alarm = std::ranges::any_of(ours, [&](const Found& found) { return is_of(change, found.path); });
    const bool theirs = aide && std::ranges::any_of(*aide, [&](const std::string& path) { return is_of(change, path); });
    fmt::print("{:<52} {:<10} {}\n", change.name, alarm ? "ALARM" : "quiet", !aide ? "-" : theirs ? "alarm" : "quiet");
  }
}
bool is_planted(const std::vector<Change>& changes, const std::string& path) {
  return std::ranges::any_of(changes, [&](const Change& change) { return is_of(change, path); });
}
void print_extra(const std::vector<Change>& changes, const std::vector<Found>& ours, const std::optional<std::set<std::string>>& aide,
                 Score& score) {
  fmt::print("\n");
  for (const auto& [path, finding] : ours)
    if (!is_planted(changes, path)) {
      ++score.ours_extra;
      fmt::print("EXTRA ours: {}: {}: {}\n", finding.path, boost::describe::enum_to_string(finding.kind, "?"), finding.why);
    }
  for (const auto& path : aide.value_or(std::set<std::string>{}))
    if (!is_planted(changes, path)) {
      ++score.aide_extra;
      fmt::print("EXTRA AIDE: {}\n", escape_path(path));
    }
}

std::vector<Change> prepared(const Tree& tree, std::vector<Change> changes) {
  std::vector<Change> ready;
  for (auto& change : changes) {
    try {
      if (change.before) change.before(tree);
      ready.push_back(std::move(change));
    } catch (const std::system_error& error) {
      fmt::print("SKIP {}: {}\n", change.name, error.what());
    }
  }
  return ready;
}

Result<Score> measure(const fs::path& folder) {
  Tree tree{folder / "root"};
  build_machine(tree);
  auto changes = file_changes();
  join(changes, attacks());
  auto planted = prepared(tree, std::move(changes)), usual = prepared(tree, ordinary_changes());
  Ours ours{tree, folder};
  Aide aide{tree, folder};
  KULLA_CHECK(ours.record());
  const bool with_aide = aide.record();
  KULLA_TRY(const auto before, ours.check());
  if (!before.empty()) return fail(Code::io, fmt::format("{}: found before anything was planted", before.front().finding.path));
  planted = plant(tree, std::move(planted)), usual = plant(tree, std::move(usual));
  KULLA_TRY(const auto found, ours.check());
  const auto reported = with_aide ? aide.check() : std::nullopt;
  if (!reported) fmt::print("AIDE: not measured: {}\n", with_aide ? "its check failed" : "apt-get install aide");
  Score score;
  fmt::print("{} things in the baseline\n", ours.things());
  print_planted(planted, found, reported, score);
  print_ordinary(usual, found, reported);
  print_extra(planted, found, reported, score);
  return score;
}
}  // namespace

int main(int count, char** arguments) {
  auto folder = TemporaryFolder::make("kulla-bench-planted").value();
  if (count > 1 && std::string_view(arguments[1]) == "--keep") {
    folder.keep();
    fmt::print("in {}\n", folder.path().string());
  }
  const auto score = measure(folder.path());
  if (!score) {
    fmt::print(stderr, "inspect_planted: {}\n", score.error().message());
    return 2;
  }
  fmt::print("planted {}: ours {} found, {} extra; AIDE {} found, {} extra\n", score->planted, score->ours, score->ours_extra, score->aide,
             score->aide_extra);
  return score->ours == score->planted && score->ours_extra == 0 ? 0 : 1;
}
