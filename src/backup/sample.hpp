// What of a very large data set is restored and compared where not all of it can be, and what that is worth.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "backup/manifest.hpp"

namespace kulla::backup {

/// More would not fit in restic's command line, and each costs restic a comparison with every name it walks past. With none bad of 1,000,
/// fewer than 0.3 % are damaged.
constexpr std::int64_t sample_most = 1000;

/// `size` regular files of a manifest, each as likely as any other; all of them where it has no more.
[[nodiscard]] Manifest choose(const Manifest& manifest, std::int64_t size, std::uint64_t seed);
/// A pattern by which restic includes exactly the file at `path`.
[[nodiscard]] std::string exact_pattern(std::string_view path);
/// With 95 % confidence fewer than this share of the files is damaged, when `compared` of them, chosen at random, were not.
[[nodiscard]] double damaged_at_most(std::int64_t compared);
/// In words: `300 of 12000 files compared: with 95 % confidence fewer than 1.0 % are damaged`.
[[nodiscard]] std::string confidence(std::int64_t compared, std::int64_t files);

}  // namespace kulla::backup
