// Where recordings come from: files, standard input, folders; unpacked and in UTF-8 as they are read, in bounded memory.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kulla::event {

/// A stream of bytes; one thread's.
class Bytes {
 public:
  virtual ~Bytes() = default;
  /// How many bytes were put into `into`; 0 at the end. What could be read before an error is given first, the error then.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;
  /// Bytes of the file itself that were taken so far, for a progress bar.
  [[nodiscard]] virtual std::uint64_t taken() const = 0;
};

/// A file, or standard input for "-". gzip and zstd are seen by their first bytes and unpacked, also several one after another; UTF-16
/// with a byte-order mark becomes UTF-8 (a lone surrogate U+FFFD), the mark of UTF-8 is left out. Errors name the file and the place in it.
[[nodiscard]] Result<std::unique_ptr<Bytes>> open_input(const std::filesystem::path& path);

/// Files as they are named; folders as the regular files in them, sorted by name, without following links to folders.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_inputs(const std::vector<std::filesystem::path>& paths);
inline constexpr std::size_t input_limit = 1'000'000;  ///< files

}  // namespace kulla::event
