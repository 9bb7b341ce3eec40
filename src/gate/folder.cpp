#include "gate/folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "gate/render.hpp"

namespace kulla::gate {
namespace {
constexpr mode_t file_mode = 0600;
constexpr std::size_t rendered_limit = std::size_t{64} << 20;

struct File {
  std::filesystem::path path;
  std::string content;
};
std::vector<File> rendered_files(const Settings& settings) {
  return {{settings.folder / "closed.html", render_notice(settings, Notice::closed)},
          {settings.folder / "unknown.html", render_notice(settings, Notice::unknown)},
          {settings.route_map(), render_route_map(settings)},
          {settings.folder / "folded.map", render_folded_map(settings)},
          {settings.domestic_map(), render_domestic_map(settings)},
          {settings.config(), render_config(settings)}};
}

Result<> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  if (::chmod(folder.c_str(), 0700) != 0) return fail_errno(folder.string());
  return {};
}
bool is_there(const std::filesystem::path& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

/// Writes a file only where it differs, so that a render that changes nothing needs no free block.
Result<bool> write_where_different(const File& file) {
  const auto present = read_file(file.path, rendered_limit);
  if (present && *present == file.content) return false;
  KULLA_CHECK(write_file_atomic(file.path, file.content, file_mode));
  return true;
}
Result<Done> write_rest(const Settings& settings, Done done) {
  for (const auto& file : rendered_files(settings)) {
    KULLA_TRY(const bool written, write_where_different(file));
    if (written) done.push_back(fmt::format("wrote {}", file.path.string()));
  }
  for (const auto& map : {settings.source_map(), settings.notice_map()})  // filled while the gate runs
    if (!is_there(map)) KULLA_CHECK(write_file_atomic(map, "", file_mode));
  return done;
}

StateMap all_services(const Settings& settings, const GateEntry& entry) {
  StateMap map;
  for (const auto& backend : settings.backends) map.emplace(backend.service.id, entry);
  return map;
}
std::set<ServiceId> unknown_services(const Settings& settings, const StateMap& map) {
  const auto known = all_services(settings, {});
  std::set<ServiceId> unknown;
  for (const auto& [service, entry] : map)
    if (!known.contains(service)) unknown.insert(service);
  return unknown;
}

Result<StateMap> read_any_state_map(const Settings& settings) {
  KULLA_TRY(const auto text, read_file(settings.state_map(), map_file_limit));
  auto map = parse_state_map(text);
  if (!map) return std::unexpected(std::move(map).error().in(settings.state_map().string()));
  return map;
}

/// A map with the states of `map` for the known services, closed for the others; written where it differs.
Result<Done> write_kept(const Settings& settings, const StateMap& map) {
  auto wanted = all_services(settings, {});
  Done done;
  for (auto& [service, entry] : wanted) {
    if (const auto kept = map.find(service); kept != map.end()) entry = kept->second;
    else done.push_back(fmt::format("service {} was not in the state map: added closed", service.str()));
  }
  for (const auto& service : unknown_services(settings, map))
    done.push_back(fmt::format("service {} is no longer known: dropped from the state map", service.str()));
  if (wanted != map) KULLA_CHECK(write_file_atomic(settings.state_map(), format_state_map(wanted), file_mode));
  return done;
}

Result<Done> write_all_closed(const Settings& settings, const Error& why) {
  Done done{fmt::format("the state map was not usable ({}): every service is closed", why.what)};
  auto aside = settings.state_map();
  aside += ".bad";
  if (is_there(settings.state_map())) {
    std::error_code error;
    std::filesystem::remove_all(aside, error);
    std::filesystem::rename(settings.state_map(), aside, error);
    if (error) return fail(Code::io, fmt::format("{}: cannot be moved aside: {}", settings.state_map().string(), error.message()));
    done.push_back(fmt::format("the bad one is kept as {}", aside.string()));
  }
  KULLA_CHECK(write_file_atomic(settings.state_map(), format_state_map(all_services(settings, {})), file_mode));
  return done;
}
}  // namespace

Result<StateMap> read_state_map(const Settings& settings) {
  KULLA_TRY(auto map, read_any_state_map(settings));
  if (const auto unknown = unknown_services(settings, map); !unknown.empty())
    return fail(Code::map_bad, fmt::format("{}: unknown service \"{}\"", settings.state_map().string(), unknown.begin()->str()));
  return map;
}

Result<Done> render(const Settings& settings) {
  KULLA_CHECK(check(settings));
  KULLA_CHECK(make_folder(settings.folder));
  auto map = read_any_state_map(settings);
  KULLA_TRY(auto done, map ? write_kept(settings, *map) : write_all_closed(settings, map.error()));
  return write_rest(settings, std::move(done));
}

Result<Done> render_first(const Settings& settings) {
  KULLA_CHECK(check(settings));
  KULLA_CHECK(make_folder(settings.folder));
  if (is_there(settings.state_map()))
    return fail(Code::refused, fmt::format("{} exists: only a gate that has never run starts open", settings.state_map().string()));
  const auto open = all_services(settings, {GateMode::open, {}, 0});
  KULLA_CHECK(write_file_atomic(settings.state_map(), format_state_map(open), file_mode));
  return write_rest(settings, {fmt::format("wrote {}: {} services open", settings.state_map().string(), open.size())});
}

Result<Done> repair(const Settings& settings) {
  KULLA_CHECK(check(settings));
  KULLA_CHECK(make_folder(settings.folder));
  auto map = read_state_map(settings);
  KULLA_TRY(auto done, map ? write_kept(settings, *map) : write_all_closed(settings, map.error()));
  return write_rest(settings, std::move(done));
}

std::vector<std::string> differences(const Settings& settings) {
  std::vector<std::string> found;
  for (const auto& file : rendered_files(settings)) {
    const auto present = read_file(file.path, rendered_limit);
    if (!present) found.push_back(present.error().what);
    else if (*present != file.content) found.push_back(fmt::format("{}: not as rendered", file.path.string()));
  }
  const auto map = read_state_map(settings);
  if (!map) found.push_back(map.error().what);
  for (const auto& backend : settings.backends)
    if (map && !map->contains(backend.service.id))
      found.push_back(fmt::format("{}: service {} is missing", settings.state_map().string(), backend.service.id.str()));
  return found;
}
}  // namespace kulla::gate
