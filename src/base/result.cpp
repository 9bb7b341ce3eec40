#include "base/result.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace kulla {
namespace {
struct Row {
  std::string_view name, meaning, remedy;
};
constexpr std::array rows{
#define KULLA_ERROR(code, meaning, remedy) Row{#code, meaning, remedy},
#include "base/errors.def"
#undef KULLA_ERROR
};
const Row& row(Code code) { return rows.at(static_cast<std::size_t>(code)); }
}  // namespace

std::string_view name(Code code) { return row(code).name; }
std::string_view meaning(Code code) { return row(code).meaning; }
std::string_view remedy(Code code) { return row(code).remedy; }

std::string Error::message() const { return fmt::format("{}: {}; {}", what, meaning(code), remedy(code)); }

Error Error::in(std::string_view context) && { return Error{code, fmt::format("{}: {}", context, what)}; }

std::unexpected<Error> fail_errno(std::string_view what, int error_number) {
  return fail(Code::io, fmt::format("{}: {}", what, std::generic_category().message(error_number)));
}
std::unexpected<Error> fail_errno(std::string_view what) { return fail_errno(what, errno); }

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "kulla: %s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}
}  // namespace kulla
