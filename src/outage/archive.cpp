// "KOD1", then packed: the minutes (history_bytes); packed: the outages, a line of canonical JSON each; then 64 bytes of signature.
#include "outage/archive.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "model/codec.hpp"
#include "outage/analysis.hpp"
#include "outage/bgp_evidence.hpp"
#include "outage/store.hpp"
#include "outage/store_zstd.hpp"

namespace kulla::outage {
namespace fs = std::filesystem;
using std::chrono::days;
BOOST_DESCRIBE_STRUCT(Interval, (), (earliest, latest))
BOOST_DESCRIBE_STRUCT(Outage, (),
                      (target, onset, joint_onset, end, cause, confidence, evidence, agreeing, dissenting, agreement, agreement_why))
namespace {
constexpr std::string_view magic = "KOD1", ending = ".history";
constexpr std::size_t signature_size = 64;
constexpr std::size_t minutes_most = std::size_t{256} << 20, outages_most = std::size_t{64} << 20, line_most = std::size_t{64} << 10;
constexpr std::size_t file_most = minutes_most + outages_most;
constexpr std::chrono::seconds minute{60};
constexpr auto read_before = std::chrono::hours{24};  // as `kulla outage` does: an outage that began then has its own beginning
constexpr days longest_after{32};

std::string signed_text(std::string_view bytes) { return fmt::format("kulla history 1\n{}", to_hex(sha256(bytes))); }
std::unexpected<Error> damaged(std::string_view what) { return fail(Code::store_damaged, fmt::format("history: {}", what)); }

fs::path file_of(const fs::path& folder, Day day) {
  return folder / ".history" / fmt::format("{}{}", to_rfc3339(Timestamp{day}).substr(0, 10), ending);
}

std::vector<PublicKey> keys_in(const fs::path& folder) {
  std::vector<PublicKey> keys;
  std::error_code error;
  for (fs::directory_iterator each{folder, error}, end; !error && each != end; each.increment(error))
    if (const auto key = read_public_key(each->path() / "key.pub")) keys.push_back(*key);
  return keys;
}

Result<std::vector<Outage>> outages_in(std::string_view lines) {
  std::vector<Outage> outages;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto value = parse_json(lines.substr(0, end), line_most);
    auto outage = value ? codec::decode<Outage>(*value) : Result<Outage>{std::unexpected(value.error())};
    if (!outage) return damaged("an outage cannot be read");
    outages.push_back(std::move(*outage));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return outages;
}

bool began_within(const Outage& outage, Timestamp from, Timestamp to) { return outage.onset.latest >= from && outage.onset.latest < to; }

/// With what was observed up to `until`; `newest`: up to when there is anything.
Result<ArchivedDay> conclude(const fs::path& folder, Day day, Timestamp until, Timestamp& newest) {
  const Timestamp from{day}, to{day + days{1}};
  KULLA_TRY(auto reader, StoreReader::open({.folder = folder, .from = from - read_before, .to = until}));
  KULLA_TRY(auto routes, read_routes({.folder = folder, .from = from - read_before, .to = until}, {}, [](const std::string&) {}));
  newest = reader.span().value_or(std::pair{from, from}).second;
  Analysis analysis{reader.targets(), {.vantages = reader.vantages(), .routes = std::move(routes)}};
  History history{reader.targets(), from, to, minute};
  while (const auto observation = reader.next()) {
    analysis.take(*observation);
    history.take(*observation);
  }
  analysis.finish();
  const auto all = analysis.outages();
  ArchivedDay archived{history.tracks(all), {}};
  std::ranges::copy_if(all, std::back_inserter(archived.outages), [&](const Outage& each) { return began_within(each, from, to); });
  return archived;
}
}  // namespace

std::string archive_bytes(const ArchivedDay& day, const SecretKey& key) {
  std::string lines;
  for (const auto& outage : day.outages) (lines += canonical(codec::encode(outage))) += '\n';
  std::string bytes{magic};
  store::put_packed(bytes, history_bytes(day.minutes));
  store::put_packed(bytes, lines);
  const auto signature = key.sign(signed_text(bytes));
  bytes.append(signature.bytes.begin(), signature.bytes.end());
  return bytes;
}

Result<ArchivedDay> read_archive_bytes(std::string_view bytes, std::span<const PublicKey> trusted) {
  if (!bytes.starts_with(magic) || bytes.size() < magic.size() + signature_size) return damaged("not a day's file");
  const auto content = bytes.substr(0, bytes.size() - signature_size);
  Signature signature;
  std::ranges::copy(bytes.substr(content.size()), signature.bytes.begin());
  const auto text = signed_text(content);
  if (std::ranges::none_of(trusted, [&](const PublicKey& key) { return verify(key, text, signature); }))
    return fail(Code::bad_signature, "history: signed by none of the vantages in the folder, or was altered");
  store::ByteReader read{content.substr(magic.size())};
  const auto minutes = store::read_packed(read, minutes_most);
  const auto lines = minutes ? store::read_packed(read, outages_most) : std::nullopt;
  if (!lines || !read.finished()) return damaged("cannot be unpacked");
  KULLA_TRY(auto tracks, read_history(*minutes));
  KULLA_TRY(auto outages, outages_in(*lines));
  return ArchivedDay{std::move(tracks), std::move(outages)};
}

Result<ArchivedDay> conclude_day(const fs::path& folder, Day day) {
  for (days after{1};; after *= 2) {
    Timestamp newest;
    const Timestamp until{day + days{1} + after};
    KULLA_TRY(auto archived, conclude(folder, day, until, newest));
    const bool lasts = std::ranges::any_of(archived.outages, [](const Outage& each) { return !each.end; });
    if (!lasts || after >= longest_after || newest < until) return archived;
  }
}

bool is_archived(const fs::path& folder, Day day) {
  std::error_code error;
  return fs::exists(file_of(folder, day), error);
}

Result<> write_archive(const fs::path& folder, Day day, const ArchivedDay& archived, const SecretKey& key) {
  const auto file = file_of(folder, day);
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return fail(Code::io, fmt::format("{}: {}", file.parent_path().string(), error.message()));
  return write_file_atomic(file, archive_bytes(archived, key));
}

Result<ArchivedDay> read_archive(const fs::path& folder, Day day) {
  const auto file = file_of(folder, day);
  KULLA_TRY(const auto bytes, read_file(file, file_most));
  auto read = read_archive_bytes(bytes, keys_in(folder));
  if (!read) return std::unexpected(std::move(read).error().in(file.string()));
  return read;
}

std::vector<Day> archived_days(const fs::path& folder) {
  std::vector<Day> found;
  std::error_code error;
  for (fs::directory_iterator each{folder / ".history", error}, end; !error && each != end; each.increment(error)) {
    const auto name = each->path().filename().string();
    const auto time =
        name.ends_with(ending) ? parse_rfc3339(name.substr(0, name.size() - ending.size()) + "T00:00:00Z") : fail(Code::io, "");
    if (time) found.push_back(std::chrono::floor<days>(*time));
  }
  std::ranges::sort(found);
  return found;
}
}  // namespace kulla::outage
