#include "inspect/entry.hpp"

#include <algorithm>

namespace kulla::inspect {

std::strong_ordering compare_paths(std::string_view a, std::string_view b) {
  if (a == "." || b == ".") return (a != ".") <=> (b != ".");
  // A slash ends a name, and so comes before every other byte.
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                [&](char x, char y) { return rank(x) <=> rank(y); });
}

bool lies_at(std::string_view path, std::string_view folder) {
  return folder == "." || path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace kulla::inspect
