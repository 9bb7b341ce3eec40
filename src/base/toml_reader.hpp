// Reads a TOML table strictly: every error is collected with its line, and a key that nobody asked for is an error too.
#pragma once
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/toml.hpp"

namespace kulla {

class TomlReader {
 public:
  TomlReader(const toml::table& table, std::string file, std::string place, std::vector<std::string>& problems)
      : table_(table), file_(std::move(file)), place_(std::move(place)), problems_(problems) {}
  TomlReader(const TomlReader&) = delete;
  TomlReader& operator=(const TomlReader&) = delete;
  ~TomlReader();

  [[nodiscard]] std::string text(std::string_view key, std::optional<std::string> otherwise = {});
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  /// A number with a fraction, in thousandths.
  [[nodiscard]] std::int64_t thousandths(std::string_view key, std::int64_t otherwise);
  [[nodiscard]] bool boolean(std::string_view key, bool otherwise);
  /// "250ms", "10s", "5m", "1h", "2d".
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds otherwise);
  /// Relative paths are relative to the config file's folder.
  [[nodiscard]] std::filesystem::path path(std::string_view key, std::optional<std::filesystem::path> otherwise = {});
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] std::vector<std::filesystem::path> paths(std::string_view key);
  [[nodiscard]] std::vector<int> integers(std::string_view key, std::vector<int> otherwise);
  /// What people read: { sq = "…", en = "…" } by language, or one "text" for all of them, which comes back under "".
  [[nodiscard]] std::map<std::string, std::string> translated(std::string_view key);
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  /// Adds `FILE:LINE: PLACE.KEY: PROBLEM` at the key (or at the table, where the key is missing).
  void wrong(std::string_view key, std::string_view problem);

 private:
  const toml::node* node(std::string_view key);
  const toml::table& table_;
  std::string file_, place_;
  std::vector<std::string>& problems_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace kulla
