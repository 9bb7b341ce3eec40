#include "drill/shell.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <fstream>

#include "base/file.hpp"

namespace kulla::drill {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t wiped_files_most = 1000;
constexpr std::uintmax_t wiped_size_most = 1 << 20;

Result<> overwrite(const fs::path& file) {
  std::error_code error;
  std::string noise(std::min(fs::file_size(file, error), wiped_size_most), '\0');
  if (error) return fail(Code::io, fmt::format("{}: {}", file.string(), error.message()));
  randombytes_buf(noise.data(), noise.size());
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out.write(noise.data(), static_cast<std::streamsize>(noise.size()));
  return out ? Result<>{} : fail(Code::io, file.string());
}
}  // namespace

std::string shell_text() { return fmt::format("<?php /* {}: a marker of kulla's drill; it does nothing */ ?>\n", shell_marker); }

Result<> Shell::confined(const fs::path& path) const {
  std::error_code error;
  const auto real = fs::weakly_canonical(path, error), wall = fs::canonical(confines_, error);
  if (error || std::ranges::mismatch(wall, real).in1 != wall.end())
    return fail(Code::refused, fmt::format("{}: outside the drill's folder", path.string()));
  return {};
}

Result<std::string> Shell::list() const {
  KULLA_CHECK(confined(root_));
  std::string names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{root_, error}) names += entry.path().filename().string() + "\n";
  return names;
}

Result<std::string> Shell::drop() const {
  const auto implant = neighbour_ / "assets" / "cache.php";
  KULLA_CHECK(confined(implant));
  std::ofstream out{implant, std::ios::binary};
  out << shell_text();
  if (!out) return fail(Code::io, implant.string());
  return std::string{"dropped\n"};
}

Result<std::string> Shell::wipe() const {
  std::size_t wiped = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator{root_ / "data", error}) {
    if (!entry.is_regular_file(error) || entry.is_symlink(error) || wiped == wiped_files_most) continue;
    KULLA_CHECK(confined(entry.path()));
    KULLA_CHECK(overwrite(entry.path()));
    ++wiped;
  }
  return fmt::format("wiped {}\n", wiped);
}
}  // namespace kulla::drill
