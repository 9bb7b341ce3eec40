// The words of a statement in one language: ICU's message patterns from statements/LANGUAGE.toml, which the program carries in itself.
// Plural forms, numbers, lists, spans and times are ICU's for that language (Unicode CLDR).
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "notify/judge.hpp"

namespace kulla::notify {

/// A time zone by its fixed name: "Europe/Tirane", "UTC".
class Zone {
 public:
  Zone();  ///< UTC
  /// Code::bad_config for a name that nobody knows.
  [[nodiscard]] static Result<Zone> named(const std::string& name);
  /// 2022-07-15T12:00:00+02:00; UTC is -00:00, as CAP 1.2 wants it.
  [[nodiscard]] std::string with_offset(Timestamp time) const;
  /// By an ICU pattern, in this language.
  [[nodiscard]] std::string text(Timestamp time, const std::string& pattern, const std::string& language) const;

 private:
  explicit Zone(std::shared_ptr<const void> zone) : zone_(std::move(zone)) {}
  std::shared_ptr<const void> zone_;  // an icu::TimeZone; ICU's headers stay in one file
};

class Language {
 public:
  /// Code::bad_config names the line or the key: something is missing or unknown, a pattern is none, or uses what its sentence lacks.
  [[nodiscard]] static Result<Language> parse(std::string_view text, std::string_view file);
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string sentence(const Said& said, const Record& record, const Zone& zone) const;
  [[nodiscard]] std::string missing(const Missing& missing, const Record& record, const Zone& zone) const;
  /// What a sentence would say, in a few words.
  [[nodiscard]] std::string label(std::string_view sentence) const;
  [[nodiscard]] const std::string& title() const { return format_.at("title"); }
  [[nodiscard]] const std::string& event() const { return format_.at("event"); }

 private:
  std::string filled(const std::string& pattern, const std::vector<Argument>& arguments, const Record& record, const Zone& zone) const;
  std::string code_, name_;
  std::map<std::string, std::string, std::less<>> format_, sentences_, labels_, missing_;
};

/// By code. Those of statements/ are in the program.
using Languages = std::map<std::string, Language, std::less<>>;
[[nodiscard]] Result<Languages> built_in_languages();
[[nodiscard]] std::vector<std::string> codes_of(const Languages& languages);

/// The named arguments of an ICU pattern; Code::bad_config where it is none.
[[nodiscard]] Result<std::set<std::string>> arguments_of(const std::string& pattern);

/// A service as citizens know it: its name in this language, else its address.
[[nodiscard]] std::string public_name(const Record& record, const ServiceId& service, const std::string& language);

/// The files of statements/, as they are in the program.
[[nodiscard]] std::vector<std::string_view> statement_templates();

}  // namespace kulla::notify
