#include <fmt/format.h>

#include <algorithm>

#include "base/path_text.hpp"
#include "inspect/inspect.hpp"

namespace kulla::inspect {
namespace {
bool lies_at(std::string_view path, std::string_view reviewed) {
  return reviewed == "." || path == reviewed || (path.starts_with(reviewed) && path[reviewed.size()] == '/');
}
}  // namespace

Result<Tree> accept(const Baseline& baseline, const Scanned& now, const std::vector<std::string>& reviewed) {
  Tree tree = baseline.tree;
  const auto findings = compare(baseline, now);
  for (const auto& place : reviewed) {
    bool differs = false;
    for (const auto& finding : findings) {
      KULLA_TRY(const auto path, unescape_path(finding.path));
      if (!lies_at(path, place)) continue;
      if (finding.kind == Kind::unreadable)
        return fail(Code::bad_argument, fmt::format("{}: could not be read, so there is nothing to accept", finding.path));
      differs = true;
      const auto found = now.tree.find(path);
      if (found == now.tree.end()) tree.erase(path);
      else tree.insert_or_assign(path, found->second);
    }
    if (!differs) return fail(Code::bad_argument, fmt::format("{}: nothing differs there", escape_path(place)));
  }
  return tree;
}

}  // namespace kulla::inspect
