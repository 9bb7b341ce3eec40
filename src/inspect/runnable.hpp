// Whether a web server or a shell would run a file: decided from its name, its mode bits and its first bytes, never by running it.
#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>

namespace kulla::inspect {

/// How much of a file's beginning is looked at: a marker behind an image's header is found, a whole file is not read.
inline constexpr std::size_t head_size = 512;

/// Why, in a few words for a person ("its name ends in .php"); empty where it would not be run.
/// `name`: the last part of the path; `mode`: of a regular file; `head`: at most head_size bytes are looked at.
[[nodiscard]] std::string why_runnable(std::string_view name, mode_t mode, std::string_view head);

}  // namespace kulla::inspect
