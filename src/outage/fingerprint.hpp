// Which body is the page that is known: one that was named, or one learned from three equal answers in a row, whoever asked.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outage/observation.hpp"

namespace kulla::outage {

class Fingerprint {
 public:
  Fingerprint() = default;
  /// "": any body will do. "learn". Else 16 hexadecimal digits.
  explicit Fingerprint(std::string_view wanted);
  /// "learn", by somebody who learned this one before.
  [[nodiscard]] static Fingerprint learned(std::uint64_t body);

  /// A body that came with a good status. True: it is another than the known one. A page that changes with every answer is never
  /// learned, or unlearned, and so never another.
  [[nodiscard]] bool differs(std::uint64_t body);
  /// The same without learning from it.
  [[nodiscard]] bool would_differ(std::uint64_t body) const { return known_ && body != *known_; }
  /// Where a probe failed, with this body known: at its body if it is another page. One that its vantage took for another page, and is the
  /// one that is known here, did not fail; nor did a page that is not judged. Nothing is learned from what a vantage took for another page.
  [[nodiscard]] Layer judged(Layer failed, std::uint64_t body);
  [[nodiscard]] Layer would_be_judged(Layer failed, std::uint64_t body) const;

  [[nodiscard]] std::optional<std::uint64_t> known() const { return known_; }
  /// It was learned, and then each answer was another: a clock, a token. It is not judged any more.
  [[nodiscard]] bool changes() const { return changes_; }

  /// 16 hexadecimal digits as a number, and back.
  [[nodiscard]] static std::optional<std::uint64_t> parse(std::string_view text);
  [[nodiscard]] static std::string text(std::uint64_t body);

 private:
  void learn(std::uint64_t body);
  void note_another(std::uint64_t body);

  std::optional<std::uint64_t> known_;
  bool learning_ = false, changes_ = false;
  std::uint64_t candidate_ = 0;  ///< while none is known, what may be; then, the newest other one
  int equal_ = 0, others_ = 0;  ///< answers that were the known one; others since, each unlike the one before
};

}  // namespace kulla::outage
