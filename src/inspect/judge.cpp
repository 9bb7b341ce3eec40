#include "inspect/judge.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <tuple>

#include "base/path_text.hpp"
#include "base/time.hpp"
#include "inspect/below.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
constexpr mode_t set_id = 06000, executable = 0111, world_writable = 0002;
constexpr std::size_t few = 3;                   // so many ruined files are no accident
constexpr std::size_t many = 10;                 // so many changed data files, being half of all, are a rewrite whatever is in them now
constexpr std::size_t findings_kept = 100'000;   // more would not be read by anyone; they are counted

std::string_view word(FileType type) {
  constexpr std::array words{"file", "folder", "link", "socket", "pipe", "block device", "character device"};
  return words[static_cast<std::size_t>(type)];
}
bool has(std::int64_t mode, mode_t bits) { return (static_cast<mode_t>(mode) & bits) != 0; }
std::string when(std::int64_t microseconds) { return to_rfc3339(Timestamp{std::chrono::microseconds{microseconds}}); }

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

struct JudgedAttribute {
  Kind kind;
  Severity severity;
  std::string_view why;
};
JudgedAttribute judge_attribute(std::string_view name, bool gone) {
  if (name == "security.capability")
    return gone ? JudgedAttribute{Kind::capability, Severity::medium, "lost its capabilities"}
                : JudgedAttribute{Kind::capability, Severity::critical, "runs with capabilities that it did not have"};
  if (name.starts_with("system.posix_acl_"))
    return {Kind::acl, gone ? Severity::medium : Severity::high, "its access control list changed: others may read, write or run it"};
  if (name == "mount")
    return {Kind::attribute, Severity::high,
            gone ? "nothing is mounted over it any more" : "something was mounted over it, and hides what lies beneath"};
  if (name == "device") return {Kind::attribute, Severity::high, "it is another device"};
  if (name == "flags") return {Kind::attribute, Severity::high, "it was made immutable or append-only (chattr), or is no more"};
  if (name.starts_with("security.")) return {Kind::label, Severity::high, "its security label changed"};
  return {Kind::attribute, Severity::medium, "an extended attribute changed"};
}

bool is_device(FileType type) { return type == FileType::block || type == FileType::character || type == FileType::pipe; }

/// Never expected, whatever the rules say of where it lies.
bool is_dangerous(const std::string& path, const Entry& entry, const Look& look) {
  if (std::ranges::any_of(look.matches, [](const Match& match) { return !match.incomplete; })) return true;
  if (entry.type == FileType::link) return leads_out(path, entry.target);
  if (entry.type == FileType::regular)
    return !look.runs.empty() || has(entry.mode, set_id | executable) || entry.attributes.contains("security.capability");
  return false;
}
}  // namespace

std::optional<std::size_t> Judge::add(const std::string& path, Kind kind, std::string before, std::string after, Judgement judgement) {
  if (const auto place = rules_.place_of(path); !place.why.empty()) {
    judgement.severity = std::max(judgement.severity, place.severity);
    judgement.why += fmt::format("; {}", place.why);
  }
  // The worst are kept for as long again: a flood of small ones must not hide them.
  if (findings_.size() >= (judgement.severity < Severity::high ? findings_kept : 2 * findings_kept)) {
    ++dropped_;
    return std::nullopt;
  }
  findings_.push_back({escape_path(path), kind, judgement.severity, std::move(before), std::move(after), std::move(judgement.why)});
  return findings_.size() - 1;
}

void Judge::unreadable(const std::string& path, std::string_view why) {
  add(path, Kind::unreadable, "", "", {Severity::high, fmt::format("could not be inspected: {}", why)});
}

bool Judge::look_at(const Pair& pair) {
  const auto before = std::ssize(findings_) + dropped_;
  look(pair);
  return std::ssize(findings_) + dropped_ > before;
}

void Judge::look(const Pair& pair) {
  files_ += pair.now && pair.now->type == FileType::regular;
  files_before_ += pair.before && pair.before->type == FileType::regular;
  not_read_ += !pair.read;
  left_out_ += pair.now && is_left_out(*pair.now);
  if (!pair.problem.empty()) {
    unreadable(pair.path, pair.problem);
    if (!pair.now) unseen_ = pair.path, has_unseen_ = true;
  }
  if (!pair.look.problem.empty()) unreadable(pair.path, pair.look.problem);
  if (pair.now && pair.before) return both(pair);
  if (pair.now) return added(pair);
  // Of what lies in a folder that could not be looked into, nothing can be said.
  if (pair.before && pair.problem.empty() && !(has_unseen_ && lies_at(pair.path, unseen_))) removed(pair.path, *pair.before);
}

// --- what may change

bool Judge::may_come(const Pair& pair) const {
  if (is_dangerous(pair.path, *pair.now, pair.look) || is_device(pair.now->type)) return false;
  const auto allowed = rules_.may_change(pair.path);
  return allowed == Allowed::any || (allowed == Allowed::rotate && pair.now->type == FileType::regular && !rotated(pair.path).date.empty());
}
bool Judge::may_go(const std::string& path) const { return rules_.may_change(path) == Allowed::any; }
/// Its content; all else of it is compared in any case.
bool Judge::may_become(const Pair& pair) const {
  if (is_dangerous(pair.path, *pair.now, pair.look)) return false;
  const auto allowed = rules_.may_change(pair.path);
  return allowed == Allowed::any || (allowed != Allowed::nothing && pair.look.grew);
}

/// Whether it may be, or have become, part of a rotation.
bool Judge::is_log(const std::string& path) const { return rules_.may_change(path) == Allowed::rotate; }

// --- one path

void Judge::removed(const std::string& path, const Entry& entry) {
  if (may_go(path)) return;
  if (!entry.package.empty() && removed_of_.size() < findings_kept) removed_of_.emplace(path, entry.package);
  const auto finding =
      add(path, Kind::removed, describe(entry), "", {Severity::high, fmt::format("this {} was removed", word(entry.type))});
  if (is_log(path)) rotations_.add(path, entry, std::nullopt, finding);
  if (finding && entry.type == FileType::regular && entry.size > 0) went_.emplace(entry.content, *finding);
}

Judge::Judgement Judge::judge_new(const std::string& path, const Entry& entry, const Look& look) {
  if (entry.type == FileType::regular && has(entry.mode, set_id))
    return {Severity::critical, "new file that runs with the rights of its owner (set-uid)"};
  if (entry.type == FileType::regular && entry.attributes.contains("security.capability"))
    return {Severity::critical, "new file that runs with capabilities"};
  if (entry.type == FileType::regular && !look.runs.empty())
    return {Severity::critical, fmt::format("new executable or script: {}", look.runs)};
  switch (entry.type) {
    case FileType::regular: return {Severity::medium, "new file"};
    case FileType::folder: return {Severity::low, "new folder"};
    case FileType::link:
      return leads_out(path, entry.target) ? Judgement{Severity::high, "new link that leads out of the inspected folder"}
                                           : Judgement{Severity::medium, "new link"};
    case FileType::socket:
    case FileType::pipe:
    case FileType::block:
    case FileType::character: return {Severity::high, fmt::format("new {}", word(entry.type))};
  }
  return {Severity::high, "new thing of unknown kind"};
}

void Judge::matched(const Pair& pair) {
  for (const auto& match : pair.look.matches)
    if (match.incomplete) ++incomplete_;
    else add(pair.path, Kind::malware, "", "", {match.severity, match.says});
}

void Judge::added(const Pair& pair) {
  matched(pair);
  std::optional<std::size_t> finding;
  if (!may_come(pair)) finding = add(pair.path, Kind::added, "", describe(*pair.now), judge_new(pair.path, *pair.now, pair.look));
  if (is_log(pair.path) && !is_dangerous(pair.path, *pair.now, pair.look)) rotations_.add(pair.path, std::nullopt, pair.now, finding);
  if (finding && pair.now->type == FileType::regular && pair.now->size > 0) came_.emplace(pair.now->content, *finding);
}

void Judge::both(const Pair& pair) {
  const auto& path = pair.path;
  const auto &before = *pair.before, &after = *pair.now;
  matched(pair);
  if (before.type != after.type) {
    auto judgement = judge_new(path, after, pair.look);
    add(path, Kind::type, describe(before), describe(after),
        {std::max(judgement.severity, Severity::high), fmt::format("was a {}, now: {}", word(before.type), judgement.why)});
    return;
  }
  if (before.target != after.target && !may_become(pair))
    add(path, Kind::target, escape_path(before.target), escape_path(after.target),
        {Severity::high, leads_out(path, after.target) ? "link leads elsewhere, out of the inspected folder" : "link leads elsewhere"});
  const bool read = pair.problem.empty();
  if (read && before.content == after.content && !rotated(path).log.empty() && is_log(path))
    rotations_.add(path, before, after, std::nullopt);
  if (read && before.content != after.content) content(pair);
  else if (!read && before.size != after.size)
    add(path, Kind::size, fmt::format("{} bytes", before.size), fmt::format("{} bytes", after.size),
        {Severity::high, "its size changed, and it could not be read"});
  else if (before.modified != after.modified && rules_.may_change(path) == Allowed::nothing)
    add(path, Kind::times, when(before.modified), when(after.modified),
        {Severity::low, "its content is as it was, but its time of modification is not"});
  else if (options_.change_times && before.changed != after.changed)
    add(path, Kind::times, when(before.changed), when(after.changed), {Severity::low, "its time of change is another"});
  if (before.uid != after.uid || before.gid != after.gid)
    add(path, Kind::owner, fmt::format("{}:{}", before.uid, before.gid), fmt::format("{}:{}", after.uid, after.gid),
        {Severity::medium, fmt::format("its owner changed from {}:{} to {}:{}", before.uid, before.gid, after.uid, after.gid)});
  if (before.mode != after.mode) mode(path, before, after);
  if (before.links != after.links) links(path, before, after);
  if (before.attributes != after.attributes) attributes(path, before, after);
}

void Judge::links(const std::string& path, const Entry& before, const Entry& after) {
  add(path, Kind::links, fmt::format("{} names", before.links), fmt::format("{} names", after.links),
      after.links > before.links ? Judgement{Severity::medium, "it has one more name somewhere (a hard link): who writes there writes here"}
                                 : Judgement{Severity::low, "it has fewer names than before"});
}

void Judge::attributes(const std::string& path, const Entry& before, const Entry& after) {
  auto names = before.attributes;
  names.insert(after.attributes.begin(), after.attributes.end());
  const auto value = [](const Entry& entry, const std::string& name) {
    const auto found = entry.attributes.find(name);
    return found == entry.attributes.end() ? std::string{} : fmt::format("{}={}", escape_path(name), escape_path(found->second));
  };
  for (const auto& name : names | std::views::keys)
    if (auto was = value(before, name), is = value(after, name); was != is) {
      const auto judged = judge_attribute(name, is.empty());
      add(path, judged.kind, std::move(was), std::move(is), {judged.severity, std::string(judged.why)});
    }
}
void Judge::mode(const std::string& path, const Entry& before, const Entry& after) {
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

void Judge::content(const Pair& pair) {
  const auto &before = *pair.before, &after = *pair.now;
  const auto& seen = pair.look;
  if (may_become(pair)) return;
  const bool ran_before = !why_runnable(name_of(pair.path), static_cast<mode_t>(before.mode), {}).empty();
  const bool emptied = after.size == 0;
  const auto judgement = [&]() -> Judgement {
    if (!emptied && !seen.uniform && !seen.runs.empty())
      return {Severity::critical, fmt::format("an executable or script was changed: {}", seen.runs)};
    if (emptied) return {Severity::high, "its content is gone: it is empty"};
    if (seen.uniform) return {Severity::high, "its content is gone: one byte value, again and again"};
    if (seen.random && !ran_before) return {Severity::high, "its content is now as good as random: encrypted or overwritten"};
    return {Severity::medium, "its content changed"};
  }();
  const auto finding = add(pair.path, Kind::content, describe(before), describe(after), judgement);
  if (!finding) return;
  if (judgement.severity != Severity::critical) (judgement.severity == Severity::high ? ruined_ : rewritten_).push_back(*finding);
  if (!is_log(pair.path) || is_dangerous(pair.path, after, seen)) return;
  rotations_.add(pair.path, before, after, finding);
}

// --- a machine's facts

void Judge::compare_facts(const Facts& before, const Facts& now) {
  const auto name = [](const std::string& fact) { return "machine://" + fact; };
  const auto may = [&](const std::string& fact) { return rules_.may_change(name(fact)) == Allowed::any; };
  for (const auto& [fact, was] : before) {
    if (may(fact)) continue;
    const auto found = now.find(fact);
    if (found == now.end()) add(name(fact), Kind::fact, was, "", {Severity::medium, "is no more"});
    else if (found->second != was) add(name(fact), Kind::fact, was, found->second, {Severity::medium, "changed"});
  }
  for (const auto& [fact, is] : now)
    if (!before.contains(fact) && !may(fact)) add(name(fact), Kind::fact, "", is, {Severity::medium, "is new"});
}
void Judge::cannot_ask(const std::string& fact, const std::string& why) { unreadable("machine://" + fact, why); }

// --- all of it

/// One changed file may be work; many at once, or several made unreadable, are a wiper's or an extortionist's.
void Judge::name_mass_rewrite() {
  const auto changed = ruined_.size() + rewritten_.size();
  const bool of_all = changed >= many && changed * 2 >= static_cast<std::size_t>(files_before_);
  const auto name = [&](const std::vector<std::size_t>& indices, std::size_t count) {
    for (auto index : indices) {
      findings_[index].severity = Severity::high;
      findings_[index].why += fmt::format("; one of {} files of a mass rewrite (a wiper, or encryption)", count);
    }
  };
  if (of_all || ruined_.size() >= few) name(ruined_, of_all ? changed : ruined_.size());
  if (of_all) name(rewritten_, changed);
}

/// The same content under another name: both findings name the other.
void Judge::name_renames() {
  for (const auto& [digest, index] : went_) {
    const auto found = came_.find(digest);
    if (found == came_.end()) continue;
    auto &gone = findings_[index], &here = findings_[found->second];
    gone.why += fmt::format("; its content is now at {}", here.path);
    here.why += fmt::format("; its content was at {}", gone.path);
    came_.erase(found);
  }
}

std::vector<Finding> Judge::finish() {
  const auto expected = rotations_.expected(options_.root, options_.unpack);
  for (auto* indices : {&ruined_, &rewritten_}) std::erase_if(*indices, [&](std::size_t index) { return expected.contains(index); });
  name_mass_rewrite();
  name_renames();
  std::size_t at = 0;
  std::erase_if(findings_, [&](const Finding&) { return expected.contains(at++); });
  std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, a.path, a.kind) < std::tie(a.severity, b.path, b.kind);
  });
  return std::move(findings_);
}

}  // namespace kulla::inspect
