// A block of a store: header, payload, signature; chained by hash. docs/observation-store.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/keys.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::outage::store {

constexpr std::size_t header_size = 100, signature_size = 64;
constexpr std::size_t payload_most = std::size_t{64} << 20;  // a full block is about 200 kB; a header that says more is damaged
constexpr std::uint32_t observations_most = 131'072;          // of a block: some 10 MB while it is read

enum class BlockKind : std::uint8_t { observations = 'o', words = 'w' };

struct BlockHeader {
  BlockKind kind = BlockKind::observations;
  std::uint32_t payload = 0;      ///< bytes
  std::uint32_t count = 0;        ///< observations, or words
  std::uint64_t number = 0;       ///< of the block: from 1, of a vantage, without a gap
  std::uint64_t total = 0;        ///< observations in all blocks before it, so that what a lost block held can be told
  Timestamp earliest, latest;     ///< `sent`
  std::uint64_t first = 0, last = 0;  ///< lowest and highest number of an observation; of words: the first and the last index
  Digest before{};                ///< hash of the block before it; zero for the first
};
/// The block's bytes; what the signature is over is in them.
[[nodiscard]] std::string make_block(BlockHeader header, std::string_view payload, const VantageId& vantage, const SecretKey& key);
/// Nothing where the bytes are no header.
[[nodiscard]] std::optional<BlockHeader> read_header(std::string_view bytes);
/// Of header and payload: what the next block holds as `before`.
[[nodiscard]] Digest block_hash(std::string_view header_and_payload);
[[nodiscard]] bool block_signed(const Digest& hash, std::string_view signature, const VantageId& vantage, const PublicKey& key);

/// Where a block lies in a file.
struct BlockPlace {
  BlockHeader header;
  std::filesystem::path file;
  std::uint64_t offset = 0;
};
/// Bytes of a file between two blocks, or after the last, that are no block.
struct Rubble {
  std::uint64_t offset = 0, bytes = 0;
  bool cut = false;  ///< a block that begins there lacks its end
  std::optional<BlockHeader> header{};  ///< of that block, where that much is there
};
/// The headers of one file in their order; payloads are not read. Where one does not follow, the next is searched for.
[[nodiscard]] Result<> scan_blocks(const std::filesystem::path& file, const std::function<void(const BlockPlace&)>& block,
                                   const std::function<void(const Rubble&)>& rubble);

struct ReadBlock {
  std::string payload;
  Digest hash;
  bool trusted = false;  ///< signed by the key
};
[[nodiscard]] Result<ReadBlock> read_block(const BlockPlace& place, const VantageId& vantage, const PublicKey& key);

}  // namespace kulla::outage::store
