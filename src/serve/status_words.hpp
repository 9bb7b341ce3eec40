// What the pages say, in each language: web/status/LANGUAGE.json, a message a key, compiled in. Another language is another file.
#pragma once
#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "serve/status_picture.hpp"
#include "serve/status_zone.hpp"

namespace kulla::serve {

class Words {
 public:
  /// nullptr where there are no messages in that language.
  [[nodiscard]] static const Words* in(std::string_view language);
  /// In the order of the files.
  [[nodiscard]] static std::vector<std::string> languages();

  [[nodiscard]] const std::string& language() const { return language_; }
  /// The message as it stands in the file; one that is missing is a programmer's mistake.
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const { return texts_; }
  /// With its {} filled in. Messages hold nothing that HTML would read, so what goes in decides whether the outcome is text or markup.
  template <typename... Args>
  [[nodiscard]] std::string say(std::string_view key, const Args&... args) const {
    return fmt::vformat(text(key), fmt::make_format_args(args...));
  }
  /// KEY_one for 1, else KEY_many; the number is the first {}.
  template <typename... Args>
  [[nodiscard]] std::string count(std::string_view key, std::size_t number, const Args&... args) const {
    return say(fmt::format("{}_{}", key, number == 1 ? "one" : "many"), this->number(number), args...);
  }
  [[nodiscard]] std::string number(std::size_t number) const;             ///< 1,225
  [[nodiscard]] std::string date(std::chrono::year_month_day day, bool with_year = true) const;  ///< 28 November 2026
  /// 28 November, 02:31; with the year where that is not `now`'s.
  [[nodiscard]] std::string when(Timestamp time, const Zone& zone, std::optional<Timestamp> now = {}) const;
  [[nodiscard]] std::string length(std::chrono::seconds length) const;     ///< "3 h 10 min"; under a minute "less than a minute"

 private:
  Words(std::string language, std::map<std::string, std::string, std::less<>> texts)
      : language_(std::move(language)), texts_(std::move(texts)) {}
  static const std::vector<Words>& files();
  std::string language_;
  std::map<std::string, std::string, std::less<>> texts_;
};

/// A text, and the language that it is in: "" where it is of none.
struct Said {
  std::string_view text, language;
};
/// In this language, else the one of all, else in whatever there is.
[[nodiscard]] Said said(const Texts& texts, std::string_view language);

}  // namespace kulla::serve
