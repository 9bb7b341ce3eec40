#include "daemon/reports.hpp"

#include <fmt/format.h>

#include "base/file.hpp"

namespace kulla::daemon {

Result<Reports::Text> Reports::of(const SystemId& system, const std::filesystem::path& file) {
  const std::scoped_lock lock{mutex_};
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file, error);  // before it is read: a newer one is then seen by its time
  const auto size = error ? 0 : std::filesystem::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory)
    return fail(Code::not_found, fmt::format("no report of {}: it has not been inspected", system.str()));
  if (error) return fail(Code::io, fmt::format("{}: {}", file.string(), error.message()));
  std::erase_if(held_, [](const Held& each) { return each.text.expired(); });
  std::size_t together = size;
  for (const auto& each : held_) {
    auto text = each.text.lock();
    if (text && each.system == system && each.written == written) return text;
    if (text) together += text->size();
  }
  if (size <= limits_.one && together > limits_.together)
    return fail(Code::timed_out, "too many large reports are being sent to others; ask again in a moment");
  KULLA_TRY(auto content, read_file(file, limits_.one));
  auto text = std::make_shared<const std::string>(std::move(content));
  held_.push_back({system, written, text});
  return text;
}
}  // namespace kulla::daemon
