// A random key that a program makes for itself and keeps in a file of its own.
#pragma once
#include <filesystem>

#include "base/hash.hpp"

namespace kulla {

/// The file's 64 hexadecimal digits; written on first use, 0600. Code::bad_json for a file that holds something else.
[[nodiscard]] Result<Digest> kept_key(const std::filesystem::path& file);

}  // namespace kulla
