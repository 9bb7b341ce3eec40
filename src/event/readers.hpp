// A reader for each format.
#pragma once
#include <memory>
#include <vector>

#include "event/format.hpp"
#include "event/reader.hpp"
#include "event/text/read_options.hpp"

namespace kulla::event {

[[nodiscard]] std::unique_ptr<Reader> make_reader(Format format, const ReadOptions& options);
/// Of all formats, as format_from() takes them.
[[nodiscard]] std::vector<std::string_view> format_names();

}  // namespace kulla::event
