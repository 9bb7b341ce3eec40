// What is known of one thing below a root, and the order in which things come.
#pragma once
#include <boost/describe.hpp>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace kulla::inspect {

BOOST_DEFINE_ENUM_CLASS(FileType, regular, folder, link, socket, pipe, block, character)
struct Entry {
  FileType type = FileType::regular;
  std::int64_t uid = 0, gid = 0, mode = 0, size = 0;
  std::int64_t links = 0;                           ///< of a regular file: the names it has, here or elsewhere
  std::int64_t modified = 0, changed = 0, inode = 0;  ///< of a regular file: its times in microseconds since 1970, and its number
  Digest content{};                                 ///< of a regular file
  std::string target{};                             ///< of a link
  /// Extended attributes with their values; ACLs, capabilities and labels among them. And `flags` (chattr), `device` (MAJOR:MINOR),
  /// `mount` (something is mounted over it: "looked into", or "not looked into" where that is of another kind than files on a disk).
  std::map<std::string, std::string> attributes{};
  std::string package{};  ///< of a machine's baseline: whose list had it then; it explains what an upgrade removed
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// Paths are relative to the root, bytes as the file system has them; the root itself is ".". Mode: the lowest twelve bits. Size: of a
/// regular file, else 0.
struct Recorded {
  std::string path;
  Entry entry;
  friend bool operator==(const Recorded&, const Recorded&) = default;
};
/// One thing after the other, in the order of a tree; nothing after the last.
using Source = std::function<Result<std::optional<Recorded>>()>;

[[nodiscard]] inline bool is_left_out(const Entry& entry) {
  const auto mount = entry.attributes.find("mount");
  return mount != entry.attributes.end() && mount->second.starts_with("not");
}

/// The order of a tree: the root, and a folder, before what is in it; names by their bytes.
[[nodiscard]] std::strong_ordering compare_paths(std::string_view a, std::string_view b);
/// It is `folder`, or lies below it; "." is the root.
[[nodiscard]] bool lies_at(std::string_view path, std::string_view folder);
[[nodiscard]] inline std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

BOOST_DEFINE_ENUM_CLASS(Kind, added, removed, content, type, owner, mode, size, target, links, times, attribute, acl, capability, label,
                        malware, fact, unreadable)
BOOST_DEFINE_ENUM_CLASS(Severity, low, medium, high, critical)
struct Finding {
  std::string path;   ///< escaped (base/path_text.hpp): safe to print, and to put into JSON; of a fact: machine://NAME
  Kind kind = Kind::content;
  Severity severity = Severity::medium;
  std::string before, after, why;
  std::string package{};  ///< of the package manager: a regular upgrade of this package explains it, as its own lists say
  friend bool operator==(const Finding&, const Finding&) = default;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (path, kind, severity, before, after, why, package))

}  // namespace kulla::inspect
