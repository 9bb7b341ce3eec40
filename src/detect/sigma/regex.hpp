// Regular expressions of rules: RE2, whose time is bounded by the text; PCRE2 where look-around or a back-reference needs it, with
// limits of its own. Both see bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {

inline constexpr std::size_t regex_size_limit = 4096;
inline constexpr std::int64_t regex_memory_limit = std::int64_t{4} << 20;  ///< of RE2, a regular expression
inline constexpr std::uint32_t backtrack_limit = 100'000;                  ///< steps of PCRE2 in one value; some milliseconds

/// Immutable; any number of threads may use one.
class RegexMatcher {
 public:
  [[nodiscard]] static Checked<std::unique_ptr<const RegexMatcher>> compile(const Regex& regex, int line);
  virtual ~RegexMatcher() = default;
  /// Somewhere in `value`. Where a limit is reached the answer is no, and it is counted.
  [[nodiscard]] virtual bool matches(std::string_view value) const = 0;
  [[nodiscard]] virtual std::string_view engine() const = 0;  ///< "RE2" or "PCRE2"
  /// Texts in lower case of which one at least stands in every value that matches, in lower case; empty where nothing is known.
  [[nodiscard]] virtual std::vector<std::string> needed() const { return {}; }
  [[nodiscard]] virtual std::uint64_t given_up() const { return 0; }  ///< how often a limit was reached
};

}  // namespace kulla::detect::sigma
