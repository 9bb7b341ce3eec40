#include "serve/status_words.hpp"

#include <algorithm>

#include "base/canonical_json.hpp"
#include "serve/status_assets.hpp"

namespace kulla::serve {
namespace {
constexpr std::string_view language_key = "language";

std::map<std::string, std::string, std::less<>> read_messages(std::string_view file) {
  const auto value = parse_json(file);
  KULLA_ASSERT(value && value->is_object());  // compiled in, and a test reads them
  std::map<std::string, std::string, std::less<>> texts;
  for (const auto& [key, text] : value->get_object()) texts.emplace(std::string(key), std::string(text.as_string()));
  return texts;
}
}  // namespace

const std::vector<Words>& Words::files() {
  static const std::vector<Words> read = [] {
    std::vector<Words> all;
    const auto assets = status_assets();
    for (std::size_t i = asset_messages; i < assets.size(); ++i) {
      auto texts = read_messages(assets[i]);
      auto language = texts.find(language_key)->second;
      all.push_back(Words{std::move(language), std::move(texts)});
    }
    return all;
  }();
  return read;
}
const Words* Words::in(std::string_view language) {
  const auto found = std::ranges::find(files(), language, &Words::language);
  return found == files().end() ? nullptr : &*found;
}
std::vector<std::string> Words::languages() {
  std::vector<std::string> names;
  for (const auto& file : files()) names.push_back(file.language());
  return names;
}

const std::string& Words::text(std::string_view key) const {
  const auto found = texts_.find(key);
  KULLA_ASSERT(found != texts_.end());
  return found->second;
}

std::string Words::number(std::size_t number) const {
  auto digits = std::to_string(number);
  for (auto at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, text("thousands"));
  return digits;
}
std::string Words::date(std::chrono::year_month_day day, bool with_year) const {
  const auto month = text(fmt::format("month_{}", static_cast<unsigned>(day.month())));
  const auto year = with_year ? fmt::format(" {}", static_cast<int>(day.year())) : "";
  return fmt::format("{} {}{}", static_cast<unsigned>(day.day()), month, year);
}
std::string Words::when(Timestamp time, const Zone& zone, std::optional<Timestamp> now) const {
  const auto civil = zone.civil(time);
  const bool with_year = !now || zone.civil(*now).day.year() != civil.day.year();
  return fmt::format("{}, {:02d}:{:02d}", date(civil.day, with_year), civil.hour, civil.minute);
}
std::string Words::length(std::chrono::seconds length) const {
  using namespace std::chrono;
  const auto minutes = duration_cast<std::chrono::minutes>(length).count();
  if (minutes < 1) return text("length_moment");
  if (minutes < 60) return say("length_minutes", minutes);
  if (minutes < 24 * 60) return say("length_hours", minutes / 60, minutes % 60);
  return say("length_days", minutes / (24 * 60), minutes / 60 % 24);
}

Said said(const Texts& texts, std::string_view language) {
  if (texts.empty()) return {};
  if (const auto own = texts.find(std::string(language)); own != texts.end()) return {own->second, own->first};
  return {texts.begin()->second, texts.begin()->first};  // "" sorts first
}
}  // namespace kulla::serve
