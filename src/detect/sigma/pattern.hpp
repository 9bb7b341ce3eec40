// A Sigma string: literal text with wildcards ('*' any run, '?' one character), compared with a whole value.
// A backslash before '*', '?' or '\' makes that character plain; any other backslash is itself (Sigma 2.1, "Escape Character").
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kulla::detect::sigma {

/// ASCII letters only; other bytes stay.
void fold_case(std::string_view text, std::string& out);

class Pattern {
 public:
  enum class Place { whole, start, end, anywhere };
  /// The words of the modifiers: startswith is Place::start, endswith Place::end, contains Place::anywhere.
  Pattern(std::string_view text, Place place, bool cased);
  /// The same where every '-', '/', en dash, em dash and horizontal bar stands for any of the five (modifier windash).
  static Pattern with_any_dash(std::string_view text, Place place, bool cased);
  /// `bytes` as they are: no wildcards and no escapes.
  static Pattern plain(std::string_view bytes, Place place, bool cased);

  /// `value` as it is if cased(), else after fold_case.
  [[nodiscard]] bool matches(std::string_view value) const;
  [[nodiscard]] bool cased() const { return cased_; }
  [[nodiscard]] bool is_simple() const { return shape_ != Shape::wildcards; }  ///< needed() says all of it
  /// Equal to a literal: its only text, in lower case unless cased().
  [[nodiscard]] bool is_literal() const { return shape_ == Shape::equals; }
  /// A text without which no value matches, and where it must stand; the longest where there are several, empty where there is none.
  struct Needed {
    std::string text;
    Place place = Place::anywhere;
  };
  [[nodiscard]] Needed needed() const;
  /// Appends what is equal for patterns that match the same.
  void add_key(std::string& key) const;

 private:
  enum class Shape : std::uint8_t { equals, prefix, suffix, contains, wildcards };
  static constexpr std::uint16_t one = 256, any = 257, dash = 258;  ///< beside the 256 bytes
  explicit Pattern(bool cased) : cased_(cased) {}
  void put(std::uint16_t element);
  void put_byte(char byte);
  void put_text(std::string_view text);
  void place(Place place);
  [[nodiscard]] bool matches_wildcards(std::string_view value) const;
  void choose_shape();

  std::vector<std::uint16_t> elements_;  ///< a byte, or a wildcard; no two `any` in a row
  std::string literal_;                  ///< of the simple shapes
  Shape shape_ = Shape::wildcards;
  bool cased_ = false;
};

}  // namespace kulla::detect::sigma
