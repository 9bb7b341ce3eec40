#include <algorithm>
#include <array>

#include "event/input.hpp"

namespace kulla::event {
namespace {
constexpr std::string_view replacement = "\xef\xbf\xbd", utf8_mark = "\xef\xbb\xbf", little_mark = "\xff\xfe", big_mark = "\xfe\xff";

bool is_high(std::uint16_t unit) { return (unit & 0xfc00U) == 0xd800; }
bool is_low(std::uint16_t unit) { return (unit & 0xfc00U) == 0xdc00; }

void append_utf8(std::uint32_t point, std::string& out) {
  const auto tail = [point](unsigned shift) { return static_cast<char>(0x80U | ((point >> shift) & 0x3fU)); };
  if (point < 0x80) out += static_cast<char>(point);
  else if (point < 0x800) out.append({static_cast<char>(0xc0U | (point >> 6)), tail(0)});
  else if (point < 0x10000) out.append({static_cast<char>(0xe0U | (point >> 12)), tail(6), tail(0)});
  else out.append({static_cast<char>(0xf0U | (point >> 18)), tail(12), tail(6), tail(0)});
}
}  // namespace

TextStream::TextStream(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

void TextStream::add_replacement() {
  ++unpaired_;
  ready_ += replacement;
}

void TextStream::take_unit(std::uint16_t unit) {
  if (high_ != 0 && is_low(unit)) {
    append_utf8(0x10000U + ((high_ & 0x3ffU) << 10) + (unit & 0x3ffU), ready_);
    high_ = 0;
    return;
  }
  if (high_ != 0) add_replacement();
  high_ = is_high(unit) ? unit : std::uint16_t{0};
  if (is_low(unit)) add_replacement();
  else if (high_ == 0) append_utf8(unit, ready_);
}

void TextStream::transcode(std::string_view bytes) {
  const auto unit_of = [this](char first, char second) {
    const unsigned a = static_cast<unsigned char>(first), b = static_cast<unsigned char>(second);
    return static_cast<std::uint16_t>(encoding_ == Encoding::utf16le ? a | b << 8 : a << 8 | b);
  };
  if (!odd_.empty() && !bytes.empty()) {
    take_unit(unit_of(odd_.front(), bytes.front()));
    odd_.clear();
    bytes.remove_prefix(1);
  }
  for (; bytes.size() >= 2; bytes.remove_prefix(2)) take_unit(unit_of(bytes[0], bytes[1]));
  odd_.append(bytes);
}

void TextStream::take_end() {
  if (high_ != 0) add_replacement();
  if (!odd_.empty()) add_replacement();
  high_ = 0;
  odd_.clear();
  ended_ = true;
}

Result<> TextStream::find_encoding() {
  std::string head;
  while (head.size() < utf8_mark.size()) {
    std::array<char, 3> some;
    KULLA_TRY(const auto got, bytes_->read({some.data(), utf8_mark.size() - head.size()}));
    if (got == 0) break;
    head.append(some.data(), got);
  }
  encoding_ = head.starts_with(little_mark) ? Encoding::utf16le : head.starts_with(big_mark) ? Encoding::utf16be : Encoding::utf8;
  if (encoding_ != Encoding::utf8) transcode(std::string_view{head}.substr(little_mark.size()));
  else if (head != utf8_mark) ready_ = head;
  return {};
}

Result<> TextStream::transcode_next() {
  std::array<char, std::size_t{32} << 10> some;
  KULLA_TRY(const auto got, bytes_->read(some));
  ready_.clear();
  ready_at_ = 0;
  if (got == 0) take_end();
  else transcode({some.data(), got});
  return {};
}

Result<std::size_t> TextStream::read(std::span<char> into) {
  if (encoding_ == Encoding::unknown) KULLA_CHECK(find_encoding());
  while (ready_at_ == ready_.size() && !ended_) {
    if (encoding_ == Encoding::utf8) return bytes_->read(into);
    KULLA_CHECK(transcode_next());
  }
  const auto size = std::min(into.size(), ready_.size() - ready_at_);
  std::copy_n(ready_.data() + ready_at_, size, into.data());
  ready_at_ += size;
  return size;
}

}  // namespace kulla::event
