// Walks what is below a folder without trusting any of it: no link is followed, no device, pipe or socket is opened, each thing is
// opened relative to its folder, and what is read is what was looked at. Depth, number and size are bounded.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla {

/// Something below the root. Valid during the call that hands it over.
struct Met {
  const std::string& path;    ///< relative to the root, as bytes; the root itself is "."
  const struct ::stat& status;
  int descriptor;             ///< O_PATH: names this very thing, whatever happens to its name
};

struct WalkLimits {
  std::size_t depth = 128;             ///< folders below each other; each holds two descriptors open
  std::int64_t things = 10'000'000;
};
struct Walker {
  std::function<void(const Met&)> met;                                           ///< folders before what is in them
  std::function<void(const std::string& path, std::string_view why)> unreadable; ///< vanished, refused, over a limit
  std::function<bool(const Met&)> enter{};                                       ///< whether to look into a folder; into all where empty
};
/// The root may be reached through links; below it none is followed. An error only where the root is no readable folder.
[[nodiscard]] Result<> walk(const std::filesystem::path& root, const Walker& walker, const WalkLimits& limits = {});

/// Names `name` in `folder` without following a link, without opening it.
[[nodiscard]] Descriptor name_below(int folder, const char* name);
/// Opens for reading what an O_PATH descriptor names: a regular file or a folder, nothing else.
[[nodiscard]] Descriptor open_named(int descriptor, mode_t mode);

/// Hands a regular file to `sink` in pieces. Refused beyond `size_limit`, and where the file changed while it was read.
[[nodiscard]] Result<> read_met(const Met& met, std::int64_t size_limit, const std::function<void(std::string_view)>& sink);
/// Extended attributes by name, as bytes; none where the file system has none.
[[nodiscard]] Result<std::map<std::string, std::string>> extended_attributes(const Met& met);
/// Where a link points, as bytes.
[[nodiscard]] Result<std::string> link_target(const Met& met);

}  // namespace kulla
