#include "outage/store_maker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "outage/store_batch.hpp"

namespace kulla::outage::store {
namespace fs = std::filesystem;
namespace {
// All words are written again now and then, so that a damaged one loses little: 1 part in 48 of a day's bytes.
constexpr std::uint64_t bytes_a_repeated_byte = 48;

Result<SecretKey> key_for(const fs::path& folder, const std::optional<SecretKey>& chosen) {
  const auto public_file = folder / "key.pub", secret_file = folder / "key";
  if (!chosen) {
    if (fs::exists(secret_file)) return read_secret_key(secret_file);
    if (fs::exists(public_file))
      return fail(Code::bad_key, fmt::format("{}: signed by a key that is not in the folder: name it", folder.string()));
    auto key = SecretKey::generate();
    KULLA_CHECK(write_key_files(secret_file, key));
    return key;
  }
  if (!fs::exists(public_file)) {
    KULLA_CHECK(write_public_key(public_file, chosen->public_key()));
    return *chosen;
  }
  KULLA_TRY(const auto known, read_public_key(public_file));
  if (known != chosen->public_key())
    return fail(Code::bad_key,
                fmt::format("{}: signed by {} so far, not by {}", folder.string(), fingerprint(known), fingerprint(chosen->public_key())));
  return *chosen;
}

/// Appends all or nothing.
Result<> append_durably(const fs::path& path, std::string_view bytes) {
  const bool fresh = !fs::exists(path);
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640)};
  struct stat about{};
  if (!file || ::fstat(file.get(), &about) != 0) return fail_errno(path.string());
  auto written = write_all(file.get(), bytes, path.string());
  if (written && ::fdatasync(file.get()) != 0) written = fail_errno(path.string());
  if (!written) {
    if (::ftruncate(file.get(), about.st_size) != 0) return fail_errno(path.string());
    return written;
  }
  return fresh ? sync_folder(path.parent_path()) : Result<>{};
}
}  // namespace

std::vector<bool> Exactness::of(std::span<const Observation> observations) {
  std::vector<bool> exact(observations.size());
  for (auto& [target, last] : last_) last.index.reset();
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const auto& now = observations[i];
    const auto [place, fresh] = last_.try_emplace(now.target);
    auto& last = place->second;
    const bool fails = now.failed != Layer::none || now.notice != NoticeSeen::none;
    const bool changed = fresh || now.failed != last.failed || now.notice != last.notice || now.status != last.status;
    last.failures = fails ? last.failures + 1 : 0;
    exact[i] = changed || (fails && last.failures <= first_failures);
    if (changed && last.index) exact[*last.index] = true;
    last.failed = now.failed, last.notice = now.notice, last.status = now.status, last.index = i;
  }
  return exact;
}

Result<std::unique_ptr<Maker>> Maker::open(const fs::path& vantage_folder, const StoreOptions& options) {
  KULLA_TRY(auto key, key_for(vantage_folder, options.key));
  std::unique_ptr<Maker> maker{new Maker{vantage_folder, options.vantage, std::move(key)}};
  KULLA_CHECK(maker->find_end(options));
  return maker;
}

Result<> Maker::find_end(const StoreOptions& options) {
  KULLA_TRY(const auto listing, list_folder(folder_));
  KULLA_TRY(const auto chain, read_chain(listing.days));
  newest_ = chain.newest();
  for (const auto& [file, rubble] : chain.rubble) KULLA_CHECK(clear_torn(file, rubble, options));
  if (chain.blocks.empty()) return {};
  const auto& last = chain.blocks.back();
  KULLA_TRY(const auto block, read_block(last, vantage_, key_.public_key()));
  next_number_ = last.header.number + 1;
  total_ = last.header.total + (last.header.kind == BlockKind::observations ? last.header.count : 0);
  before_ = block.hash;
  return {};
}

/// A block whose writing was cut off is taken away where all that it held is still present; else it stays, and is said.
Result<> Maker::clear_torn(const fs::path& file, const Rubble& rubble, const StoreOptions& options) const {
  KULLA_TRY(const auto listing, list_folder(folder_));
  bool present = false;
  for (const auto& each : listing.present) {
    KULLA_TRY(const auto found, read_present(each, vantage_, newest_));
    present |= !found.observations.empty();
  }
  std::error_code error;
  const bool at_end = rubble.offset + rubble.bytes == fs::file_size(file, error) && !error;
  if (present && at_end && rubble.cut) {
    if (::truncate(file.c_str(), static_cast<off_t>(rubble.offset)) != 0) return fail_errno(file.string());
    return {};
  }
  if (options.say) options.say(fmt::format("{}: byte {}: {} bytes are damaged", file.string(), rubble.offset, rubble.bytes));
  return {};
}

/// The words of a day: those that its file has, or none yet.
Result<> Maker::turn_to(const fs::path& file) {
  if (file == file_) return {};
  words_ = {}, words_written_ = 0, bytes_since_words_ = 0;
  file_ = file;
  if (!fs::exists(file)) return {};
  std::vector<BlockPlace> places;
  KULLA_CHECK(scan_blocks(file, [&](const BlockPlace& place) { places.push_back(place); }, [](const Rubble&) {}));
  for (const auto& place : places) {
    if (place.header.kind != BlockKind::words) continue;
    KULLA_TRY(const auto block, read_block(place, vantage_, key_.public_key()));
    if (!block.trusted || !words_.read(block.payload)) words_.reach(place.header.last);
  }
  words_written_ = words_.size();
  return {};
}

std::string Maker::add_block(BlockHeader header, std::string_view payload) {
  header.number = next_number_++;
  header.total = total_;
  header.before = before_;
  auto bytes = make_block(header, payload, vantage_, key_);
  before_ = block_hash(std::string_view{bytes}.substr(0, bytes.size() - signature_size));
  return bytes;
}

Result<> Maker::make(std::span<const Observation> observations) {
  const auto [earliest, latest] = std::ranges::minmax(observations, {}, &Observation::sent);
  KULLA_CHECK(turn_to(day_file(folder_, observations.front().sent)));
  const auto exactness = exactness_;
  const auto number = next_number_;
  const auto before = before_;
  const auto payload = encode_batch(observations, exactness_.of(observations), words_);
  BlockHeader header{.kind = BlockKind::observations,
                     .count = static_cast<std::uint32_t>(observations.size()),
                     .earliest = std::chrono::floor<std::chrono::milliseconds>(earliest.sent),
                     .latest = latest.sent,
                     .first = observations.front().number,
                     .last = observations.back().number};
  std::string bytes;
  bool all_words = false;
  if (words_.size() > words_written_ || bytes_since_words_ > words_.bytes() * bytes_a_repeated_byte) {
    all_words = bytes_since_words_ > words_.bytes() * bytes_a_repeated_byte || words_written_ == 0;
    const auto first = all_words ? 0 : words_written_;
    BlockHeader about{
        .kind = BlockKind::words, .earliest = header.earliest, .latest = header.latest, .first = first, .last = words_.size() - 1};
    bytes = add_block(about, words_.payload(first));
  }
  bytes += add_block(header, payload);
  if (auto appended = append_durably(file_, bytes); !appended) {
    next_number_ = number, before_ = before, exactness_ = exactness;
    return appended;
  }
  total_ += header.count;
  newest_ = header.last;
  words_written_ = words_.size();
  bytes_since_words_ = all_words ? 0 : bytes_since_words_ + bytes.size();
  return {};
}
}  // namespace kulla::outage::store
