// The "web shell" of the drill: not a shell at all. A file with the marker makes the sandbox run one of three built-in commands,
// and each touches only what lies below the drill's own folder. Nothing is ever executed.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla::drill {

/// What an uploaded file must hold for the weak service to obey it. It looks like a script to a sensor, and does nothing anywhere else.
inline constexpr std::string_view shell_marker = "kulla-drill-shell-b7c1";
/// A harmless script with the marker.
[[nodiscard]] std::string shell_text();

class Shell {
 public:
  /// `confines`: the drill's folder; every path is checked to lie below it before each use.
  Shell(std::filesystem::path confines, std::filesystem::path system_root, std::filesystem::path neighbour)
      : confines_(std::move(confines)), root_(std::move(system_root)), neighbour_(std::move(neighbour)) {}
  /// Names of the files at the top of the system's root.
  [[nodiscard]] Result<std::string> list() const;
  /// Writes an implant into the neighbour's document root, through the mount that both share.
  [[nodiscard]] Result<std::string> drop() const;
  /// Overwrites the data files of its own system with random bytes.
  [[nodiscard]] Result<std::string> wipe() const;

 private:
  [[nodiscard]] Result<> confined(const std::filesystem::path& path) const;
  std::filesystem::path confines_, root_, neighbour_;
};

}  // namespace kulla::drill
