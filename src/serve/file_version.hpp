// Which version of a file lies under a name: to read it again when it changes.
#pragma once
#include <filesystem>
#include <string>

namespace kulla::serve {

/// Another text after any change of the file: of its content, its owner or its mode. Empty where it is not there.
[[nodiscard]] std::string version_of(const std::filesystem::path& file);

}  // namespace kulla::serve
