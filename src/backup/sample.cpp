#include "backup/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>
#include <vector>

namespace kulla::backup {
namespace {
constexpr std::size_t text_most = 1 << 20;  // half of what Linux lets a command line have
}  // namespace

Manifest choose(const Manifest& manifest, std::int64_t size, std::uint64_t seed) {
  std::vector<Manifest::const_iterator> files, chosen;
  for (auto item = manifest.begin(); item != manifest.end(); ++item)
    if (item->second.type == ThingType::regular) files.push_back(item);
  std::mt19937_64 random{seed};
  std::ranges::sample(files, std::back_inserter(chosen), std::clamp<std::int64_t>(size, 0, sample_most), random);
  std::ranges::shuffle(chosen, random);  // so that a cut is as fair as the rest
  Manifest sample;
  std::size_t text = 0;
  for (const auto& item : chosen)
    if ((text += 2 * item->first.size() + 64) < text_most) sample.insert(*item);
  return sample;
}

std::string exact_pattern(std::string_view path) {
  std::string pattern;
  for (const char c : path) {
    if (std::string_view{"*?[]\\"}.contains(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

double damaged_at_most(std::int64_t compared) { return compared < 1 ? 1 : 1 - std::pow(0.05, 1 / static_cast<double>(compared)); }

std::string confidence(std::int64_t compared, std::int64_t files) {
  if (compared >= files) return fmt::format("all {} files compared", files);
  return fmt::format("{} of {} files compared: with 95 % confidence fewer than {:.1f} % are damaged", compared, files,
                     std::ceil(damaged_at_most(compared) * 1000) / 10);
}
}  // namespace kulla::backup
