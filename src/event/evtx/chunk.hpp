// One chunk: its checks, and its records one after another, also where they are damaged.
#pragma once
#include <cstdint>
#include <string_view>

#include "event/evtx/record.hpp"
#include "event/reader.hpp"

namespace kulla::event::evtx {

inline constexpr std::string_view chunk_magic{"ElfChnk\0", 8};

class ChunkReader {
 public:
  /// `chunk` has chunk_size bytes, fewer only at the end of the input; `position` is where it lies in the input. Without its magic it is
  /// still searched for records.
  void read(std::string_view chunk, std::uint64_t position, const Reader::OnRecord& on_record);
  /// Tells of bytes at `position` that were not used.
  void lose(std::uint64_t position, std::uint64_t bytes, std::string_view why);
  [[nodiscard]] const Losses& losses() const { return losses_; }
  [[nodiscard]] std::uint64_t last_number() const { return number_; }

 private:
  /// Where a chunk's records lie.
  struct Extent {
    std::size_t begin = 0, end = 0;
    std::size_t missing = 0;  // bytes that the input no longer has
    bool is_sure = false;     // the header says so, and is sound
  };
  [[nodiscard]] Extent check();
  [[nodiscard]] bool is_cut(const Extent& extent, std::size_t at) const;
  std::size_t read_record(std::size_t at, std::size_t end, const Reader::OnRecord& on_record);
  const char* read_event(std::size_t at, std::size_t end);
  std::size_t skip_to_record(const Extent& extent, std::size_t at);
  [[nodiscard]] std::size_t next_record(std::size_t after, std::size_t end) const;

  std::string_view chunk_;
  std::uint64_t position_ = 0;
  RecordReader reader_;
  Event event_;
  Losses losses_;
  std::uint64_t number_ = 0;
};

}  // namespace kulla::event::evtx
