#include <zstd.h>

#include "event/input/decompressor.hpp"

namespace kulla::event {
namespace {

struct Free {
  void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
};

class Zstd final : public Decompressor {
 public:
  using Decompressor::Decompressor;

 private:
  Step step(std::string_view input, std::span<char> into) override;
  [[nodiscard]] bool complete() const override { return between_; }

  std::unique_ptr<ZSTD_DCtx, Free> context_{::ZSTD_createDCtx()};
  bool between_ = true;  // of frames, not within one
};

Decompressor::Step Zstd::step(std::string_view input, std::span<char> into) {
  if (!context_) return {.fault = "no memory for zstd"};
  if (between_ && input.empty()) return {};
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  ZSTD_outBuffer out{into.data(), into.size(), 0};
  const auto result = ::ZSTD_decompressStream(context_.get(), &out, &in);
  between_ = result == 0;
  return {.taken = in.pos, .written = out.pos, .fault = ::ZSTD_isError(result) != 0 ? "damaged zstd data" : ""};
}
}  // namespace

// A frame, or one that is to be skipped (RFC 8878, 3.1).
bool is_zstd(std::string_view head) {
  if (head.starts_with("\x28\xb5\x2f\xfd")) return true;
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0U) == 0x50 && head.substr(1, 3) == "\x2a\x4d\x18";
}

std::unique_ptr<ByteStream> unzstd(std::unique_ptr<ByteStream> source, std::string name) {
  return std::make_unique<Zstd>(std::move(source), std::move(name));
}

}  // namespace kulla::event
