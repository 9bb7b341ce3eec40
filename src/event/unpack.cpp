#include "event/unpack.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace kulla::event {
namespace {
constexpr std::size_t piece_size = std::size_t{256} << 10;
constexpr unsigned zstd_window_limit = 27;  // 128 MiB: what `zstd --long` may use; more would be an attack on our memory

/// What both kinds share: packed bytes come in pieces.
class Unpacking : public Bytes {
 public:
  Unpacking(std::unique_ptr<Bytes> from, std::string what) : what_(std::move(what)), from_(std::move(from)), piece_(piece_size, '\0') {}
  Result<std::size_t> read(std::span<char> into) final {
    if (failed_) return fail(failed_->code, failed_->what);
    std::size_t made = 0;
    while (made == 0) {
      if (rest_.empty()) {
        KULLA_TRY(const auto count, from_->read({piece_.data(), piece_.size()}));
        rest_ = std::string_view{piece_}.substr(0, count);
        if (count == 0) return within_ ? broken("it ends too early") : Result<std::size_t>{0};
      }
      auto unpacked = unpack(into);
      if (!unpacked) return failed_ = std::move(unpacked).error(), fail(failed_->code, failed_->what);
      made = *unpacked;
    }
    return made;
  }
  std::uint64_t taken() const final { return from_->taken(); }

 protected:
  /// Some of rest_ into `into`.
  virtual Result<std::size_t> unpack(std::span<char> into) = 0;
  Result<std::size_t> broken(std::string_view why) const {
    return fail(Code::bad_event, fmt::format("{}: damaged after {} packed bytes: {}", what_, from_->taken() - rest_.size(), why));
  }
  const std::string what_;
  std::string_view rest_;
  bool within_ = false;  // a member that has begun and not ended

 private:
  std::unique_ptr<Bytes> from_;
  std::string piece_;
  std::optional<Error> failed_;
};

class Gzip final : public Unpacking {
 public:
  Gzip(std::unique_ptr<Bytes> from, std::string what) : Unpacking(std::move(from), std::move(what)) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    KULLA_ASSERT(inflateInit2(&stream_, gzip_only) == Z_OK);
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

 private:
  Result<std::size_t> unpack(std::span<char> into) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));  // zlib does not write there
    stream_.avail_in = static_cast<uInt>(rest_.size());
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(std::min(into.size(), piece_size));
    const auto room = stream_.avail_out;
    const int answer = inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(rest_.size() - stream_.avail_in);
    within_ = answer != Z_STREAM_END;
    if (answer == Z_STREAM_END) inflateReset(&stream_);
    else if (answer != Z_OK && answer != Z_BUF_ERROR) return broken(stream_.msg ? stream_.msg : "not gzip");
    return room - stream_.avail_out;
  }
  z_stream stream_{};
};

class Zstd final : public Unpacking {
 public:
  Zstd(std::unique_ptr<Bytes> from, std::string what) : Unpacking(std::move(from), std::move(what)), stream_(ZSTD_createDStream()) {
    KULLA_ASSERT(stream_ != nullptr);
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, static_cast<int>(zstd_window_limit));
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeDStream(stream_); }

 private:
  Result<std::size_t> unpack(std::span<char> into) override {
    ZSTD_inBuffer in{rest_.data(), rest_.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const auto answer = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(answer)) return broken(ZSTD_getErrorName(answer));
    rest_.remove_prefix(in.pos);
    within_ = answer != 0;
    return out.pos;
  }
  ZSTD_DStream* stream_;
};

class Utf16 final : public Bytes {
 public:
  Utf16(std::unique_ptr<Bytes> from, bool big_endian) : from_(std::move(from)), big_endian_(big_endian), piece_(piece_size, '\0') {}
  Result<std::size_t> read(std::span<char> into) override {
    while (text_.size() == at_) {
      text_.clear(), at_ = 0;
      KULLA_TRY(const auto count, from_->read({piece_.data() + kept_, piece_.size() - kept_}));
      if (count == 0) return end(into);
      take({piece_.data(), kept_ + count});
    }
    return give(into);
  }
  std::uint64_t taken() const override { return from_->taken(); }

 private:
  Result<std::size_t> end(std::span<char> into) {
    if (kept_ == 0 && high_ == 0) return 0;
    kept_ = 0, high_ = 0;
    text_ = "\uFFFD";
    return give(into);
  }
  std::size_t give(std::span<char> into) {
    const auto count = std::min(into.size(), text_.size() - at_);
    std::memcpy(into.data(), text_.data() + at_, count);
    at_ += count;
    return count;
  }
  void take(std::string_view bytes) {
    for (; bytes.size() >= 2; bytes.remove_prefix(2)) {
      const auto first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
      unit(static_cast<char32_t>(big_endian_ ? first << 8 | second : second << 8 | first));
    }
    kept_ = bytes.size();
    if (kept_) piece_[0] = bytes[0];
  }
  void unit(char32_t unit) {
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (high_ && low) return put(0x10000 + ((std::exchange(high_, 0) - 0xD800) << 10U) + (unit - 0xDC00));
    if (std::exchange(high_, 0)) put(0xFFFD);
    if (unit >= 0xD800 && unit < 0xDC00) high_ = unit;
    else put(low ? 0xFFFD : unit);
  }
  void put(char32_t c) {
    const auto more = [&](unsigned shift) { text_ += static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
    if (c < 0x80) {
      text_ += static_cast<char>(c);
    } else if (c < 0x800) {
      text_ += static_cast<char>(0xC0U | (c >> 6U)), more(0);
    } else if (c < 0x10000) {
      text_ += static_cast<char>(0xE0U | (c >> 12U)), more(6), more(0);
    } else {
      text_ += static_cast<char>(0xF0U | (c >> 18U)), more(12), more(6), more(0);
    }
  }
  std::unique_ptr<Bytes> from_;
  const bool big_endian_;
  std::string piece_, text_;
  std::size_t kept_ = 0, at_ = 0;
  char32_t high_ = 0;
};
}  // namespace

Result<std::string_view> Peeked::head() {
  while (head_.size() < 4) {
    char byte = 0;
    KULLA_TRY(const auto count, from_->read({&byte, 1}));
    if (count == 0) break;
    head_ += byte;
  }
  return std::string_view{head_};
}

Result<std::size_t> Peeked::read(std::span<char> into) {
  if (head_.empty()) return from_->read(into);
  const auto count = std::min(into.size(), head_.size());
  std::memcpy(into.data(), head_.data(), count);
  head_.erase(0, count);
  return count;
}

std::unique_ptr<Bytes> unpack_gzip(std::unique_ptr<Bytes> from, std::string what) {
  return std::make_unique<Gzip>(std::move(from), std::move(what));
}
std::unique_ptr<Bytes> unpack_zstd(std::unique_ptr<Bytes> from, std::string what) {
  return std::make_unique<Zstd>(std::move(from), std::move(what));
}
std::unique_ptr<Bytes> utf16_to_utf8(std::unique_ptr<Bytes> from, bool big_endian) {
  return std::make_unique<Utf16>(std::move(from), big_endian);
}

}  // namespace kulla::event
