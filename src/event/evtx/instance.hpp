// A template instance in BinXML: which template, and the values of its substitutions.
#pragma once
#include <cstdint>
#include <optional>

#include "event/evtx/cursor.hpp"

namespace kulla::event::evtx {

inline constexpr std::size_t definition_head = 24;  ///< of a template's definition: offset of the next, GUID, size of the data

struct Instance {
  std::uint32_t definition = 0;   ///< offset of the definition's head
  std::uint32_t count = 0;        ///< of values
  std::uint32_t descriptors = 0;  ///< offset of their descriptors: size (2 bytes), type (1), 0
  std::uint32_t values = 0;       ///< offset of the values themselves
};

/// Reads from behind the token to the first value. The descriptors are all there; the values may not be.
[[nodiscard]] inline std::optional<Instance> take_instance(Cursor& cursor) {
  Instance instance;
  cursor.skip(5);  // 1, and the template's id
  instance.definition = cursor.take<std::uint32_t>();
  if (instance.definition == cursor.at()) {  // its first use carries it
    cursor.skip(definition_head - 4);
    cursor.skip(cursor.take<std::uint32_t>());
  }
  instance.count = cursor.take<std::uint32_t>();
  instance.descriptors = static_cast<std::uint32_t>(cursor.at());
  cursor.skip(std::size_t{4} * instance.count);
  instance.values = static_cast<std::uint32_t>(cursor.at());
  return cursor.failed() ? std::nullopt : std::optional{instance};
}

}  // namespace kulla::event::evtx
