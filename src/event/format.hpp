// The formats of recordings: recognised by how they begin, or named.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/reader.hpp"

namespace kulla::event {

/// Where an input may be cut so that its pieces can be read side by side.
enum class Cut {
  lines,   ///< after any line
  chunks,  ///< EVTX: after its header of 4096 bytes and each 64 KiB
  none,    ///< nowhere: later records depend on earlier ones
};

struct Format {
  std::string_view name, meaning;
  Cut cut = Cut::none;
  bool (*begins)(std::string_view head) = nullptr;  ///< whether an input that begins like this is one
  std::unique_ptr<Reader> (*reader)() = nullptr;
};
inline constexpr std::size_t head_size = std::size_t{64} << 10;  ///< that recognise() wants to see, where there is as much

/// All that can be read; where several would do, the first is taken.
[[nodiscard]] const std::vector<Format>& formats();
[[nodiscard]] const Format* find_format(std::string_view name);
[[nodiscard]] const Format* recognise(std::string_view head);

}  // namespace kulla::event
