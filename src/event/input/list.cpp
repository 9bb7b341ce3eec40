#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "event/input.hpp"

namespace kulla::event {
namespace fs = std::filesystem;
namespace {

void list_folder(const fs::path& folder, Inputs& inputs) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) entries.push_back(*at);
  if (error) inputs.unreadable.push_back(fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    std::error_code ignored;
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) list_folder(entry.path(), inputs);
    else if (entry.is_regular_file(ignored)) inputs.files.push_back(entry.path().string());
  }
}
}  // namespace

Result<Inputs> list_inputs(const std::vector<std::string>& paths) {
  Inputs inputs;
  for (const auto& path : paths) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (path == "-") inputs.files.push_back(path);
    else if (!fs::exists(status)) return fail(Code::not_found, fmt::format("{}: {}", path, error ? error.message() : "no such file"));
    else if (fs::is_directory(status)) list_folder(path, inputs);
    else inputs.files.push_back(path);
  }
  return inputs;
}

}  // namespace kulla::event
