// Whole files: read with a bound, write so that a crash leaves the old or the new content, never a mixture.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla {

/// An open file descriptor, closed when it goes; -1 is none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

/// At most `limit` bytes; a larger file is Code::too_large.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);
/// Writes beside, syncs, renames, syncs the folder.
[[nodiscard]] Result<> write_file_atomic(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644);
/// The same in pieces: written beside, and there under its name once committed; gone if not.
class AtomicFile {
 public:
  [[nodiscard]] static Result<AtomicFile> create(const std::filesystem::path& path, mode_t mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();
  [[nodiscard]] Result<> write(std::string_view content);
  /// Takes over owner, group and mode of the file that it replaces; nothing where there is none.
  [[nodiscard]] Result<> as_the_old_one();
  [[nodiscard]] Result<> commit();

 private:
  AtomicFile(std::filesystem::path path, std::filesystem::path beside, Descriptor file);
  std::filesystem::path path_, beside_;
  Descriptor file_;
};
[[nodiscard]] Result<> write_all(int fd, std::string_view content, std::string_view what);
[[nodiscard]] Result<> sync_folder(const std::filesystem::path& folder);

/// A fresh folder below the system's temporary folder (or `below`), removed with all in it unless kept.
class TemporaryFolder {
 public:
  [[nodiscard]] static Result<TemporaryFolder> make(std::string_view prefix, const std::filesystem::path& below = {});
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace kulla
