#include "event/evtx/chunk.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>

namespace kulla::event::evtx {
namespace {
constexpr std::size_t header_size = 512, free_space_at = 48, records_sum_at = 52, header_sum_at = 124;
constexpr std::size_t summed_first = 120, summed_again = 128;  // the header's sum covers all but its flags and itself
constexpr std::string_view record_magic{"**\0\0", 4};
constexpr std::size_t written_at = 16, record_head = 24, record_tail = 4;  // the tail is the size again

bool is_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

std::uint32_t sum_of(std::string_view bytes, std::uint32_t before = 0) { return ::libdeflate_crc32(before, bytes.data(), bytes.size()); }
}  // namespace

void ChunkReader::lose(std::uint64_t position, std::uint64_t bytes, std::string_view why) {
  const bool is_told = losses_.faults.size() < fault_limit;
  losses_.add(number_ + 1, bytes, is_told ? fmt::format("at byte {}: {}", position, why) : std::string{});
}

void ChunkReader::read(std::string_view chunk, std::uint64_t position, const Reader::OnRecord& on_record) {
  chunk_ = chunk;
  position_ = position;
  reader_.start(chunk);
  const auto extent = check();
  auto at = extent.begin;
  while (at < extent.end && !is_cut(extent, at)) {
    if (chunk_.substr(at).starts_with(record_magic)) at = read_record(at, extent.end, on_record);
    else at = skip_to_record(extent, at);
  }
  if (extent.missing > 0)
    lose(position_ + at, extent.end - at, fmt::format("the input ends {} bytes before its last chunk", extent.missing));
}

ChunkReader::Extent ChunkReader::check() {
  if (!chunk_.starts_with(chunk_magic)) return {0, chunk_.size()};
  if (chunk_.size() < header_size) return {chunk_.size(), chunk_.size(), header_size - chunk_.size()};
  const auto number = [&](std::size_t at) { return load<std::uint32_t>(chunk_.data() + at); };
  const std::size_t free_space = number(free_space_at);
  const auto sum = sum_of(chunk_.substr(summed_again, header_size - summed_again), sum_of(chunk_.substr(0, summed_first)));
  if (sum != number(header_sum_at) || free_space < header_size || free_space > chunk_size) {
    lose(position_, 0, "the chunk's header is damaged; its records are used where they can be read");
    return {header_size, chunk_.size()};
  }
  if (free_space > chunk_.size()) return {header_size, chunk_.size(), free_space - chunk_.size(), true};
  if (sum_of(chunk_.substr(header_size, free_space - header_size)) != number(records_sum_at))
    lose(position_, 0, "the checksum of the chunk's records is wrong; they are used where they can be read");
  return {header_size, free_space, 0, true};
}

// Whether the record at `at` is the one within which the input ends.
bool ChunkReader::is_cut(const Extent& extent, std::size_t at) const {
  if (extent.missing == 0) return false;
  if (extent.end - at < record_head) return true;
  const auto size = load<std::uint32_t>(chunk_.data() + at + record_magic.size());
  return size > extent.end - at && size <= chunk_size && chunk_.substr(at).starts_with(record_magic);
}

std::size_t ChunkReader::next_record(std::size_t after, std::size_t end) const { return std::min(chunk_.find(record_magic, after), end); }

std::size_t ChunkReader::skip_to_record(const Extent& extent, std::size_t at) {
  const auto next = next_record(at, extent.end);
  const bool was_never_used = !extent.is_sure && is_zero(chunk_.substr(at, next - at));
  if (!was_never_used) lose(position_ + at, next - at, at == 0 ? "no chunk where one should be" : "no record where one should be");
  return next;
}

std::size_t ChunkReader::read_record(std::size_t at, std::size_t end, const Reader::OnRecord& on_record) {
  const auto next = [&] { return next_record(at + record_magic.size(), end); };
  const std::size_t left = end - at;
  const std::size_t size = left < record_head ? 0 : load<std::uint32_t>(chunk_.data() + at + record_magic.size());
  if (size < record_head + record_tail || size > left) {
    lose(position_ + at, next() - at, "a record whose size cannot be");
    ++number_;
    return next();
  }
  const bool is_sound = load<std::uint32_t>(chunk_.data() + at + size - record_tail) == size;
  const auto after = is_sound ? at + size : next();
  const char* fault = read_event(at, std::min(at + size, after) - record_tail);
  if (event_.fields().empty() && !fault) fault = "a record without fields";
  if (!is_sound && !fault) fault = "a record whose two sizes differ";
  if (fault) lose(position_ + at, event_.fields().empty() ? after - at : 0, fault);
  event_.number = ++number_;
  if (!event_.fields().empty()) on_record(event_);
  return after;
}

const char* ChunkReader::read_event(std::size_t at, std::size_t end) {
  event_.clear();
  event_.product = "windows";
  event_.recorded = event_.happened = from_filetime(load<std::uint64_t>(chunk_.data() + at + written_at));
  return reader_.read(at + record_head, end, event_);
}

}  // namespace kulla::event::evtx
