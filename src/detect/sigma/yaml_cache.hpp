// Rule files as they were read before: to read YAML is most of the cost of a start. Found by the hash of a file's bytes, so a file that
// changed is read anew, and nothing else decides; what is made of the trees is made at every start.
//
// On disk: a line with the SHA-256 of all that follows, then a line for each rule file: the SHA-256 of its bytes, a blank, its trees as JSON.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

/// Of bytes that are not UTF-8 nothing comes back.
[[nodiscard]] std::string trees_to_json(const std::vector<Tree>& trees);
[[nodiscard]] std::optional<std::vector<Tree>> trees_from_json(std::string_view json);

/// Any number of threads may read.
class YamlCache {
 public:
  static constexpr std::size_t size_limit = std::size_t{64} << 20;
  YamlCache() = default;  ///< empty, and kept nowhere
  /// Empty where there is no such file yet. Fails where what is there cannot be trusted: not the user's own, open to others, damaged.
  [[nodiscard]] static Result<YamlCache> open(const std::filesystem::path& file);
  YamlCache(YamlCache&& other) noexcept : text_(std::move(other.text_)), kept_(std::move(other.kept_)), added_(std::move(other.added_)) {}

  /// As read_yaml(). Only what could be read is kept: a fault is found again each time.
  [[nodiscard]] Checked<std::vector<Tree>> read(std::string_view yaml);
  /// Writes it where something was added. What was not asked for since it was opened goes where not all has room.
  [[nodiscard]] Result<> save(const std::filesystem::path& file) const;

 private:
  struct Kept {
    std::string_view json;  // of text_
    bool used = false;
  };
  std::string text_;
  std::map<Digest, Kept> kept_;
  std::map<Digest, std::string> added_;
  std::mutex mutex_;  // of `used` and `added_`
};

}  // namespace kulla::detect::sigma
