// What a data set holds, as a list that travels with its backup: docs/baseline-format.md has the escaping of paths.
// Lines of canonical JSON: {"entries":N,"kulla":"manifest/1"}, then one a thing, sorted by the bytes of its escaped path:
// {"path","type"} and, for a regular file, "size" and "sha256", for a link, "target". The folder itself is not listed.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace kulla::backup {

BOOST_DEFINE_ENUM_CLASS(ThingType, regular, folder, link, other)
struct Thing {
  ThingType type = ThingType::other;
  std::optional<std::int64_t> size{};
  std::optional<Digest> sha256{};
  std::optional<std::string> target{};  ///< escaped
  friend bool operator==(const Thing&, const Thing&) = default;
};
/// By path relative to the folder, escaped.
using Manifest = std::map<std::string, Thing>;

/// Reads everything below `folder`, files with all cores; one that cannot be read, or does not hold still, is an error that names it.
[[nodiscard]] Result<Manifest> take_manifest(const std::filesystem::path& folder, const std::stop_token& stop = {});
[[nodiscard]] std::string to_text(const Manifest& manifest);
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

struct Totals {
  std::int64_t files = 0, bytes = 0;  ///< of regular files
};
[[nodiscard]] Totals totals(const Manifest& manifest);

struct Difference {
  std::int64_t missing = 0, extra = 0, different = 0;
  std::string first;  ///< the first of each kind by name, in one line; empty where nothing differs
};
[[nodiscard]] Difference compare(const Manifest& expected, const Manifest& found);

}  // namespace kulla::backup
