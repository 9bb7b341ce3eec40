// What gzip and Zstandard streams have in common: a source, a buffer of what came from it, an offset for messages.
#pragma once
#include <array>
#include <optional>

#include "event/input.hpp"

namespace kulla::event {

class Decompressor : public ByteStream {
 public:
  Decompressor(std::unique_ptr<ByteStream> source, std::string name) : source_(std::move(source)), name_(std::move(name)) {}
  [[nodiscard]] Result<std::size_t> read(std::span<char> into) final;
  [[nodiscard]] std::uint64_t taken() const final { return source_->taken(); }

 protected:
  struct Step {
    std::size_t taken = 0, written = 0;
    std::string_view fault{};  ///< why it cannot go on; empty where it can
  };
  /// Takes from `input` and writes to `into`. Where `input` is not empty it takes, writes or fails.
  virtual Step step(std::string_view input, std::span<char> into) = 0;
  /// Whether the input may end here.
  [[nodiscard]] virtual bool complete() const = 0;

 private:
  Result<> refill();
  void fail_here(std::string_view why);

  std::unique_ptr<ByteStream> source_;
  std::string name_;
  std::array<char, std::size_t{64} << 10> buffer_;
  std::string_view input_;
  std::uint64_t offset_ = 0;  // of input_ in the source
  bool ended_ = false;
  std::optional<Error> failed_;
};

inline constexpr std::string_view gzip_magic{"\x1f\x8b"};
[[nodiscard]] bool is_zstd(std::string_view head);
[[nodiscard]] std::unique_ptr<ByteStream> gunzip(std::unique_ptr<ByteStream> source, std::string name);
[[nodiscard]] std::unique_ptr<ByteStream> unzstd(std::unique_ptr<ByteStream> source, std::string name);

}  // namespace kulla::event
