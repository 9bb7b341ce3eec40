// Foreign bytes in network order, read with bounds: once one read was too long, all that follow give 0 and `good` stays false.
#pragma once
#include <cstdint>
#include <string_view>

namespace kulla::outage {

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  [[nodiscard]] std::string_view take(std::size_t count) {
    if (count > left_.size()) {
      good_ = false;
      left_ = {};
      return {};
    }
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  /// The next `count` bytes, as bytes of their own.
  [[nodiscard]] Bytes part(std::size_t count) {
    Bytes inside{take(count)};
    inside.good_ = good_;
    return inside;
  }
  void skip(std::size_t count) { (void)take(count); }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool empty() const { return left_.empty(); }
  [[nodiscard]] std::size_t size() const { return left_.size(); }
  [[nodiscard]] std::string_view rest() const { return left_; }

 private:
  std::uint32_t number(std::size_t count) {
    std::uint32_t value = 0;
    for (const char byte : take(count)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::string_view left_;
  bool good_ = true;
};

}  // namespace kulla::outage
