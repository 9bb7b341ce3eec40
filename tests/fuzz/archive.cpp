// Any bytes as a file that is looked into. What is found is told in lines that a frame can carry, and found as well where it is packed.
#include <fmt/format.h>

#include <algorithm>

#include "base/path_text.hpp"
#include "inspect/content.hpp"
#include "inspect/helper.hpp"
#include "inspect/wire.hpp"

using namespace kulla;

namespace {
constexpr std::size_t most_matches = 32;

std::vector<inspect::Match> examined(std::string_view content) {
  static const auto ours = [] {
    auto made = std::make_unique<inspect::Content>();
    for (const auto& text : inspect::starter_rules()) KULLA_ASSERT(made->add_rules("ours", text));
    KULLA_ASSERT(made->compile());
    return made;
  }();
  auto matches = ours->examine(content);
  KULLA_ASSERT(matches.size() <= most_matches);
  std::size_t size = 0;
  for (auto& match : matches) {
    size += match.says.size() + 2 * sizeof(std::int64_t);
    auto plain = match.says;
    std::ranges::replace(plain, '%', '_');
    KULLA_ASSERT(escape_path(plain) == plain);
  }
  KULLA_ASSERT(size < inspect::frame_limit / 2);
  return matches;
}

/// ar(5)
std::string packed(std::string_view content) {
  return fmt::format("!<arch>\n{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n{}{}", "member/", 0, 0, 0, 644, content.size(), content,
                     content.size() % 2 == 1 ? "\n" : "");
}
std::string_view rule_of(std::string_view says) { return says.substr(std::min(says.rfind(" (YARA rule "), says.size())); }
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view content{data, size};
  const auto open = examined(content);
  if (open.empty() || size == 0) return 0;
  const auto inside = examined(packed(content));
  if (inside.size() == most_matches) return 0;
  for (const auto& match : open) {
    const auto again = [&](const inspect::Match& other) {
      return other.severity == match.severity && rule_of(other.says) == rule_of(match.says);
    };
    KULLA_ASSERT(std::ranges::any_of(inside, again));
  }
  return 0;
}
