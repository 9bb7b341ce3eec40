// Where the public data lies that some tests measure with; they skip, and say so, where it is not there.
#pragma once
#include <cstdlib>
#include <filesystem>

namespace kulla::test {

inline std::filesystem::path corpus() {
  const char* named = std::getenv("KULLA_CORPUS");
  return named ? std::filesystem::path{named} : std::filesystem::path{KULLA_SOURCE_DIR}.parent_path() / "shared" / "corpus";
}

}  // namespace kulla::test
