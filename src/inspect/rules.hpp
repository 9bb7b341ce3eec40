// What may change without being a finding, and which files mean more than others: a readable file (inspection/default.toml).
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/entry.hpp"

namespace kulla::inspect {

BOOST_DEFINE_ENUM_CLASS(Allowed, nothing, any, grow, rotate)

struct Place {
  Severity severity = Severity::low;
  std::string why;  ///< what such a file decides; empty: nothing special
};

class Rules {
 public:
  /// Those that the program carries.
  [[nodiscard]] static const Rules& standard();
  /// Code::bad_config with file and line where it says something else than rules.
  [[nodiscard]] static Result<Rules> read(const std::filesystem::path& file);
  [[nodiscard]] static Result<Rules> parse(std::string_view text, std::string_view name);

  [[nodiscard]] Allowed may_change(const std::string& path) const;
  [[nodiscard]] Place place_of(const std::string& path) const;
  /// The text they were read from: a report says by which rules it was made.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct May {
    std::vector<std::string> paths;
    Allowed change = Allowed::nothing;
  };
  struct Ranked {
    std::vector<std::string> paths;
    Place place;
  };
  std::string text_;
  std::vector<May> may_;
  std::vector<Ranked> places_;
};

}  // namespace kulla::inspect
