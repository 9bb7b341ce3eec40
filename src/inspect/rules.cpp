#include "inspect/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "base/file.hpp"
#include "base/toml_reader.hpp"
#include "inspect/default_rules.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t file_limit = std::size_t{1} << 20;

/// What a machine says of itself is meant only by patterns that say so.
bool fits(const std::vector<std::string>& patterns, const std::string& path) {
  constexpr std::string_view fact = "machine://";
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return pattern.starts_with(fact) == path.starts_with(fact) && ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  });
}

template <typename Enum>
Enum word(TomlReader& reader, std::string_view key, std::string_view choices) {
  const auto text = reader.text(key);
  Enum value{};
  if (!boost::describe::enum_from_string(text.c_str(), value) || text == "nothing")
    reader.wrong(key, fmt::format("\"{}\" is not one of {}", text, choices));
  return value;
}
}  // namespace

Result<Rules> Rules::parse(std::string_view text, std::string_view name) {
  Rules rules;
  rules.text_ = text;
  std::vector<std::string> problems;
  KULLA_TRY(const auto table, parse_toml(text, name));
  {
    TomlReader top{table, std::string(name), "", problems};
    for (const auto* may : top.tables("may")) {
      TomlReader reader{*may, std::string(name), "may.", problems};
      auto paths = reader.texts("paths");
      rules.may_.push_back({std::move(paths), word<Allowed>(reader, "change", "any, grow, rotate")});
      (void)reader.text("why", "");
    }
    for (const auto* place : top.tables("place")) {
      TomlReader reader{*place, std::string(name), "place.", problems};
      auto paths = reader.texts("paths");
      const auto severity = word<Severity>(reader, "severity", "low, medium, high, critical");
      rules.places_.push_back({std::move(paths), {severity, reader.text("why")}});
    }
  }
  if (!problems.empty()) return fail(Code::bad_config, fmt::format("{}", fmt::join(problems, "; ")));
  return rules;
}

Result<Rules> Rules::read(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_file(file, file_limit));
  return parse(text, file.string());
}

const Rules& Rules::standard() {
  static const auto rules = parse(default_rules().front(), "inspection/default.toml").value();
  return rules;
}

Allowed Rules::may_change(const std::string& path) const {
  const auto found = std::ranges::find_if(may_, [&](const May& may) { return fits(may.paths, path); });
  return found == may_.end() ? Allowed::nothing : found->change;
}

Place Rules::place_of(const std::string& path) const {
  const auto found = std::ranges::find_if(places_, [&](const Ranked& ranked) { return fits(ranked.paths, path); });
  return found == places_.end() ? Place{} : found->place;
}

}  // namespace kulla::inspect
