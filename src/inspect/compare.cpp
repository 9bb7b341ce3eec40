#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <set>
#include <tuple>

#include "base/path_text.hpp"
#include "inspect/inspect.hpp"
#include "inspect/places.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
constexpr mode_t set_id = 06000, executable = 0111, world_writable = 0002;
constexpr std::size_t few = 3;    // so many ruined files are no accident
constexpr std::size_t many = 10;  // so many changed data files, being half of all, are a rewrite whatever is in them now

struct Judgement {
  Severity severity;
  std::string why;
};
std::string_view name_of(const std::string& path) { return std::string_view(path).substr(path.rfind('/') + 1); }
std::string_view word(FileType type) {
  constexpr std::array words{"file", "folder", "link", "device, pipe or socket"};
  return words[static_cast<std::size_t>(type)];
}
bool has(std::int64_t mode, mode_t bits) { return (static_cast<mode_t>(mode) & bits) != 0; }

std::string describe(const Entry& entry) {
  const auto mode = fmt::format("{:04o} {}:{}", entry.mode, entry.uid, entry.gid);
  if (entry.type == FileType::regular) return fmt::format("file {} {} bytes sha256 {}", mode, entry.size, to_hex(entry.content));
  if (entry.type == FileType::link) return fmt::format("link to {}", escape_path(entry.target));
  return fmt::format("{} {}", word(entry.type), mode);
}

/// Leads above its own folder: judged by its text, as the link is not followed.
bool leads_out(const std::string& path, std::string_view target) {
  auto depth = std::ranges::count(path, '/');
  if (target.starts_with('/')) return true;
  while (!target.empty()) {
    const auto part = target.substr(0, target.find('/'));
    if (part == "..") --depth;
    else if (!part.empty() && part != ".") ++depth;
    if (depth < 0) return true;
    target.remove_prefix(std::min(target.size(), part.size() + 1));
  }
  return false;
}

class Comparison {
 public:
  Comparison(const Baseline& baseline, const Scanned& now) : baseline_(baseline), now_(now), findings_(now.unreadable) {
    for (const auto& finding : now.unreadable) unseen_.insert(finding.path);
  }

  std::vector<Finding> run() {
    for (const auto& [path, entry] : baseline_.tree)
      if (const auto found = now_.tree.find(path); found != now_.tree.end()) both(path, entry, found->second);
      else removed(path, entry);
    for (const auto& [path, entry] : now_.tree)
      if (!baseline_.tree.contains(path)) added(path, entry);
    name_mass_rewrite();
    std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
      return std::tie(b.severity, a.path, a.kind) < std::tie(a.severity, b.path, b.kind);
    });
    return std::move(findings_);
  }

 private:
  void add(const std::string& path, Kind kind, std::string before, std::string after, Judgement judgement) {
    if (const auto place = place_of(path); !place.why.empty()) {
      judgement.severity = std::max(judgement.severity, place.severity);
      judgement.why += fmt::format("; {}", place.why);
    }
    findings_.push_back({escape_path(path), kind, judgement.severity, std::move(before), std::move(after), std::move(judgement.why)});
  }
  [[nodiscard]] const Look& look(const std::string& path) const {
    static const Look plain;
    const auto found = now_.looks.find(path);
    return found == now_.looks.end() ? plain : found->second;
  }
  /// It, or a folder that it lies in, could not be looked at: nothing more can be said of it.
  [[nodiscard]] bool unseen(const std::string& path) const {
    const auto text = escape_path(path);
    for (auto end = text.size(); end != std::string::npos && end > 0; end = text.rfind('/', end - 1))
      if (unseen_.contains(std::string_view(text).substr(0, end))) return true;
    return unseen_.contains(".");
  }

  void removed(const std::string& path, const Entry& entry) {
    if (unseen(path)) return;
    add(path, Kind::removed, describe(entry), "", {Severity::high, fmt::format("this {} was removed", word(entry.type))});
  }

  [[nodiscard]] Judgement judge_new(const std::string& path, const Entry& entry) const {
    if (entry.type == FileType::regular && has(entry.mode, set_id))
      return {Severity::critical, "new file that runs with the rights of its owner (set-uid)"};
    if (entry.type == FileType::regular && entry.attributes.contains("security.capability"))
      return {Severity::critical, "new file that runs with capabilities"};
    if (entry.type == FileType::regular && !look(path).runs.empty())
      return {Severity::critical, fmt::format("new executable or script: {}", look(path).runs)};
    switch (entry.type) {
      case FileType::regular: return {Severity::medium, "new file"};
      case FileType::folder: return {Severity::low, "new folder"};
      case FileType::link:
        return leads_out(path, entry.target) ? Judgement{Severity::high, "new link that leads out of the inspected folder"}
                                             : Judgement{Severity::medium, "new link"};
      case FileType::other: return {Severity::high, "new device, pipe or socket"};
    }
    return {Severity::high, "new thing of unknown kind"};
  }
  void added(const std::string& path, const Entry& entry) { add(path, Kind::added, "", describe(entry), judge_new(path, entry)); }

  void both(const std::string& path, const Entry& before, const Entry& after) {
    if (before.type != after.type) {
      auto judgement = judge_new(path, after);
      add(path, Kind::type, describe(before), describe(after),
          {std::max(judgement.severity, Severity::high), fmt::format("was a {}, now: {}", word(before.type), judgement.why)});
      return;
    }
    if (before.target != after.target)
      add(path, Kind::target, escape_path(before.target), escape_path(after.target),
          {Severity::high, leads_out(path, after.target) ? "link leads elsewhere, out of the inspected folder" : "link leads elsewhere"});
    const bool read = !unseen(path);
    if (read && before.content != after.content) content(path, before, after);
    else if (read && before.size != after.size)
      add(path, Kind::size, fmt::format("{} bytes", before.size), fmt::format("{} bytes", after.size),
          {Severity::high, "its size changed; it is too large to be read"});
    if (before.uid != after.uid || before.gid != after.gid)
      add(path, Kind::owner, fmt::format("{}:{}", before.uid, before.gid), fmt::format("{}:{}", after.uid, after.gid),
          {Severity::medium, fmt::format("its owner changed from {}:{} to {}:{}", before.uid, before.gid, after.uid, after.gid)});
    if (before.mode != after.mode) mode(path, before, after);
    if (before.links != after.links) links(path, before, after);
    if (before.attributes != after.attributes) attributes(path, before, after);
  }

  void links(const std::string& path, const Entry& before, const Entry& after) {
    add(path, Kind::links, fmt::format("{} names", before.links), fmt::format("{} names", after.links),
        after.links > before.links
            ? Judgement{Severity::medium, "it has one more name somewhere (a hard link): who writes there writes here"}
            : Judgement{Severity::low, "it has fewer names than before"});
  }

  void attributes(const std::string& path, const Entry& before, const Entry& after) {
    auto names = before.attributes;
    names.insert(after.attributes.begin(), after.attributes.end());
    const auto value = [](const Entry& entry, const std::string& name) {
      const auto found = entry.attributes.find(name);
      return found == entry.attributes.end() ? std::string{} : fmt::format("{}={}", escape_path(name), escape_path(found->second));
    };
    for (const auto& name : names | std::views::keys)
      if (auto was = value(before, name), is = value(after, name); was != is) {
        const auto [kind, judgement] = judge_attribute(name, is.empty());
        add(path, kind, std::move(was), std::move(is), judgement);
      }
  }
  static std::pair<Kind, Judgement> judge_attribute(std::string_view name, bool gone) {
    if (name == "security.capability")
      return {Kind::capability, gone ? Judgement{Severity::medium, "lost its capabilities"}
                                     : Judgement{Severity::critical, "runs with capabilities that it did not have"}};
    if (name.starts_with("system.posix_acl_"))
      return {Kind::acl, {gone ? Severity::medium : Severity::high, "its access control list changed: others may read, write or run it"}};
    if (name.starts_with("security.")) return {Kind::label, {Severity::high, "its security label changed"}};
    return {Kind::attribute, {Severity::medium, "an extended attribute changed"}};
  }

  void mode(const std::string& path, const Entry& before, const Entry& after) {
    const auto gained = after.mode & ~before.mode;
    const auto judgement = [&]() -> Judgement {
      if (after.type == FileType::regular && has(gained, set_id))
        return {Severity::critical, "now runs with the rights of its owner (set-uid)"};
      if (after.type == FileType::regular && has(gained, executable)) return {Severity::high, "became executable"};
      if (has(gained, world_writable)) return {Severity::high, "anyone may write to it now"};
      return {Severity::medium, fmt::format("its mode changed from {:04o} to {:04o}", before.mode, after.mode)};
    }();
    add(path, Kind::mode, fmt::format("{:04o}", before.mode), fmt::format("{:04o}", after.mode), judgement);
  }

  void content(const std::string& path, const Entry& before, const Entry& after) {
    const auto& seen = look(path);
    const bool ran_before = !why_runnable(name_of(path), static_cast<mode_t>(before.mode), {}).empty();
    const bool emptied = after.size == 0;
    const auto judgement = [&]() -> Judgement {
      if (!emptied && !seen.uniform && !seen.runs.empty())
        return {Severity::critical, fmt::format("an executable or script was changed: {}", seen.runs)};
      if (emptied) return {Severity::high, "its content is gone: it is empty"};
      if (seen.uniform) return {Severity::high, "its content is gone: one byte value, again and again"};
      if (seen.random && !ran_before) return {Severity::high, "its content is now as good as random: encrypted or overwritten"};
      return {Severity::medium, "its content changed"};
    }();
    if (judgement.severity != Severity::critical) (judgement.severity == Severity::high ? ruined_ : rewritten_).push_back(findings_.size());
    add(path, Kind::content, describe(before), describe(after), judgement);
  }

  /// One changed file may be work; many at once, or several made unreadable, are a wiper's or an extortionist's.
  void name_mass_rewrite() {
    const auto files = std::ranges::count_if(baseline_.tree, [](const auto& item) { return item.second.type == FileType::regular; });
    const auto changed = ruined_.size() + rewritten_.size();
    const bool mass = ruined_.size() >= few || (changed >= many && changed * 2 >= static_cast<std::size_t>(files));
    if (!mass) return;
    for (const auto* indices : {&ruined_, &rewritten_})
      for (auto index : *indices) {
        findings_[index].severity = Severity::high;
        findings_[index].why += fmt::format("; one of {} files of a mass rewrite (a wiper, or encryption)", changed);
      }
  }

  const Baseline& baseline_;
  const Scanned& now_;
  std::vector<Finding> findings_;
  std::set<std::string, std::less<>> unseen_;
  std::vector<std::size_t> ruined_, rewritten_;
};
}  // namespace

std::vector<Finding> compare(const Baseline& baseline, const Scanned& now) { return Comparison{baseline, now}.run(); }
}  // namespace kulla::inspect
