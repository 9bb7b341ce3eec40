// Streams made of other streams: unpacked, and brought into UTF-8.
#pragma once
#include <memory>

#include "event/input.hpp"

namespace kulla::event {

/// One that can be looked into before it is read.
class Peeked final : public Bytes {
 public:
  explicit Peeked(std::unique_ptr<Bytes> from) : from_(std::move(from)) {}
  /// The next bytes, at most four; fewer only at the end.
  [[nodiscard]] Result<std::string_view> head();
  [[nodiscard]] Result<std::size_t> read(std::span<char> into) override;
  [[nodiscard]] std::uint64_t taken() const override { return from_->taken(); }

 private:
  std::unique_ptr<Bytes> from_;
  std::string head_;
};

/// `what` is named in errors.
[[nodiscard]] std::unique_ptr<Bytes> unpack_gzip(std::unique_ptr<Bytes> from, std::string what);
[[nodiscard]] std::unique_ptr<Bytes> unpack_zstd(std::unique_ptr<Bytes> from, std::string what);
[[nodiscard]] std::unique_ptr<Bytes> utf16_to_utf8(std::unique_ptr<Bytes> from, bool big_endian);

}  // namespace kulla::event
