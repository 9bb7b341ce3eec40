// A file that others append to and replace: what comes is handed on once, across rotation and across our own restarts.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.hpp"

namespace kulla::daemon {

class LogTail {
 public:
  /// How far it was read: up to the end of a line.
  struct Position {
    std::uint64_t inode = 0, offset = 0;
    friend bool operator==(const Position&, const Position&) = default;
  };
  enum class Gap { none, replaced, shortened };
  /// Bytes that came; read_padding bytes after them are readable.
  using OnBytes = std::function<void(std::string_view bytes)>;

  /// Goes on at `known`; without one at the file's present end, or where there is no file yet, at its beginning.
  LogTail(std::filesystem::path file, std::optional<Position> known);
  /// Hands on what is there, at most about a megabyte. True where more may be.
  [[nodiscard]] Result<bool> read(const OnBytes& on_bytes);
  /// What was lost, since the last call: a file that was replaced while nobody read, or shortened.
  [[nodiscard]] Gap take_gap() { return std::exchange(gap_, Gap::none); }
  [[nodiscard]] Position position() const { return {inode_, line_end_}; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  [[nodiscard]] Result<> open();
  void begin_at(std::uint64_t offset) { offset_ = line_end_ = offset; }

  const std::filesystem::path file_;
  std::optional<Position> known_;
  Descriptor open_;
  std::uint64_t inode_ = 0, offset_ = 0, line_end_ = 0;
  bool first_ = true;
  Gap gap_ = Gap::none;
  std::string buffer_;
};

}  // namespace kulla::daemon
