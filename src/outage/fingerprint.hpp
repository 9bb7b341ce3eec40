// Which body is the page that is known: one that was named, or one learned from three equal answers in a row, whoever asked.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace kulla::outage {

class Fingerprint {
 public:
  Fingerprint() = default;
  /// "": any body will do. "learn". Else 16 hexadecimal digits.
  explicit Fingerprint(std::string_view wanted);

  /// A body that came with a good status. True: it is another than the known one. A page that changes with every answer is never
  /// learned, and so never another.
  [[nodiscard]] bool differs(std::uint64_t body);
  /// The same without learning from it.
  [[nodiscard]] bool would_differ(std::uint64_t body) const { return known_ && body != *known_; }
  [[nodiscard]] std::optional<std::uint64_t> known() const { return known_; }
  /// 16 hexadecimal digits as a number.
  [[nodiscard]] static std::optional<std::uint64_t> parse(std::string_view text);

 private:
  std::optional<std::uint64_t> known_;
  bool learning_ = false;
  std::uint64_t candidate_ = 0;
  int equal_ = 0;
};

}  // namespace kulla::outage
