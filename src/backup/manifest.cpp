#include "backup/manifest.hpp"

#include <fmt/format.h>

#include "base/path_text.hpp"
#include "base/tree_walk.hpp"
#include "model/codec.hpp"

namespace kulla::backup {
namespace {
constexpr std::string_view format = "manifest/1";
constexpr std::int64_t file_limit = std::int64_t{1} << 43;  // 8 TiB: a data set may hold one huge database file
constexpr std::size_t line_limit = 64 * 1024;
constexpr int patience = 3;                                 // how often a file that changes while it is read is read again
constexpr std::size_t shown = 80;

struct Header {
  std::string kulla;
  std::int64_t entries = 0;
};
BOOST_DESCRIBE_STRUCT(Header, (), (kulla, entries))
struct Line {
  std::string path;
  ThingType type = ThingType::other;
  std::optional<std::int64_t> size{};
  std::optional<Digest> sha256{};
  std::optional<std::string> target{};
};
BOOST_DESCRIBE_STRUCT(Line, (), (path, type, size, sha256, target))

Result<Thing> regular(const Met& met) {
  struct stat status = met.status;
  for (int attempt = 1;; ++attempt) {
    Sha256 hash;
    const auto read = read_met({met.path, status, met.descriptor}, file_limit, [&](std::string_view piece) { hash.add(piece); });
    if (read) return Thing{.type = ThingType::regular, .size = status.st_size, .sha256 = hash.finish()};
    if (attempt == patience || ::fstat(met.descriptor, &status) != 0) return std::unexpected(read.error());
  }
}
Result<Thing> thing_of(const Met& met) {
  if (S_ISREG(met.status.st_mode)) return regular(met);
  if (S_ISDIR(met.status.st_mode)) return Thing{.type = ThingType::folder};
  if (!S_ISLNK(met.status.st_mode)) return Thing{};
  KULLA_TRY(const auto target, link_target(met));
  return Thing{.type = ThingType::link, .target = escape_path(target)};
}

template <typename T>
Result<T> read_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return fail(Code::bad_json, "manifest: a line is missing");
  KULLA_TRY(const auto value, parse_json(rest.substr(0, end), line_limit));
  rest.remove_prefix(end + 1);
  return codec::decode<T>(value);
}
}  // namespace

Result<Manifest> take_manifest(const std::filesystem::path& folder) {
  Manifest manifest;
  std::optional<Error> error;
  const auto trouble = [&](const std::string& path, std::string_view why) {
    if (!error) error = Error{Code::io, fmt::format("{}: {}: {}", folder.string(), escape_path(path), why)};
  };
  const auto met = [&](const Met& thing) {
    if (error || thing.path == ".") return;
    if (auto found = thing_of(thing)) manifest.emplace(escape_path(thing.path), std::move(*found));
    else trouble(thing.path, found.error().what);
  };
  KULLA_CHECK(walk(folder, {met, trouble}));
  if (error) return std::unexpected(std::move(*error));
  return manifest;
}

std::string to_text(const Manifest& manifest) {
  std::string text = canonical(codec::encode(Header{std::string(format), std::ssize(manifest)})) + "\n";
  for (const auto& [path, thing] : manifest)
    text += canonical(codec::encode(Line{path, thing.type, thing.size, thing.sha256, thing.target})) + "\n";
  return text;
}

Result<Manifest> parse_manifest(std::string_view text) {
  KULLA_TRY(const auto header, read_line<Header>(text));
  if (header.kulla != format) return fail(Code::bad_json, fmt::format("manifest: not of the form {}", format));
  Manifest manifest;
  for (std::int64_t i = 0; i < header.entries; ++i) {
    KULLA_TRY(auto line, read_line<Line>(text));
    KULLA_CHECK(unescape_path(line.path));
    if (!manifest.empty() && manifest.rbegin()->first >= line.path)
      return fail(Code::bad_json, fmt::format("manifest: entry {} is out of order", i + 1));
    manifest.emplace_hint(manifest.end(), std::move(line.path), Thing{line.type, line.size, line.sha256, std::move(line.target)});
  }
  if (!text.empty()) return fail(Code::bad_json, "manifest: more lines than its header says");
  return manifest;
}

Difference compare(const Manifest& expected, const Manifest& found) {
  Difference difference;
  const auto note = [&](std::int64_t& count, std::string_view word, const std::string& path) {
    if (count++ == 0) difference.first += fmt::format("{}{} {}", difference.first.empty() ? "" : ", ", word, cut_text(path, shown));
  };
  for (const auto& [path, thing] : expected)
    if (const auto other = found.find(path); other == found.end()) note(difference.missing, "missing", path);
    else if (other->second != thing) note(difference.different, "different", path);
  for (const auto& [path, thing] : found)
    if (!expected.contains(path)) note(difference.extra, "extra", path);
  return difference;
}
}  // namespace kulla::backup
