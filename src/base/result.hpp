// The one error system: std::expected with an Error that carries a code from errors.def.
#pragma once
#include <array>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace kulla {

enum class Code {
#define KULLA_ERROR(code, meaning, remedy) code,
#include "base/errors.def"
#undef KULLA_ERROR
};

inline constexpr std::array all_codes{
#define KULLA_ERROR(code, meaning, remedy) Code::code,
#include "base/errors.def"
#undef KULLA_ERROR
};
inline constexpr Code last_code = all_codes.back();

[[nodiscard]] std::string_view name(Code code);
[[nodiscard]] std::string_view meaning(Code code);
[[nodiscard]] std::string_view remedy(Code code);

/// What went wrong, where, and through what. `what` is one line without a full stop: `kulla.toml:14: unknown system "db7"`.
struct [[nodiscard]] Error {
  Code code;
  std::string what;

  /// `what: (meaning) — remedy`, for a person.
  [[nodiscard]] std::string message() const;
  /// The same error seen from one level up: `context: what`.
  [[nodiscard]] Error in(std::string_view context) &&;
};

template <typename T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string what) { return std::unexpected(Error{code, std::move(what)}); }
/// `fail` with errno's text: `what: No space left on device`.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view what, int error_number);
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view what);

/// An invariant that stays on in release. Nothing that input can cause ever reaches one.
#define KULLA_ASSERT(condition) \
  do { if (!(condition)) ::kulla::assertion_failed(#condition, __FILE__, __LINE__); } while (false)
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace kulla

#define KULLA_CONCAT_(a, b) a##b
#define KULLA_CONCAT(a, b) KULLA_CONCAT_(a, b)
/// KULLA_TRY(auto x, call()): declares x from the value, or returns the error.
#define KULLA_TRY(declaration, ...)                                                  \
  auto KULLA_CONCAT(tried_, __LINE__) = (__VA_ARGS__);                               \
  if (!KULLA_CONCAT(tried_, __LINE__)) return std::unexpected(std::move(KULLA_CONCAT(tried_, __LINE__)).error()); \
  declaration = std::move(*KULLA_CONCAT(tried_, __LINE__))
/// KULLA_CHECK(call()): returns the error of a Result<void> or a Result whose value is not wanted.
#define KULLA_CHECK(...)                                                             \
  do { if (auto checked = (__VA_ARGS__); !checked) return std::unexpected(std::move(checked).error()); } while (false)
