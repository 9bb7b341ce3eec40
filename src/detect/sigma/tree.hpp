// YAML as a bounded tree of our own, with the line of each node: the only place that knows yaml-cpp.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "detect/sigma/fault.hpp"

namespace kulla::detect::sigma {

struct Tree {
  enum class Kind { null, text, list, map };
  Kind kind = Kind::null;
  int line = 0;
  std::string text;         ///< of a scalar, as written; numbers and truth values too
  std::vector<Tree> items;  ///< of a list; of a map its values
  std::vector<std::string> keys;  ///< of a map, beside items; each once
  [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
  /// The value of `key`, or nullptr.
  [[nodiscard]] const Tree* find(std::string_view key) const;
  friend bool operator==(const Tree&, const Tree&) = default;
};

/// Equal for equal content, whatever the layout.
[[nodiscard]] Digest digest_of(const Tree& tree);

inline constexpr std::size_t yaml_size_limit = std::size_t{1} << 20;  ///< the largest public rule is 300 KB
inline constexpr std::size_t yaml_depth_limit = 24;                   ///< a rule needs 6; yaml-cpp recurses once or twice a level
inline constexpr std::size_t yaml_node_limit = 50'000;
inline constexpr std::size_t yaml_document_limit = 1000;

/// The documents of a file, in order. Anchors and aliases are refused: they let a small file stand for a huge one.
/// What came before a fault is lost.
[[nodiscard]] Checked<std::vector<Tree>> read_yaml(std::string_view text);

}  // namespace kulla::detect::sigma
