#include "daemon/question.hpp"

#include <fmt/format.h>

namespace kulla::daemon {

Result<std::string> text_of(const json::object& question, std::string_view key, std::size_t limit) {
  const auto* value = question.if_contains(key);
  if (!value || !value->is_string() || value->get_string().empty()) return fail(Code::bad_argument, fmt::format("\"{}\" is missing", key));
  if (value->get_string().size() > limit) return fail(Code::too_large, fmt::format("\"{}\" is over {} bytes", key, limit));
  return std::string(value->get_string());
}
}  // namespace kulla::daemon
