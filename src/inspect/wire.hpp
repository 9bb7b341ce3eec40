// What parent and child say to each other: frames of a length, a tag and fields. Simple enough that a child that an attacker has taken
// over can say nothing that harms: every length is checked against what is there.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstring>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla::inspect {

inline constexpr std::size_t frame_limit = std::size_t{2} << 20;

/// To a child that looks into files: unpack this one.
inline constexpr char unpack_order = 'u';

class Packer {
 public:
  explicit Packer(char tag) : bytes_(sizeof(std::uint32_t), '\0') { bytes_ += tag; }
  Packer& number(std::int64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Packer& text(std::string_view value) {
    number(std::ssize(value));
    bytes_ += value;
    return *this;
  }
  /// What it carries, without a length.
  [[nodiscard]] std::string payload() const { return bytes_.substr(sizeof(std::uint32_t)); }
  [[nodiscard]] std::string frame() {
    const auto length = static_cast<std::uint32_t>(bytes_.size() - sizeof(std::uint32_t));
    std::memcpy(bytes_.data(), &length, sizeof length);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

/// Reads the fields again; once something does not fit, everything after it is nothing, and `ended_well` is false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view payload) : rest_(payload) {}
  std::int64_t number() {
    std::int64_t value = 0;
    if (!has(sizeof value)) return 0;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number();
    if (size < 0) well_ = false;
    if (!has(static_cast<std::size_t>(size))) return {};
    std::string value{rest_.substr(0, static_cast<std::size_t>(size))};
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return value;
  }
  [[nodiscard]] bool ended_well() const { return well_ && rest_.empty(); }
  [[nodiscard]] bool well() const { return well_; }

 private:
  bool has(std::size_t size) {
    well_ = well_ && rest_.size() >= size;
    return well_;
  }
  std::string_view rest_;
  bool well_ = true;
};

/// Frames as they come in.
class FrameReader {
 public:
  /// `silence`: how long nothing may come; zero is for ever.
  explicit FrameReader(Descriptor from, std::chrono::milliseconds silence = {}, std::stop_token stop = {})
      : from_(std::move(from)), silence_(silence), stop_(std::move(stop)) {}
  /// The next without its length: a tag and fields, never empty; nothing at the end. Valid until the next call.
  [[nodiscard]] Result<std::string_view> peek();
  void consume(std::string_view frame) { used_ += sizeof(std::uint32_t) + frame.size(); }

 private:
  Descriptor from_;
  Result<> wait() const;
  std::chrono::milliseconds silence_;
  std::stop_token stop_;
  std::string buffer_;
  std::size_t used_ = 0;
};

/// Frames on their way out, several in one write.
class FrameWriter {
 public:
  explicit FrameWriter(int to) : to_(to) {}
  [[nodiscard]] Result<> add(std::string_view frame);
  /// A long text in several frames.
  [[nodiscard]] Result<> add_text(char tag, std::string_view name, std::string_view text);
  [[nodiscard]] Result<> flush();

 private:
  int to_;
  std::string waiting_;
};

/// What is no harmless text of one line is escaped; what the other side escaped stays as it is.
[[nodiscard]] std::string one_line(std::string_view text);
[[nodiscard]] std::string error_frame(const Error& error);
/// What an error frame says, after its tag.
[[nodiscard]] Error error_of(std::string_view fields);
[[nodiscard]] std::unexpected<Error> nonsense();

}  // namespace kulla::inspect
