#include "notify/language.hpp"

#include <fmt/format.h>
#include <unicode/listformatter.h>
#include <unicode/measfmt.h>
#include <unicode/messagepattern.h>
#include <unicode/msgfmt.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/shown_text.hpp"
#include "base/toml_reader.hpp"

namespace kulla::notify {
namespace {
using icu::UnicodeString;
constexpr std::size_t names_shown = 12;  // a thousand names are no sentence; the rest are counted

UnicodeString from_utf8(std::string_view text) {
  return UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}
std::string to_utf8(const UnicodeString& text) {
  std::string bytes;
  return text.toUTF8String(bytes);
}
icu::Locale locale_of(const std::string& language) { return icu::Locale(language.c_str()); }
const icu::TimeZone& zone_in(const std::shared_ptr<const void>& zone) { return *static_cast<const icu::TimeZone*>(zone.get()); }
UDate udate(Timestamp time) { return static_cast<UDate>(std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count()); }

UnicodeString listed(const std::vector<UnicodeString>& items, const icu::Locale& locale) {
  UErrorCode status = U_ZERO_ERROR;
  UnicodeString text;
  const std::unique_ptr<icu::ListFormatter> formatter{icu::ListFormatter::createInstance(locale, status)};
  if (U_SUCCESS(status)) formatter->format(items.data(), static_cast<std::int32_t>(items.size()), text, status);
  KULLA_ASSERT(U_SUCCESS(status));
  return text;
}

/// In days, hours and minutes, rounded up: nothing is younger than it is said to be.
UnicodeString span_text(std::chrono::milliseconds span, const icu::Locale& locale) {
  UErrorCode status = U_ZERO_ERROR;
  const auto minutes = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::minutes>(span).count());
  std::vector<icu::Measure> parts;
  const auto add = [&](std::int64_t amount, icu::MeasureUnit* unit) {
    if (amount > 0) parts.emplace_back(icu::Formattable(amount), unit, status);
    else delete unit;  // NOLINT(cppcoreguidelines-owning-memory): ICU hands over what a Measure adopts
  };
  add(minutes / 1440, icu::MeasureUnit::createDay(status));
  add(minutes / 60 % 24, icu::MeasureUnit::createHour(status));
  add(minutes % 60, icu::MeasureUnit::createMinute(status));
  const icu::MeasureFormat format{locale, UMEASFMT_WIDTH_WIDE, status};
  UnicodeString text;
  icu::FieldPosition position;
  format.formatMeasures(parts.data(), static_cast<std::int32_t>(parts.size()), text, position, status);
  KULLA_ASSERT(U_SUCCESS(status));
  return text;
}

/// `pattern` was looked at when its language was read, so that it is one.
UnicodeString formatted(const std::string& pattern, const icu::Locale& locale, const std::vector<UnicodeString>& names,
                        const std::vector<icu::Formattable>& values) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::MessageFormat format{from_utf8(pattern), locale, status};
  UnicodeString text;
  format.format(names.data(), values.data(), static_cast<std::int32_t>(values.size()), text, status);
  KULLA_ASSERT(U_SUCCESS(status));
  return text;
}
}  // namespace

// --- zones

Zone::Zone() : zone_(std::shared_ptr<icu::TimeZone>(icu::TimeZone::createTimeZone("UTC"))) {}

Result<Zone> Zone::named(const std::string& name) {
  std::shared_ptr<icu::TimeZone> zone{icu::TimeZone::createTimeZone(from_utf8(name))};
  if (*zone == icu::TimeZone::getUnknown())
    return fail(Code::bad_config, fmt::format("no time zone \"{}\"; write it as \"Europe/Tirane\"", name));
  return Zone{std::move(zone)};
}

std::string Zone::text(Timestamp time, const std::string& pattern, const std::string& language) const {
  UErrorCode status = U_ZERO_ERROR;
  icu::SimpleDateFormat format{from_utf8(pattern), locale_of(language), status};
  KULLA_ASSERT(U_SUCCESS(status));
  format.setTimeZone(zone_in(zone_));
  UnicodeString text;
  return to_utf8(format.format(udate(time), text));
}

std::string Zone::with_offset(Timestamp time) const {
  auto written = text(time, "yyyy-MM-dd'T'HH:mm:ssxxx", "en");
  if (written.ends_with("+00:00")) written[written.size() - 6] = '-';
  return written;
}

// --- reading a language

Result<std::set<std::string>> arguments_of(const std::string& pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  const icu::MessagePattern parsed{from_utf8(pattern), &where, status};
  if (U_FAILURE(status)) return fail(Code::bad_config, fmt::format("no message pattern, at letter {}", where.offset));
  std::set<std::string> names;
  for (std::int32_t i = 0; i < parsed.countParts(); ++i)
    if (const auto& part = parsed.getPart(i); part.getType() == UMSGPAT_PART_TYPE_ARG_NAME)
      names.insert(to_utf8(parsed.getSubstring(part)));
    else if (part.getType() == UMSGPAT_PART_TYPE_ARG_NUMBER) return fail(Code::bad_config, "arguments have names here, not numbers");
  return names;
}

namespace {
/// A pattern that can be filled: it is one, and names all of its arguments and no other.
std::optional<std::string> objection(const std::string& pattern, const std::vector<std::string_view>& arguments,
                                     const std::string& language) {
  const auto named = arguments_of(pattern);
  if (!named) return named.error().what;
  for (const auto& name : *named)
    if (std::ranges::find(arguments, name) == arguments.end()) return fmt::format("there is no argument {{{}}} here", name);
  for (const auto name : arguments)
    if (!named->contains(std::string(name))) return fmt::format("the argument {{{}}} is missing", name);
  UErrorCode status = U_ZERO_ERROR;
  const icu::MessageFormat format{from_utf8(pattern), locale_of(language), status};
  return U_FAILURE(status) ? std::optional<std::string>{u_errorName(status)} : std::nullopt;
}

class Reading {
 public:
  Reading(const toml::table& table, std::string_view file, std::vector<std::string>& problems)
      : problems_(problems), top_(table, std::string(file), "", problems), file_(file) {}
  using Texts = std::map<std::string, std::string, std::less<>>;

  std::string text(std::string_view key) { return top_.text(key); }
  /// One text for each id; `arguments_of_id` gives what its pattern may use, nullptr where it is plain.
  template <typename Ids, typename Arguments>
  Texts texts(std::string_view key, const std::string& language, const Ids& ids, Arguments arguments_of_id) {
    const auto* table = top_.table(key);
    if (!table) return top_.wrong(key, "is missing"), Texts{};
    TomlReader reader{*table, file_, std::string(key) + ".", problems_};
    Texts texts;
    for (const auto& each : ids) {
      auto text = reader.text(each.id);
      if (text.empty()) reader.wrong(each.id, "is empty");
      else if (const auto problem = arguments_of_id(each, text, language)) reader.wrong(each.id, *problem);
      texts.emplace(each.id, std::move(text));
    }
    return texts;
  }

 private:
  std::vector<std::string>& problems_;
  TomlReader top_;
  std::string file_;
};

const std::array format_texts{MissingKind{"time", {}}, MissingKind{"more", {}}, MissingKind{"title", {}}, MissingKind{"event", {}}};
}  // namespace

Result<Language> Language::parse(std::string_view text, std::string_view file) {
  KULLA_TRY(const auto table, parse_toml(text, file));
  Language language;
  std::vector<std::string> problems;
  {
    Reading reading{table, file, problems};
    language.code_ = reading.text("language");
    language.name_ = reading.text("name");
    const auto pattern = [](const auto& each, const std::string& given, const std::string& code) {
      return objection(given, each.arguments, code);
    };
    const auto plain = [](const auto&, const std::string&, const std::string&) { return std::optional<std::string>{}; };
    language.format_ = reading.texts("format", language.code_, format_texts, plain);
    language.sentences_ = reading.texts("sentences", language.code_, all_sentences(), pattern);
    language.labels_ = reading.texts("labels", language.code_, all_sentences(), plain);
    language.missing_ = reading.texts("missing", language.code_, all_missing(), pattern);
  }
  if (const auto problem = objection(language.format_["more"], {"count"}, language.code_)) problems.push_back("format.more: " + *problem);
  if (!problems.empty()) return fail(Code::bad_config, problems.front());
  return language;
}

Result<Languages> built_in_languages() {
  Languages languages;
  for (const auto text : statement_templates()) {
    KULLA_TRY(auto language, Language::parse(text, "statements"));
    auto code = language.code();
    languages.emplace(std::move(code), std::move(language));
  }
  return languages;
}
std::vector<std::string> codes_of(const Languages& languages) {
  std::vector<std::string> codes;
  for (const auto& [code, language] : languages) codes.push_back(code);
  return codes;
}

// --- saying

std::string public_name(const Record& record, const ServiceId& service, const std::string& language) {
  const auto known = record.services.find(service);
  if (known == record.services.end()) return shown_text(service.str());
  const auto& names = known->second.names;
  const auto name = names.find(language);
  return shown_text(name != names.end() ? name->second : known->second.address.empty() ? service.str() : known->second.address);
}

std::string Language::filled(const std::string& pattern, const std::vector<Argument>& arguments, const Record& record,
                             const Zone& zone) const {
  const auto locale = locale_of(code_);
  std::vector<UnicodeString> names;
  std::vector<icu::Formattable> values;
  struct Visitor {
    const Language& self;
    const Record& record;
    const Zone& zone;
    const icu::Locale& locale;
    icu::Formattable operator()(std::int64_t number) const { return icu::Formattable{number}; }
    icu::Formattable operator()(Timestamp time) const { return from_utf8(zone.text(time, self.format_.at("time"), self.code_)); }
    icu::Formattable operator()(std::chrono::milliseconds span) const { return span_text(span, locale); }
    icu::Formattable operator()(const std::string& text) const { return from_utf8(shown_text(text)); }
    icu::Formattable operator()(const Services& services) const {
      std::vector<UnicodeString> items;
      for (const auto& service : services) {
        if (items.size() == names_shown) break;
        items.push_back(from_utf8(public_name(record, service, self.code_)));
      }
      const auto more = services.size() - items.size();
      if (more > 0)
        items.push_back(
            formatted(self.format_.at("more"), locale, {from_utf8("count")}, {icu::Formattable{static_cast<std::int64_t>(more)}}));
      return listed(items, locale);
    }
  };
  for (const auto& argument : arguments) {
    names.push_back(from_utf8(argument.name));
    values.push_back(std::visit(Visitor{*this, record, zone, locale}, argument.value));
  }
  return to_utf8(formatted(pattern, locale, names, values));
}

std::string Language::sentence(const Said& said, const Record& record, const Zone& zone) const {
  return filled(sentences_.find(said.sentence->id)->second, said.claim.arguments, record, zone);
}
std::string Language::missing(const Missing& missing, const Record& record, const Zone& zone) const {
  return filled(missing_.find(missing.id)->second, missing.arguments, record, zone);
}
std::string Language::label(std::string_view sentence) const {
  const auto known = labels_.find(sentence);
  return known == labels_.end() ? shown_text(sentence) : known->second;
}
}  // namespace kulla::notify
