// VANTAGE/retired.json: {"retired":{"blocks":N,"observations":N},"signature":HEX}
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/canonical_json.hpp"
#include "model/codec.hpp"
#include "outage/store_folder.hpp"

namespace kulla::outage::store {
namespace fs = std::filesystem;
BOOST_DESCRIBE_STRUCT(Retired, (), (blocks, observations))
namespace {
constexpr std::size_t file_most = 4096;
struct File {
  Retired retired;
  Signature signature;
};
BOOST_DESCRIBE_STRUCT(File, (), (retired, signature))

fs::path path_in(const fs::path& vantage_folder) { return vantage_folder / "retired.json"; }
std::string signed_text(const Retired& retired, const VantageId& vantage) {
  return fmt::format("kulla retired 1\n{}\n{} {}", vantage.str(), retired.blocks, retired.observations);
}

/// Which of the days may go: those before `before` whose blocks are all older than every block that stays.
std::vector<fs::path> going(const std::vector<fs::path>& days, const Chain& chain, Timestamp before) {
  std::vector<fs::path> gone;
  for (const auto& day : days)
    if (const auto of = day_of(day); of && Timestamp{*of} < before) gone.push_back(day);
  const auto goes = [&](const fs::path& file) { return std::ranges::find(gone, file) != gone.end(); };
  auto lowest = std::numeric_limits<std::uint64_t>::max();
  // From the newest block down: a day with a block above one that stays, stays too.
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& place : chain.blocks)
      if (!goes(place.file)) lowest = std::min(lowest, place.header.number);
    for (const auto& place : chain.blocks)
      if (goes(place.file) && place.header.number > lowest) std::erase(gone, place.file), changed = true;
  }
  return lowest == std::numeric_limits<std::uint64_t>::max() ? std::vector<fs::path>{} : gone;
}
}  // namespace

Retired read_retired(const fs::path& vantage_folder, const VantageId& vantage, const PublicKey& key) {
  const auto text = read_file(path_in(vantage_folder), file_most);
  const auto value = text ? parse_json(*text, file_most) : Result<json::value>{json::object{}};
  const auto file = value ? codec::decode<File>(*value) : Result<File>{std::unexpected(value.error())};
  return file && verify(key, signed_text(file->retired, vantage), file->signature) ? file->retired : Retired{};
}

Result<> retire_days(const fs::path& vantage_folder, const VantageId& vantage, const SecretKey& key, Timestamp before) {
  KULLA_TRY(const auto listing, list_folder(vantage_folder));
  KULLA_TRY(const auto chain, read_chain(listing.days));
  const auto gone = going(listing.days, chain, before);
  if (gone.empty()) return {};
  const auto first =
      std::ranges::find_if(chain.blocks, [&](const BlockPlace& place) { return std::ranges::find(gone, place.file) == gone.end(); });
  const Retired retired{first->header.number - 1, first->header.total};
  // Signed before they go: what is missing is always accounted for.
  const File file{retired, key.sign(signed_text(retired, vantage))};
  KULLA_CHECK(write_file_atomic(path_in(vantage_folder), canonical(codec::encode(file)) + "\n"));
  std::error_code error;
  for (const auto& day : gone) fs::remove(day, error);
  return sync_folder(vantage_folder);
}
}  // namespace kulla::outage::store
