// A regular upgrade changes many files at once, and an intruder one; dpkg's lists tell them apart.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/path_text.hpp"
#include "inspect/comparison.hpp"
#include "inspect/packages.hpp"

namespace kulla::inspect {
namespace {
constexpr std::string_view fact_prefix = "machine://package/", lists = "var/lib/dpkg/info/";

/// Packages whose version or state differs, with words for how.
std::map<std::string, std::string> changed_packages(const Facts& before, const Facts& now) {
  constexpr std::string_view prefix = "package/";
  std::map<std::string, std::string> changed;
  for (const auto& [fact, is] : now)
    if (fact.starts_with(prefix)) {
      const auto was = before.find(fact);
      if (was == before.end()) changed.emplace(fact.substr(prefix.size()), fmt::format("new: {}", is));
      else if (was->second != is) changed.emplace(fact.substr(prefix.size()), fmt::format("{} → {}", was->second, is));
    }
  for (const auto& [fact, was] : before)
    if (fact.starts_with(prefix) && !now.contains(fact)) changed.emplace(fact.substr(prefix.size()), fmt::format("{} → removed", was));
  return changed;
}

class Explanation {
 public:
  Explanation(const std::filesystem::path& root, std::map<std::string, std::string> changed,
              const std::map<std::string, std::string>& removed)
      : root_(root), changed_(std::move(changed)), removed_(removed) {}

  void run(const Packages& packages, std::vector<Finding>& findings) {
    std::vector<std::string> paths;
    for (const auto& finding : findings)
      if (auto path = unescape_path(finding.path); path && is_of_a_file(finding)) {
        if (const auto target = target_of(finding, *path); !target.empty()) paths.push_back(target);
        paths.push_back(std::move(*path));
      }
    owners_ = packages.owners_of(paths);
    for (auto& finding : findings) explain(finding);
  }

 private:
  static bool is_of_a_file(const Finding& finding) {
    return finding.kind != Kind::fact && finding.kind != Kind::unreadable && finding.kind != Kind::malware;
  }
  /// Where a link of a finding leads now, as a path below the root; empty where it is no link.
  static std::string target_of(const Finding& finding, const std::string& path) {
    constexpr std::string_view link = "link to ";
    const bool is_new = finding.kind == Kind::added && finding.after.starts_with(link);
    if (!is_new && finding.kind != Kind::target) return {};
    const auto target = unescape_path(is_new ? std::string_view(finding.after).substr(link.size()) : std::string_view(finding.after));
    if (!target || target->empty()) return {};
    const auto whole = target->front() == '/' ? std::filesystem::path(*target) : "/" / std::filesystem::path(path).parent_path() / *target;
    return whole.lexically_normal().relative_path().string();
  }
  /// A list says of a link or a folder that it is there, and not where it leads: that is explained where it leads to the package's own.
  [[nodiscard]] bool leads_to_its_own(const Finding& finding, const std::string& path, const Packages::Owner& owner) const {
    if (finding.kind == Kind::added && finding.after.starts_with("folder ")) return true;
    const auto target = owners_.find(target_of(finding, path));
    return target != owners_.end() && target->second.package == owner.package;
  }
  void explain(Finding& finding) {
    if (finding.kind == Kind::fact && finding.path.starts_with(fact_prefix))
      return regular(finding, finding.path.substr(fact_prefix.size()));
    const auto path = unescape_path(finding.path);
    if (!path || !is_of_a_file(finding)) return;
    if (path->starts_with(lists)) return regular(finding, path->substr(lists.size(), path->rfind('.') - lists.size()));
    const auto found = owners_.find(*path);
    if (found != owners_.end()) return of_package(finding, *path, found->second);
    if (const auto had = removed_.find(*path); finding.kind == Kind::removed && had != removed_.end()) regular(finding, had->second);
  }
  /// Only where the package is another than it was.
  void regular(Finding& finding, const std::string& package) const {
    const auto found = changed_.find(package);
    if (found == changed_.end()) return;
    finding.package = package;
    finding.severity = Severity::low;
    finding.why += fmt::format("; package {}: {}", package, found->second);
  }
  void of_package(Finding& finding, const std::string& path, const Packages::Owner& owner) const {
    const auto name = fmt::format("package {} {}", escape_path(owner.package), escape_path(owner.version));
    const bool whole = finding.kind == Kind::added || finding.kind == Kind::content;
    if (owner.conffile) {
      finding.why += fmt::format("; it is part of the configuration of {}", name);
    } else if (whole && owner.md5) {
      // Read once more for dpkg's MD5: what is explained must be what was found.
      const auto now = sums_of(root_, path);
      const bool as_shipped = now && now->md5 == *owner.md5 && finding.after.ends_with("sha256 " + now->sha256);
      // A list says nothing of modes: a new file with another's rights is not explained by it.
      const bool takes_rights = finding.kind == Kind::added && finding.why.starts_with("new file that runs with");
      if (as_shipped && changed_.contains(owner.package) && !takes_rights) return regular(finding, owner.package);
      if (as_shipped) finding.why += fmt::format("; it is as {} ships it, and was not before", name);
      else tampered(finding, fmt::format("a packaged file was modified: it is not as {} ships it", name));
    } else if (changed_.contains(owner.package) && (finding.kind == Kind::times || leads_to_its_own(finding, path, owner))) {
      regular(finding, owner.package);
    } else {
      finding.why += fmt::format("; it is of {}", name);
    }
  }
  static void tampered(Finding& finding, const std::string& why) {
    finding.severity = std::max(finding.severity, Severity::high);
    finding.why += "; " + why;
  }

  const std::filesystem::path& root_;
  const std::map<std::string, std::string> changed_;
  const std::map<std::string, std::string>& removed_;
  std::map<std::string, Packages::Owner> owners_;
};
}  // namespace

void explain_by_packages(const std::filesystem::path& root, const Facts& before, const Facts& now,
                         const std::map<std::string, std::string>& removed, std::vector<Finding>& findings) {
  const auto packages = Packages::open(root);
  if (packages) Explanation{root, changed_packages(before, now), removed}.run(*packages, findings);
}

}  // namespace kulla::inspect
