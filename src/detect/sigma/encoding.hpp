// Sigma's encoding modifiers: what a value looks like inside data that was encoded.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detect/sigma/fault.hpp"

namespace kulla::detect::sigma {

enum class Encoding : std::uint8_t { base64, base64_offset, utf16le, utf16be, utf16 };

/// `text` (UTF-8, without wildcards) through `encodings` in turn; base64_offset makes three values of one, for the three places it can
/// have in a longer encoded text, each cut to what does not depend on its neighbours.
[[nodiscard]] Checked<std::vector<std::string>> encode(std::string_view text, const std::vector<Encoding>& encodings, int line);

/// A Sigma string with its escapes undone. Wildcards are a fault: there is no way to encode them.
[[nodiscard]] Checked<std::string> plain_text(std::string_view text, int line);

}  // namespace kulla::detect::sigma
