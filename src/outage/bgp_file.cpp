#include "outage/bgp_file.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>

#include "outage/bgp_mrt.hpp"
#include "outage/bgp_ris.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t block = std::size_t{1} << 16;
constexpr std::size_t line_most = std::size_t{1} << 20;  // as RisReader takes them

struct Free {
  void operator()(archive* opened) const { ::archive_read_free(opened); }
};

/// Calls on_bytes for each piece of what the file holds, unpacked.
Result<> unpacked(const std::filesystem::path& file, const std::function<void(std::string_view)>& on_bytes) {
  const std::unique_ptr<archive, Free> opened{::archive_read_new()};
  if (!opened) return fail(Code::io, "no memory");
  ::archive_read_support_filter_gzip(opened.get());
  ::archive_read_support_filter_bzip2(opened.get());
  ::archive_read_support_format_raw(opened.get());
  ::archive_read_support_format_empty(opened.get());
  archive_entry* entry = nullptr;
  const auto why = [&] {
    return file.string() + ": " + (::archive_error_string(opened.get()) ? ::archive_error_string(opened.get()) : "?");
  };
  if (::archive_read_open_filename(opened.get(), file.c_str(), block) != ARCHIVE_OK) return fail(Code::io, why());
  const int header = ::archive_read_next_header(opened.get(), &entry);
  if (header == ARCHIVE_EOF) return {};
  if (header != ARCHIVE_OK) return fail(Code::damaged_input, why());
  std::array<char, block> buffer;
  while (true) {
    const auto got = ::archive_read_data(opened.get(), buffer.data(), buffer.size());
    if (got < 0) return fail(Code::damaged_input, why());
    if (got == 0) return {};
    on_bytes({buffer.data(), static_cast<std::size_t>(got)});
  }
}

/// Lines of pieces; one that is too long is given cut, and so is damaged.
class Lines {
 public:
  explicit Lines(std::function<void(std::string_view)> on_line) : on_line_(std::move(on_line)) {}
  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const auto piece = bytes.substr(0, end);
      line_.append(piece.substr(0, line_most - std::min(line_.size(), line_most)));
      if (end == std::string_view::npos) return;
      finish();
      bytes.remove_prefix(end + 1);
    }
  }
  void finish() {
    if (!line_.empty()) on_line_(line_);
    line_.clear();
  }

 private:
  std::function<void(std::string_view)> on_line_;
  std::string line_;
};
}  // namespace

Result<RouteCounts> read_route_file(const std::filesystem::path& file, const OnRoute& on_route) {
  const auto name = file.filename().string();
  if (name.contains(".json") || name.contains(".ndjson")) {
    RisReader reader;
    Lines lines{[&](std::string_view line) { reader.line(line, on_route); }};
    KULLA_CHECK(unpacked(file, [&](std::string_view bytes) { lines.feed(bytes); }));
    lines.finish();
    return reader.counts();
  }
  MrtReader reader;
  KULLA_CHECK(unpacked(file, [&](std::string_view bytes) { reader.feed(bytes, on_route); }));
  reader.finish();
  return reader.counts();
}

}  // namespace kulla::outage
