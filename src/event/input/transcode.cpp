#include <algorithm>
#include <array>

#include "event/input.hpp"
#include "event/utf8.hpp"

namespace kulla::event {
namespace {
constexpr std::string_view utf8_mark = "\xef\xbb\xbf", little_mark = "\xff\xfe", big_mark = "\xfe\xff";

void append_utf8(char32_t point, std::string& out) {
  std::array<char, 4> bytes{};
  out.append(bytes.data(), put_utf8(point, bytes.data()));
}
}  // namespace

TextStream::TextStream(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

void TextStream::add_replacement() {
  ++unpaired_;
  append_utf8(replacement_character, ready_);
}

void TextStream::take_unit(std::uint16_t unit) {
  if (high_ != 0 && is_low_surrogate(unit)) {
    append_utf8(from_surrogates(high_, unit), ready_);
    high_ = 0;
    return;
  }
  if (high_ != 0) add_replacement();
  high_ = is_high_surrogate(unit) ? unit : std::uint16_t{0};
  if (is_low_surrogate(unit)) add_replacement();
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
