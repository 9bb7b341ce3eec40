// Cuts the input into blocks: the file's header where it has one, then chunk after chunk. A block that comes whole is read where it lies.
#include "event/evtx/evtx.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "event/evtx/chunk.hpp"

namespace kulla::event {
namespace {
using evtx::chunk_magic, evtx::chunk_size;
constexpr std::string_view file_magic{"ElfFile\0", 8};
constexpr std::size_t file_header_size = 4096;

bool is_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

class EvtxReader final : public Reader {
 public:
  void read(std::string_view bytes, bool last, const OnRecord& on_record) override;
  [[nodiscard]] const Losses& losses() const override { return chunks_.losses(); }
  [[nodiscard]] std::uint64_t last_number() const override { return chunks_.last_number(); }

 private:
  [[nodiscard]] std::size_t wanted(std::string_view available) const;
  void fill(std::string_view& bytes);
  std::size_t take(std::string_view block, const OnRecord& on_record);
  std::size_t take_header(std::string_view block);
  std::size_t take_chunk(std::string_view block, const OnRecord& on_record);
  std::size_t skip(std::string_view block, std::size_t bytes, std::string_view why);

  evtx::ChunkReader chunks_;
  std::string kept_;  // the beginning of a block
  std::uint64_t position_ = 0;
  bool header_taken_ = false;
};

void EvtxReader::read(std::string_view bytes, bool last, const OnRecord& on_record) {
  while (true) {
    if (!kept_.empty()) fill(bytes);
    const std::string_view available = kept_.empty() ? bytes : kept_;
    const bool is_whole = available.size() >= wanted(available);
    if (available.empty() || (!is_whole && !last)) break;
    const auto used = take(available.substr(0, wanted(available)), on_record);
    position_ += used;
    if (kept_.empty()) bytes.remove_prefix(used);
    else kept_.erase(0, used);
  }
  kept_ += bytes;
}

// How many bytes must be there for the next step.
std::size_t EvtxReader::wanted(std::string_view available) const {
  return header_taken_ || available.starts_with(chunk_magic) ? chunk_size : file_header_size;
}

void EvtxReader::fill(std::string_view& bytes) {
  while (!bytes.empty() && kept_.size() < wanted(kept_)) {
    const auto more = bytes.substr(0, wanted(kept_) - kept_.size());
    kept_ += more;
    bytes.remove_prefix(more.size());
  }
}

// Returns how much of the block was used: all, or what stands before a chunk.
std::size_t EvtxReader::take(std::string_view block, const OnRecord& on_record) {
  const bool is_header = !header_taken_ && !block.starts_with(chunk_magic);
  header_taken_ = true;
  return is_header ? take_header(block) : take_chunk(block, on_record);
}

std::size_t EvtxReader::take_header(std::string_view block) {
  if (block.starts_with(file_magic)) return block.size();
  return skip(block, std::min(block.find(chunk_magic), block.size()), "no header of an EVTX file; its chunks are looked for");
}

std::size_t EvtxReader::take_chunk(std::string_view block, const OnRecord& on_record) {
  const auto chunk = block.find(chunk_magic);
  if (chunk != 0 && chunk != std::string_view::npos) return skip(block, chunk, "no chunk where one should be");
  chunks_.read(block, position_, on_record);
  return block.size();
}

std::size_t EvtxReader::skip(std::string_view block, std::size_t bytes, std::string_view why) {
  if (!is_zero(block.substr(0, bytes))) chunks_.lose(position_, bytes, why);
  return bytes;
}
}  // namespace

std::unique_ptr<Reader> make_evtx_reader() { return std::make_unique<EvtxReader>(); }

}  // namespace kulla::event
