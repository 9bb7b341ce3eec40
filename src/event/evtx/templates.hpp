// The compiled templates of one chunk: each is compiled once, where it is first used.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "event/evtx/compiler.hpp"

namespace kulla::event::evtx {

inline constexpr std::size_t chunk_size = std::size_t{1} << 16;

class Templates {
 public:
  /// Forgets the chunk before. `chunk` has chunk_size bytes at most.
  void start(std::string_view chunk);
  /// The template whose definition's head lies at `definition`, with its outermost elements in `where`.
  [[nodiscard]] Program at(std::uint32_t definition, ContextId where);
  /// A fragment that is no template: compiled each time.
  [[nodiscard]] Program fragment(std::size_t at, std::size_t end, ContextId where, bool dependencies);
  /// Lasts until the next call of at() or fragment().
  [[nodiscard]] const Op& op(std::size_t index) const { return code_.ops[index]; }
  [[nodiscard]] const Part& part(std::size_t index) const { return code_.parts[index]; }

 private:
  struct Known {
    std::uint32_t definition;
    ContextId where;
    std::uint16_t next;  // of the same definition, in another context
    Program program;
  };
  [[nodiscard]] Program compile(std::uint32_t definition, ContextId where);

  std::string_view chunk_;
  Code code_;
  Compiler with_dependencies_{code_, true}, without_dependencies_{code_, false};
  std::vector<Known> known_ = std::vector<Known>(1);                                    // the first is none
  std::vector<std::uint16_t> by_definition_ = std::vector<std::uint16_t>(chunk_size);  // offset to the newest of known_ there
  std::size_t work_ = 0;
};

}  // namespace kulla::event::evtx
