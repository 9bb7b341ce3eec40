#include "outage/store_block.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "outage/store_bytes.hpp"

namespace kulla::outage::store {
namespace {
constexpr std::string_view magic = "KOB1";
constexpr std::size_t checked_size = 64;  // what the header's own sum covers; the rest is bound by the signature
constexpr std::size_t search_step = 65536;

std::uint32_t sum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}
std::uint64_t micros(Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }
Timestamp time_of(std::uint64_t micros) { return Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(micros)}}; }

std::string write_header(const BlockHeader& header) {
  std::string bytes{magic};
  put_fixed(bytes, static_cast<std::uint32_t>(header.kind));
  put_fixed(bytes, header.payload);
  put_fixed(bytes, header.count);
  for (const auto value : {header.number, header.total, micros(header.earliest), micros(header.latest), header.first, header.last})
    put_fixed(bytes, value);
  put_fixed(bytes, sum_of(bytes));
  bytes.append(reinterpret_cast<const char*>(header.before.bytes.data()), header.before.bytes.size());
  KULLA_ASSERT(bytes.size() == header_size);
  return bytes;
}

std::string signed_text(const Digest& hash, const VantageId& vantage) {
  return fmt::format("kulla observations 1\n{}\n{}", vantage.str(), to_hex(hash));
}

/// Reads exactly `size` bytes at `offset`, or less at the end of the file.
Result<std::string> read_at(int file, std::uint64_t offset, std::size_t size, std::string_view what) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const auto now = ::pread(file, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) return fail_errno(what);
    if (now == 0) break;
    got += static_cast<std::size_t>(now);
  }
  bytes.resize(got);
  return bytes;
}

class Scan {
 public:
  Scan(const std::filesystem::path& path, int file, std::uint64_t size) : path_(path), file_(file), size_(size) {}

  Result<> run(const std::function<void(const BlockPlace&)>& block, const std::function<void(const Rubble&)>& rubble) {
    while (at_ < size_) {
      KULLA_TRY(const auto header, header_at(at_));
      if (header && end_of(*header, at_) <= size_) {
        block({*header, path_, at_});
        at_ = end_of(*header, at_);
        continue;
      }
      const auto from = at_;
      KULLA_TRY(at_, next_after(from));
      rubble({from, at_ - from, header || size_ - from < header_size, header});
    }
    return {};
  }

 private:
  static std::uint64_t end_of(const BlockHeader& header, std::uint64_t at) { return at + header_size + header.payload + signature_size; }
  Result<std::optional<BlockHeader>> header_at(std::uint64_t at) {
    KULLA_TRY(const auto bytes, read_at(file_, at, header_size, path_.string()));
    return read_header(bytes);
  }
  /// Where the next whole block begins, or the end of the file.
  Result<std::uint64_t> next_after(std::uint64_t from) {
    for (auto at = from + 1; at < size_; at += search_step) {
      KULLA_TRY(const auto bytes, read_at(file_, at, search_step + header_size, path_.string()));
      for (auto found = bytes.find(magic); found != std::string::npos && found < search_step; found = bytes.find(magic, found + 1)) {
        const auto header = read_header(std::string_view{bytes}.substr(found));
        if (header && end_of(*header, at + found) <= size_) return at + found;
      }
    }
    return size_;
  }

  const std::filesystem::path& path_;
  int file_;
  std::uint64_t size_, at_ = 0;
};
}  // namespace

std::string make_block(BlockHeader header, std::string_view payload, const VantageId& vantage, const SecretKey& key) {
  KULLA_ASSERT(payload.size() <= payload_most && header.count <= observations_most);
  header.payload = static_cast<std::uint32_t>(payload.size());
  auto bytes = write_header(header);
  bytes += payload;
  const auto signature = key.sign(signed_text(block_hash(bytes), vantage));
  bytes.append(reinterpret_cast<const char*>(signature.bytes.data()), signature.bytes.size());
  return bytes;
}

std::optional<BlockHeader> read_header(std::string_view bytes) {
  if (bytes.size() < header_size || !bytes.starts_with(magic)) return std::nullopt;
  ByteReader read{bytes.substr(magic.size(), header_size - magic.size())};
  BlockHeader header;
  const auto kind = read.fixed<std::uint32_t>();
  header.kind = static_cast<BlockKind>(kind);
  header.payload = read.fixed<std::uint32_t>();
  header.count = read.fixed<std::uint32_t>();
  header.number = read.fixed<std::uint64_t>();
  header.total = read.fixed<std::uint64_t>();
  header.earliest = time_of(read.fixed<std::uint64_t>());
  header.latest = time_of(read.fixed<std::uint64_t>());
  header.first = read.fixed<std::uint64_t>();
  header.last = read.fixed<std::uint64_t>();
  const auto sum = read.fixed<std::uint32_t>();
  std::ranges::copy(read.take(header.before.bytes.size()), header.before.bytes.begin());
  const bool known = kind == static_cast<std::uint32_t>(BlockKind::observations) || kind == static_cast<std::uint32_t>(BlockKind::words);
  if (!known || sum != sum_of(bytes.substr(0, checked_size)) || header.payload > payload_most || header.count > observations_most ||
      header.latest < header.earliest || header.last < header.first)
    return std::nullopt;
  return header;
}

Digest block_hash(std::string_view header_and_payload) { return sha256(header_and_payload); }

bool block_signed(const Digest& hash, std::string_view signature, const VantageId& vantage, const PublicKey& key) {
  Signature read;
  if (signature.size() != read.bytes.size()) return false;
  std::ranges::copy(signature, read.bytes.begin());
  return verify(key, signed_text(hash, vantage), read);
}

Result<> scan_blocks(const std::filesystem::path& path, const std::function<void(const BlockPlace&)>& block,
                     const std::function<void(const Rubble&)>& rubble) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat about{};
  if (!file || ::fstat(file.get(), &about) != 0) return fail_errno(path.string());
  return Scan{path, file.get(), static_cast<std::uint64_t>(about.st_size)}.run(block, rubble);
}

Result<ReadBlock> read_block(const BlockPlace& place, const VantageId& vantage, const PublicKey& key) {
  const Descriptor file{::open(place.file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return fail_errno(place.file.string());
  const std::size_t size = header_size + place.header.payload;
  KULLA_TRY(auto bytes, read_at(file.get(), place.offset, size + signature_size, place.file.string()));
  if (bytes.size() != size + signature_size) return fail(Code::store_damaged, fmt::format("{}: cut short", place.file.string()));
  ReadBlock block;
  block.hash = block_hash(std::string_view{bytes}.substr(0, size));
  block.trusted = block_signed(block.hash, std::string_view{bytes}.substr(size), vantage, key);
  block.payload = bytes.substr(header_size, place.header.payload);
  return block;
}
}  // namespace kulla::outage::store
