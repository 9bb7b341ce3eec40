// Opens what lies below a root that an intruder may own. Links are followed as the machine itself would follow them, with the root in the
// place of "/", and so never lead out of it (openat2, RESOLVE_IN_ROOT: Linux 5.6; where there is none, everything is refused). Only regular
// files and folders are opened, and none of a pseudo file system mounted below the root (/proc, /sys): to read there has effects.
// Errors say why, not which path; Code::not_found: nothing has this name.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla::inspect {

enum class LastLink { followed, refused };  ///< a link as a path's last part

/// The root itself may be reached through links. Where it is /proc itself, what is mounted over anything in it is refused.
[[nodiscard]] Result<Descriptor> open_root(const std::filesystem::path& root);
/// Whether something of any kind has this name.
[[nodiscard]] bool exists_below(int root, const std::string& path);
/// A regular file, for reading.
[[nodiscard]] Result<Descriptor> open_below(int root, const std::string& path, LastLink link = LastLink::followed);
/// At most `limit` bytes; a larger file is Code::too_large.
[[nodiscard]] Result<std::string> read_below(int root, const std::string& path, std::size_t limit);
[[nodiscard]] Result<Descriptor> open_folder_below(int root, const std::string& path);
/// Sorted, without "." and ".."; more than `limit` are Code::too_large.
[[nodiscard]] Result<std::vector<std::string>> names_below(int root, const std::string& path, std::size_t limit = 65'536);
/// Where a link points, as bytes; nothing where it is no link.
[[nodiscard]] std::optional<std::string> link_below(int root, const std::string& path);

}  // namespace kulla::inspect
