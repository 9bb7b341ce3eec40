// What parent and child say to each other: frames of a length, a tag and fields. Simple enough that a child that an attacker has taken
// over can say nothing that harms: every length is checked against what is there.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "inspect/entry.hpp"

namespace kulla::inspect {

inline constexpr std::size_t frame_limit = std::size_t{2} << 20;

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
    if (size < 0 || !has(static_cast<std::size_t>(size))) return {};
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

}  // namespace kulla::inspect
