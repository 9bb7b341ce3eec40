#include "backup/manifest.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <ranges>
#include <semaphore>
#include <thread>

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

/// One thread walks, others read the files that it meets.
class Taking {
 public:
  Taking(const std::filesystem::path& folder, const std::stop_token& stop) : folder_(folder), stop_(stop) {}

  Result<Manifest> take() {
    const auto walked = walk(
        folder_, {[this](const Met& thing) { met(thing); }, [this](const std::string& path, std::string_view why) { trouble(path, why); },
                  [this](const Met&) { return going(); }});
    readers_.join();
    KULLA_CHECK(walked);
    if (stop_.stop_requested()) return fail(Code::interrupted, fmt::format("reading {}", folder_.string()));
    if (error_) return std::unexpected(std::move(*error_));
    return std::move(manifest_);
  }

 private:
  static constexpr std::ptrdiff_t waiting = 128;  // files to be read, each with a descriptor

  void met(const Met& thing) {
    if (thing.path == "." || !going()) return;
    if (!S_ISREG(thing.status.st_mode)) return keep(thing.path, thing_of(thing));
    Descriptor named{::fcntl(thing.descriptor, F_DUPFD_CLOEXEC, 0)};
    if (!named) return trouble(thing.path, "no descriptor is free");
    room_.acquire();
    boost::asio::post(readers_, [this, path = thing.path, status = thing.status, named = std::move(named)] {
      if (going()) keep(path, regular({path, status, named.get()}));
      room_.release();
    });
  }
  bool going() {
    const std::scoped_lock lock{mutex_};
    return !error_ && !stop_.stop_requested();
  }
  void keep(const std::string& path, Result<Thing> thing) {
    if (!thing) return trouble(path, thing.error().what);
    const std::scoped_lock lock{mutex_};
    manifest_.emplace(escape_path(path), std::move(*thing));
  }
  void trouble(const std::string& path, std::string_view why) {
    const std::scoped_lock lock{mutex_};
    if (!error_) error_ = Error{Code::io, fmt::format("{}: {}: {}", folder_.string(), escape_path(path), why)};
  }

  const std::filesystem::path& folder_;
  const std::stop_token& stop_;
  std::mutex mutex_;  // of the next two
  Manifest manifest_;
  std::optional<Error> error_;
  std::counting_semaphore<waiting> room_{waiting};
  boost::asio::thread_pool readers_{std::clamp(std::thread::hardware_concurrency(), 1U, 8U)};  // last: it uses all the others
};

template <typename T>
Result<T> read_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return fail(Code::bad_json, "manifest: a line is missing");
  KULLA_TRY(const auto value, parse_json(rest.substr(0, end), line_limit));
  rest.remove_prefix(end + 1);
  return codec::decode<T>(value);
}
}  // namespace

Result<Manifest> take_manifest(const std::filesystem::path& folder, const std::stop_token& stop) { return Taking{folder, stop}.take(); }

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

Totals totals(const Manifest& manifest) {
  Totals all;
  for (const auto& thing : manifest | std::views::values)
    if (thing.type == ThingType::regular) ++all.files, all.bytes += thing.size.value_or(0);
  return all;
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
