#include "outage/store_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "outage/store_row.hpp"

namespace kulla::outage::store {
namespace fs = std::filesystem;
namespace {
constexpr std::string_view name_file = ".vantage";  // no vantage's folder begins so
constexpr std::size_t name_most = 4096;
constexpr std::string_view day_ending = ".observations", present_ending = ".present";
// 131,072 records of at most 8 KiB; a present that is larger was not written by us.
constexpr std::size_t present_most = std::size_t{1} << 30;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}
}  // namespace

std::string folder_name(const VantageId& vantage) {
  std::string name;
  for (const char c : vantage.str()) {
    if (plain(c) && (c != '.' || !name.empty())) name.push_back(c);
    else name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return name;
}

std::optional<VantageId> vantage_of(const std::string& folder) {
  std::string name;
  for (std::size_t i = 0; i < folder.size(); ++i) {
    if (folder[i] != '%') {
      name.push_back(folder[i]);
      continue;
    }
    unsigned value = 0;
    const auto* from = folder.data() + i + 1;
    if (folder.size() - i < 3 || std::from_chars(from, from + 2, value, 16).ptr != from + 2) return std::nullopt;
    name.push_back(static_cast<char>(value));
    i += 2;
  }
  VantageId vantage{std::move(name)};
  return !folder.empty() && folder_name(vantage) == folder ? std::optional{std::move(vantage)} : std::nullopt;
}

fs::path day_file(const fs::path& vantage_folder, Timestamp sent) {
  return vantage_folder / fmt::format("{}{}", to_rfc3339(sent).substr(0, 10), day_ending);
}
std::optional<std::chrono::sys_days> day_of(const fs::path& file) {
  const auto name = file.filename().string();
  if (!name.ends_with(day_ending)) return std::nullopt;
  const auto time = parse_rfc3339(name.substr(0, name.size() - day_ending.size()) + "T00:00:00Z");
  return time ? std::optional{std::chrono::floor<std::chrono::days>(*time)} : std::nullopt;
}
fs::path present_file(const fs::path& vantage_folder, std::uint64_t number) {
  return vantage_folder / fmt::format("{:020}{}", number, present_ending);
}

std::optional<VantageId> remembered_name(const fs::path& folder) {
  const auto text = read_file(folder / name_file, name_most);
  auto name = text ? text->substr(0, text->find('\n')) : std::string{};
  return name.empty() ? std::nullopt : std::optional{VantageId{std::move(name)}};
}
Result<> remember_name(const fs::path& folder, const VantageId& name) {
  std::error_code error;
  if (fs::exists(folder / name_file, error)) return {};
  return write_file_atomic(folder / name_file, name.str() + "\n");
}

Result<Listing> list_folder(const fs::path& vantage_folder) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator each{vantage_folder, error}, end; !error && each != end; each.increment(error)) {
    const auto name = each->path().filename().string();
    if (name.ends_with(day_ending)) listing.days.push_back(each->path());
    if (name.ends_with(present_ending)) listing.present.push_back(each->path());
  }
  if (error) return fail(Code::io, fmt::format("{}: {}", vantage_folder.string(), error.message()));
  std::ranges::sort(listing.days);
  std::ranges::sort(listing.present);
  return listing;
}

std::uint64_t Chain::newest() const {
  std::uint64_t newest = 0;
  for (const auto& block : blocks)
    if (block.header.kind == BlockKind::observations) newest = std::max(newest, block.header.last);
  return newest;
}

Result<Chain> read_chain(const std::vector<fs::path>& days) {
  Chain chain;
  for (const auto& day : days) {
    auto scanned = scan_blocks(
        day, [&](const BlockPlace& place) { chain.blocks.push_back(place); },
        [&](const Rubble& rubble) { chain.rubble.push_back({day, rubble}); });
    std::error_code error;
    if (!scanned && fs::exists(day, error)) return std::unexpected(std::move(scanned).error());  // else it was just retired
  }
  std::ranges::stable_sort(chain.blocks, {}, [](const BlockPlace& place) { return place.header.number; });
  return chain;
}

Result<Descriptor> lock_folder(const fs::path& vantage_folder) {
  const auto path = vantage_folder / "lock";
  Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return fail_errno(path.string());
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno == EWOULDBLOCK) return fail(Code::store_busy, fmt::format("{} is locked", path.string()));
  return fail_errno(path.string());
}
bool is_written(const fs::path& vantage_folder) {
  const Descriptor file{::open((vantage_folder / "lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0;
}

Result<Present> read_present(const fs::path& file, const VantageId& vantage, std::uint64_t newest) {
  KULLA_TRY(const auto bytes, read_file(file, present_most));
  Present present;
  present.size = bytes.size();
  for (ByteReader read{bytes}; read.left() > 0;) {
    auto observation = read_record(read, vantage);
    if (!observation) break;
    present.good = bytes.size() - read.left();
    if (observation->number <= newest) continue;
    newest = observation->number;
    present.observations.push_back(std::move(*observation));
  }
  return present;
}
}  // namespace kulla::outage::store
