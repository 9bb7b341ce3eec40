#include <zlib.h>

#include "event/input/decompressor.hpp"

namespace kulla::event {
namespace {

class Gzip final : public Decompressor {
 public:
  using Decompressor::Decompressor;
  ~Gzip() override { ::inflateEnd(&zlib_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

 private:
  Step step(std::string_view input, std::span<char> into) override;
  [[nodiscard]] bool complete() const override { return between_ && members_ > 0; }
  std::string_view begin_member();

  z_stream zlib_{};
  std::uint64_t members_ = 0;
  bool between_ = true;  // of members, not within one
};

std::string_view Gzip::begin_member() {
  constexpr int gzip_only = 15 + 16;  // zlib.h: the largest window, and a gzip header
  const int result = members_++ == 0 ? ::inflateInit2(&zlib_, gzip_only) : ::inflateReset(&zlib_);
  between_ = false;
  return result == Z_OK ? std::string_view{} : "zlib does not start";
}

Decompressor::Step Gzip::step(std::string_view input, std::span<char> into) {
  if (between_) {
    const auto zeros = members_ == 0 ? 0 : std::min(input.find_first_not_of('\0'), input.size());
    if (zeros > 0 || input.empty()) return {.taken = zeros};
    if (input.front() != gzip_magic.front()) return {.fault = "not gzip after a whole gzip member"};
    if (const auto fault = begin_member(); !fault.empty()) return {.fault = fault};
  }
  zlib_.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(input.data()));  // zlib does not write to it
  zlib_.avail_in = static_cast<unsigned>(input.size());
  zlib_.next_out = reinterpret_cast<unsigned char*>(into.data());
  zlib_.avail_out = static_cast<unsigned>(std::min(into.size(), std::size_t{1} << 30));
  const auto room = zlib_.avail_out;
  const int result = ::inflate(&zlib_, Z_NO_FLUSH);
  between_ = result == Z_STREAM_END;
  const bool well = between_ || result == Z_OK || result == Z_BUF_ERROR;
  return {.taken = input.size() - zlib_.avail_in, .written = room - zlib_.avail_out, .fault = well ? "" : "damaged gzip data"};
}
}  // namespace

std::unique_ptr<ByteStream> gunzip(std::unique_ptr<ByteStream> source, std::string name) {
  return std::make_unique<Gzip>(std::move(source), std::move(name));
}

}  // namespace kulla::event
