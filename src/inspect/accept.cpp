#include <fmt/format.h>

#include <algorithm>

#include "base/path_text.hpp"
#include "inspect/comparison.hpp"

namespace kulla::inspect {
namespace {
constexpr std::string_view fact_prefix = "machine://";

struct TreeOrder {
  bool operator()(const std::string& a, const std::string& b) const { return compare_paths(a, b) < 0; }
};
/// What is now at the paths at which something was found; nothing where it is gone.
using Now = std::map<std::string, std::optional<Entry>, TreeOrder>;

/// Of what was found, what somebody has reviewed.
class Selection {
 public:
  explicit Selection(const Reviewed& reviewed) : reviewed_(reviewed) {}

  Result<> select(const std::vector<Finding>& findings) {
    for (const auto& place : reviewed_.paths)
      KULLA_CHECK(select(findings, place, [&](const Finding& finding, const std::string& path) {
        return place == "." || (finding.kind == Kind::fact ? finding.path == place : lies_at(path, place));
      }));
    for (const auto& package : reviewed_.packages)
      for (const auto& finding : findings)
        if (finding.package != package &&
            std::ranges::any_of(findings, [&](const Finding& other) { return other.path == finding.path && other.package == package; }))
          return fail(Code::bad_argument, fmt::format("{}: package {} does not explain all of it: {}", finding.path, package, finding.why));
    for (const auto& package : reviewed_.packages)
      KULLA_CHECK(
          select(findings, "package " + package, [&](const Finding& finding, const std::string&) { return finding.package == package; }));
    return select_as_found(findings);
  }
  [[nodiscard]] bool takes(const std::string& path) const { return paths_.contains(path); }
  [[nodiscard]] const std::set<std::string>& facts() const { return facts_; }

 private:
  /// Each that was reviewed is there as it was, and nothing else is at its path.
  Result<> select_as_found(const std::vector<Finding>& findings) {
    std::multimap<std::string_view, const Finding*> there, reviewed;
    for (const auto& finding : findings) there.emplace(finding.path, &finding);
    for (const auto& finding : reviewed_.findings) reviewed.emplace(finding.path, &finding);
    const auto is_in = [](const auto& all, const Finding& wanted) {
      const auto [from, to] = all.equal_range(wanted.path);
      return std::any_of(from, to, [&](const auto& each) {
        return each.second->kind == wanted.kind && each.second->before == wanted.before && each.second->after == wanted.after;
      });
    };
    for (auto at = reviewed.begin(); at != reviewed.end(); at = reviewed.upper_bound(at->first)) {
      const auto [first, last] = reviewed.equal_range(at->first);
      const auto [from, to] = there.equal_range(at->first);
      const bool as_it_was = std::all_of(first, last, [&](const auto& each) { return is_in(there, *each.second); }) &&
                             std::all_of(from, to, [&](const auto& each) { return is_in(reviewed, *each.second); });
      if (!as_it_was) return fail(Code::refused, fmt::format("{}: is no longer as it was found: inspect it again", at->first));
      KULLA_CHECK(select(findings, *first->second));
    }
    return {};
  }
  Result<> select(const std::vector<Finding>& findings, const Finding& wanted) {
    return select(findings, wanted.path, [&](const Finding& finding, const std::string&) { return finding.path == wanted.path; });
  }
  Result<> select(const std::vector<Finding>& findings, const std::string& what, const auto& is_meant) {
    bool any = false;
    for (const auto& finding : findings) {
      const bool is_fact = finding.path.starts_with(fact_prefix);
      KULLA_TRY(auto path, is_fact ? Result<std::string>{finding.path} : unescape_path(finding.path));
      if (!is_meant(finding, path)) continue;
      if (finding.kind == Kind::unreadable)
        return fail(Code::bad_argument, fmt::format("{}: could not be read, so there is nothing to accept", finding.path));
      any = true;
      if (is_fact) facts_.insert(path.substr(fact_prefix.size()));
      else paths_.insert(std::move(path));
    }
    return any ? Result<>{} : fail(Code::bad_argument, fmt::format("{}: nothing differs there", escape_path(what)));
  }
  const Reviewed& reviewed_;
  std::set<std::string> paths_, facts_;
};

/// The old baseline with what was selected in the place of what was.
Result<> write_merged(Baseline& before, const Now& now, const Facts& facts_now, const Selection& selection, BaselineWriter& writer) {
  const auto write_selected = [&](const auto& item) -> Result<> {
    return item.second && selection.takes(item.first) ? writer.add({item.first, *item.second}) : Result<>{};
  };
  auto next = now.begin();
  for (;;) {
    KULLA_TRY(const auto thing, before.next());
    for (; next != now.end() && (!thing || compare_paths(next->first, thing->path) < 0); ++next) KULLA_CHECK(write_selected(*next));
    if (!thing) break;
    const bool differs = next != now.end() && next->first == thing->path;
    if (differs && selection.takes(thing->path)) KULLA_CHECK(write_selected(*next));
    else KULLA_CHECK(writer.add(*thing));
    if (differs) ++next;
  }
  KULLA_TRY(auto facts, before.facts());
  for (const auto& fact : selection.facts()) {
    const auto found = facts_now.find(fact);
    if (found == facts_now.end()) facts.erase(fact);
    else facts.insert_or_assign(fact, found->second);
  }
  return writer.add(facts);
}

struct Merged {
  BaselineWriter writer;
  Accepted accepted;
  BaselineInfo base;
};
Result<Merged> merge(const std::filesystem::path& root, const std::filesystem::path& baseline, const std::vector<PublicKey>& trusted,
                     const Reviewed& reviewed, const std::filesystem::path& output, const Clock& clock, const Options& options) {
  const auto started = clock.now().wall;
  Now now;
  KULLA_TRY(const auto first, open_baseline(baseline, trusted));
  KULLA_TRY(const auto compared, compare(root, *first, options, [&](const Pair& pair) { now.insert_or_assign(pair.path, pair.now); }));
  if (compared.dropped > 0)
    return fail(Code::too_large, fmt::format("{} findings and more: take a new baseline instead", compared.findings.size()));
  Selection selection{reviewed};
  KULLA_CHECK(selection.select(compared.findings));
  KULLA_TRY(const auto again, open_baseline(baseline, trusted));
  if (again->info() != first->info()) return fail(Code::baseline_untrusted, baseline.string() + ": it was replaced while it was read");
  auto info = first->info();
  info.taken = started;
  KULLA_TRY(auto writer, BaselineWriter::create(output, info));
  KULLA_CHECK(write_merged(*again, now, compared.facts, selection, writer));
  Accepted accepted;
  for (const auto& finding : compared.findings) {
    const auto path = unescape_path(finding.path);
    const bool taken = finding.path.starts_with(fact_prefix) ? selection.facts().contains(finding.path.substr(fact_prefix.size()))
                                                             : path && selection.takes(*path);
    ++(taken ? accepted.findings : accepted.left);
  }
  return Merged{std::move(writer), accepted, first->info()};
}
}  // namespace

Result<Accepted> accept(const std::filesystem::path& root, const std::filesystem::path& baseline, const std::vector<PublicKey>& trusted,
                        const Reviewed& reviewed, const std::filesystem::path& output, const SecretKey& key, const Clock& clock,
                        const Options& options) {
  KULLA_TRY(auto merged, merge(root, baseline, trusted, reviewed, output, clock, options));
  KULLA_CHECK(merged.writer.seal(key));
  return merged.accepted;
}

Result<PreparedAcceptance> prepare_acceptance(const std::filesystem::path& root, const std::filesystem::path& baseline,
                                              const std::vector<PublicKey>& trusted, const Reviewed& reviewed,
                                              const std::filesystem::path& output, const Clock& clock, const Options& options) {
  KULLA_TRY(auto merged, merge(root, baseline, trusted, reviewed, output, clock, options));
  KULLA_TRY(const auto body, merged.writer.leave());
  return PreparedAcceptance{merged.accepted, body, merged.base};
}

}  // namespace kulla::inspect
