#include "serve/file_version.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace kulla::serve {

std::string version_of(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  // The times are as coarse as the kernel's clock ticks: mode and owner may change within one.
  return fmt::format("{}:{}:{}.{}:{:o}:{}:{}", found.st_ino, found.st_size, found.st_ctim.tv_sec, found.st_ctim.tv_nsec, found.st_mode,
                     found.st_uid, found.st_gid);
}

}  // namespace kulla::serve
