#include "inspect/rotation.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>

#include "inspect/below.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t members_kept = 100'000;  // of all logs; the changes of more are findings
constexpr std::int64_t one_unpacked_most = std::int64_t{4} << 30, unpacked_most = std::int64_t{64} << 30;  // bytes of a file; of all

std::string digits_of(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

/// The digest of a file's first bytes, below an open root; nothing where it has fewer.
std::optional<Digest> beginning_of(int root, const std::string& path, std::int64_t size) {
  const auto file = open_below(root, path, LastLink::refused);
  Sha256 hash;
  std::array<char, 65536> buffer;
  while (file && size > 0) {
    const auto got = ::read(file->get(), buffer.data(), static_cast<std::size_t>(std::min<std::int64_t>(size, std::ssize(buffer))));
    if (got <= 0) return std::nullopt;
    hash.add(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    size -= got;
  }
  return file ? std::optional{hash.finish()} : std::nullopt;
}
}  // namespace

RotatedName rotated(std::string_view path) {
  RotatedName result;
  for (const std::string_view packing : {".gz", ".xz", ".zst", ".bz2"})
    if (path.ends_with(packing)) path.remove_suffix(packing.size()), result.packed = true;
  const bool log_last = path.ends_with(".log");
  if (log_last) path.remove_suffix(4);
  const auto last = path.find_last_not_of("0123456789-_");
  if (last == std::string_view::npos || last + 1 == path.size()) return {};
  if (path[last] == '.' && !log_last) {  // x.1
    const auto text = path.substr(last + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.number);
    if (error != std::errc{} || end != text.data() + text.size() || result.number < 0 || result.number > 100'000) return {};
    result.log = path.substr(0, last);
    return result;
  }
  const auto dash = path.find_first_of("-_", last);  // x-20260101
  if (dash == std::string_view::npos) return {};
  result.date = digits_of(path.substr(dash));
  if (result.date.empty()) return {};
  result.log = path.substr(0, dash);
  return result;
}

/// What one log's neighbours prove.
class Rotations::Proof {
 public:
  Proof(const Family& family, int root, const Unpack& unpack, std::int64_t& budget)
      : family_(family), root_(root), unpack_(unpack), budget_(budget) {
    for (const auto& member : family.members) {
      if (!member.name.date.empty()) continue;
      first_ = std::min(first_, member.name.number);
      if (member.before) last_before_ = std::max(last_before_, member.name.number);
      if (member.now) last_now_ = std::max(last_now_, member.name.number);
    }
  }

  void run(std::set<std::size_t>& expected) {
    if (!was_rotated()) return;
    if (family_.finding) expected.insert(*family_.finding);
    for (const auto& member : family_.members)
      if (member.finding && (!member.before || was_kept(member)) && (!member.now || belongs(member))) expected.insert(*member.finding);
  }

 private:
  /// Finds out how many times, too: where the log's own content is now says it, or where its youngest neighbour's is.
  bool was_rotated() {
    if (family_.begun) {
      for (const auto& member : family_.members)
        if (member.now && member.changed() && begins(member, *family_.begun)) {
          if (member.name.date.empty()) times_ = member.name.number - first_ + 1;
          return true;
        }
      return false;
    }
    if (std::ranges::any_of(family_.members, [](const Member& member) { return !member.before && !member.name.date.empty(); })) return true;
    for (const auto& old : family_.members)
      if (old.before && old.before->size > 0 && old.changed())
        for (const auto& other : family_.members)
          if (old.name.date.empty() && other.name.date.empty() && other.name.number > old.name.number && holds(other, old)) {
            times_ = other.name.number - old.name.number;
            return true;
          }
    return false;
  }

  /// What it held is where the rotation put it, or it was the oldest and went.
  bool was_kept(const Member& old) {
    if (any_at(old, old.name.number)) return true;  // compressed since
    if (!old.name.date.empty()) return !old.now && is_oldest(old);
    if (times_ == 0) return false;
    return any_at(old, old.name.number + times_) || (old.name.number + times_ > last_now_ && last_now_ >= last_before_);
  }
  /// What it holds now is what the rotation put there, or is younger than all that was there.
  bool belongs(const Member& member) {
    for (const auto& old : family_.members)
      if (old.before && &old != &member && old.name.date == member.name.date &&
          (old.name.number == member.name.number || old.name.number + times_ == member.name.number) && holds(member, old))
        return true;
    if (!member.name.date.empty()) return !member.before && is_youngest(member);
    return member.name.number < first_ + times_;
  }
  bool any_at(const Member& old, int number) {
    return std::ranges::any_of(family_.members, [&](const Member& other) {
      return &other != &old && other.name.number == number && other.name.date == old.name.date && holds(other, old);
    });
  }
  [[nodiscard]] bool is_oldest(const Member& old) const {
    return std::ranges::none_of(family_.members, [&](const Member& other) {
      return other.now && other.before && !other.name.date.empty() && other.name.date < old.name.date;
    });
  }
  [[nodiscard]] bool is_youngest(const Member& member) const {
    return std::ranges::none_of(family_.members, [&](const Member& other) {
      return other.before && !other.name.date.empty() && other.name.date >= member.name.date;
    });
  }

  /// Holds now what `old` held before.
  bool holds(const Member& member, const Member& old) {
    if (!member.now || !old.before) return false;
    if (member.now->digest == old.before->digest) return member.name.packed == old.name.packed;
    if (!member.name.packed || old.name.packed) return false;
    const auto content = unpacked(member);
    return content && content->size == old.before->size && content->whole == old.before->digest;
  }
  bool begins(const Member& member, const Content& begun) {
    if (member.now->digest == begun.digest) return !member.name.packed;
    if (!member.name.packed)
      return root_ >= 0 && member.now->size >= begun.size && beginning_of(root_, member.path, begun.size) == begun.digest;
    const auto content = unpacked(member);
    return content && content->size >= begun.size && content->beginning == begun.digest;
  }
  std::optional<Unpacked> unpacked(const Member& member) {
    if (const auto found = unpacked_.find(member.path); found != unpacked_.end()) return found->second;
    auto& content = unpacked_[member.path];
    const auto most = std::min(one_unpacked_most, budget_);
    const auto file =
        unpack_ && root_ >= 0 && most > 0 ? open_below(root_, member.path, LastLink::refused) : Result<Descriptor>{Descriptor{}};
    if (!file || !*file) return content;
    const auto result = unpack_(file->get(), family_.begun ? family_.begun->size : 0, most);
    budget_ -= result ? result->size : most;
    if (result) content = *result;
    return content;
  }

  const Family& family_;
  const int root_;
  const Unpack& unpack_;
  std::int64_t& budget_;
  int first_ = 1, last_before_ = 0, last_now_ = 0, times_ = 0;
  std::map<std::string, std::optional<Unpacked>> unpacked_;
};

void Rotations::add(const std::string& path, const std::optional<Entry>& before, const std::optional<Entry>& now,
                    std::optional<std::size_t> finding) {
  if (++members_ > members_kept) return;
  const auto content = [](const std::optional<Entry>& entry) {
    return entry ? std::optional{Content{entry->size, entry->content}} : std::nullopt;
  };
  auto name = rotated(path);
  if (!name.log.empty()) {
    auto& family = families_[name.log];
    family.members.push_back({path, std::move(name), content(before), content(now), finding});
  } else if (before) {
    auto& family = families_[path];
    family.finding = finding;
    if (before->size > 0) family.begun = content(before);
  }
}

std::set<std::size_t> Rotations::expected(const std::string& root, const Unpack& unpack) const {
  const auto opened = root.empty() ? Result<Descriptor>{Descriptor{}} : open_root(root);
  std::set<std::size_t> expected;
  auto budget = unpacked_most;
  for (const auto& family : families_ | std::views::values) Proof{family, opened ? opened->get() : -1, unpack, budget}.run(expected);
  return expected;
}

}  // namespace kulla::inspect
