// targets.json: {"kulla":"targets/1","versions":[{"from":TIME,"targets":[…]}]}
#include <fmt/format.h>

#include "base/canonical_json.hpp"
#include "model/codec.hpp"
#include "outage/store_folder.hpp"

namespace kulla::outage::store {
namespace {
constexpr std::size_t versions_most = 1000, file_most = std::size_t{256} << 20;

/// A target as it is written.
struct Written {
  ServiceId name;
  std::string url, address, group, network, institution, fingerprint;
  std::int64_t every_ms = 0;
  std::vector<int> good_status;
  std::optional<ServiceId> service{};  ///< none: the name; older stores have none
};
BOOST_DESCRIBE_STRUCT(Written, (), (name, url, address, group, network, institution, fingerprint, every_ms, good_status, service))
struct Version {
  Timestamp from;
  std::vector<Written> targets;
};
BOOST_DESCRIBE_STRUCT(Version, (), (from, targets))
struct File {
  std::string kulla = "targets/1";
  std::vector<Version> versions;
};
BOOST_DESCRIBE_STRUCT(File, (), (kulla, versions))

Written written(const Target& target) {
  return {target.name,        target.url,
          target.address,     target.group,
          target.network,     target.institution,
          target.fingerprint, target.every.count(),
          target.good_status, target.service.empty() ? std::nullopt : std::optional{target.service}};
}
Target target_of(const Written& written) {
  return {.name = written.name,
          .address = written.address,
          .url = written.url,
          .every = std::chrono::milliseconds{written.every_ms},
          .group = written.group,
          .network = written.network,
          .institution = written.institution,
          .fingerprint = written.fingerprint,
          .good_status = written.good_status,
          .service = written.service.value_or(ServiceId{})};
}
std::filesystem::path path_in(const std::filesystem::path& folder) { return folder / "targets.json"; }

Result<File> read_whole(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(path_in(folder), error)) return File{};
  KULLA_TRY(const auto text, read_file(path_in(folder), file_most));
  const auto read = [&]() -> Result<File> {
    KULLA_TRY(const auto value, parse_json(text, file_most));
    return codec::decode<File>(value);
  }();
  if (!read) return std::unexpected(Error{read.error()}.in(path_in(folder).string()));
  if (read->kulla != File{}.kulla) return fail(Code::bad_json, fmt::format("{}: not targets/1", path_in(folder).string()));
  return read;
}

/// The same, but one that is damaged is put aside; one that the system does not let us read may be good.
Result<File> read_or_put_aside(const std::filesystem::path& folder, const std::function<void(const std::string&)>& say) {
  auto file = read_whole(folder);
  if (file || file.error().code == Code::io) return file;
  auto aside = path_in(folder);
  aside += ".bad";
  std::error_code error;
  std::filesystem::rename(path_in(folder), aside, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", aside.string(), error.message()));
  say(fmt::format("{}; it is kept as {}, and a new one begins", file.error().what, aside.string()));
  return File{};
}
}  // namespace

Result<std::vector<TargetsVersion>> read_targets(const std::filesystem::path& vantage_folder) {
  KULLA_TRY(const auto file, read_whole(vantage_folder));
  std::vector<TargetsVersion> versions;
  for (const auto& version : file.versions) {
    auto& read = versions.emplace_back(TargetsVersion{version.from, {}});
    for (const auto& each : version.targets) read.targets.push_back(target_of(each));
  }
  return versions;
}

Result<> add_targets(const std::filesystem::path& vantage_folder, const std::vector<Target>& targets, Timestamp from,
                     const std::function<void(const std::string&)>& say) {
  KULLA_TRY(auto file, read_or_put_aside(vantage_folder, say));
  Version version{from, {}};
  for (const auto& target : targets) version.targets.push_back(written(target));
  if (!file.versions.empty() && codec::encode(file.versions.back().targets) == codec::encode(version.targets)) return {};
  if (file.versions.size() >= versions_most) file.versions.erase(file.versions.begin());
  file.versions.push_back(std::move(version));
  return write_file_atomic(path_in(vantage_folder), canonical(codec::encode(file)) + "\n");
}
}  // namespace kulla::outage::store
