#include "base/toml_reader.hpp"

#include <fmt/ranges.h>
#include <array>
#include <charconv>
#include <cmath>

namespace kulla {

TomlReader::~TomlReader() {
  for (const auto& [key, value] : table_)
    if (!asked_.contains(key.str()))
      problems_.push_back(fmt::format("{}:{}: {}unknown key \"{}\"; known here: {}", file_, value.source().begin.line, place_, key.str(),
                                      fmt::join(asked_, ", ")));
}

void TomlReader::wrong(std::string_view key, std::string_view problem) {
  const auto* at = table_.get(key);
  const auto line = at ? at->source().begin.line : table_.source().begin.line;
  problems_.push_back(fmt::format("{}:{}: {}{}: {}", file_, line, place_, key, problem));
}

const toml::node* TomlReader::node(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

std::string TomlReader::text(std::string_view key, std::optional<std::string> otherwise) {
  const auto* at = node(key);
  if (!at) {
    if (!otherwise) wrong(key, "is missing");
    return otherwise.value_or("");
  }
  const auto value = at->value<std::string>();
  if (!at->is_string()) wrong(key, "write it as \"text\"");
  return at->is_string() ? *value : "";
}

std::int64_t TomlReader::integer(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  const auto* at = node(key);
  if (!at) return otherwise;
  const auto value = at->is_integer() ? at->value<std::int64_t>() : std::nullopt;
  if (value && *value >= least && *value <= most) return *value;
  wrong(key, fmt::format("write a whole number from {} to {}", least, most));
  return otherwise;
}

std::int64_t TomlReader::thousandths(std::string_view key, std::int64_t otherwise) {
  const auto* at = node(key);
  if (!at) return otherwise;
  const auto value = at->is_number() ? at->value<double>() : std::nullopt;
  if (value && *value >= 0 && *value <= 1e6) return std::llround(*value * 1000);
  wrong(key, "write a number from 0 to 1000000");
  return otherwise;
}

bool TomlReader::boolean(std::string_view key, bool otherwise) {
  const auto* at = node(key);
  if (!at) return otherwise;
  if (!at->is_boolean()) wrong(key, "write true or false");
  return at->is_boolean() ? *at->value<bool>() : otherwise;
}

std::chrono::milliseconds TomlReader::duration(std::string_view key, std::chrono::milliseconds otherwise) {
  const auto* at = node(key);
  if (!at) return otherwise;
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  const auto value = at->is_string() ? *at->value<std::string>() : std::string{};
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), amount);
  const std::string_view unit{end, static_cast<std::size_t>(value.data() + value.size() - end)};
  for (const auto& [name, factor] : units)
    if (error == std::errc{} && unit == name && amount > 0 && amount <= 1'000'000) return std::chrono::milliseconds{amount * factor};
  wrong(key, "write a time above 0 as \"250ms\", \"10s\", \"5m\", \"1h\" or \"2d\"");
  return otherwise;
}

namespace {
std::filesystem::path beside(const std::string& file, const std::filesystem::path& path) {
  return path.empty() || path.is_absolute() ? path : std::filesystem::absolute(file).parent_path() / path;
}
}  // namespace

std::filesystem::path TomlReader::path(std::string_view key, std::optional<std::filesystem::path> otherwise) {
  return beside(file_, text(key, otherwise ? std::optional{otherwise->string()} : std::nullopt));
}

std::vector<std::string> TomlReader::texts(std::string_view key) {
  std::vector<std::string> values;
  const auto* at = node(key);
  if (!at) return values;
  const auto* array = at->as_array();
  if (!array) {
    wrong(key, "write a list as [\"a\", \"b\"]");
    return values;
  }
  for (const auto& element : *array) {
    if (element.is_string()) values.push_back(*element.value<std::string>());
    else wrong(key, "each element is \"text\"");
  }
  return values;
}

std::vector<std::filesystem::path> TomlReader::paths(std::string_view key) {
  std::vector<std::filesystem::path> result;
  for (const auto& each : texts(key)) result.push_back(beside(file_, each));
  return result;
}

std::vector<int> TomlReader::integers(std::string_view key, std::vector<int> otherwise) {
  const auto* at = node(key);
  if (!at) return otherwise;
  const auto* array = at->as_array();
  std::vector<int> values;
  for (std::size_t i = 0; array && i < array->size(); ++i)
    if ((*array)[i].is_integer()) values.push_back(static_cast<int>(*(*array)[i].value<std::int64_t>()));
  if (array && values.size() == array->size()) return values;
  wrong(key, "write a list of whole numbers as [10, 50]");
  return otherwise;
}

std::map<std::string, std::string> TomlReader::translated(std::string_view key) {
  const auto* at = node(key);
  if (!at) return {};
  std::map<std::string, std::string> by_language;
  if (at->is_string()) by_language.emplace("", *at->value<std::string>());
  const auto* languages = at->as_table();
  bool well = at->is_string() || (languages && !languages->empty());
  for (auto each = languages ? languages->begin() : toml::table::const_iterator{}; languages && each != languages->end(); ++each) {
    well = well && each->second.is_string();
    if (each->second.is_string()) by_language.emplace(std::string(each->first), *each->second.value<std::string>());
  }
  if (!well) wrong(key, "write it as { sq = \"…\", en = \"…\" }, or as one \"text\" for all languages");
  return by_language;
}

const toml::table* TomlReader::table(std::string_view key) {
  const auto* at = node(key);
  if (at && !at->is_table()) wrong(key, fmt::format("write it as a table: [{}]", key));
  return at ? at->as_table() : nullptr;
}

std::vector<const toml::table*> TomlReader::tables(std::string_view key) {
  std::vector<const toml::table*> result;
  const auto* at = node(key);
  if (!at) return result;
  const auto* array = at->as_array();
  if (!array) wrong(key, fmt::format("write each as [[{}]]", key));
  for (std::size_t i = 0; array && i < array->size(); ++i) {
    if (const auto* element = (*array)[i].as_table()) result.push_back(element);
    else wrong(key, fmt::format("write each as [[{}]]", key));
  }
  return result;
}
}  // namespace kulla
