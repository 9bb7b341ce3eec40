#include "inspect/runnable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace kulla::inspect {
namespace {
using namespace std::string_view_literals;

// Run wherever they stand in a name: servers with AddHandler run x.php.jpg too.
constexpr std::array anywhere{"php"sv,  "php3"sv, "php4"sv, "php5"sv, "php7"sv, "php8"sv, "phtml"sv, "phar"sv, "phps"sv, "pht"sv,  "jsp"sv,
                              "jspx"sv, "jspf"sv, "jsw"sv,  "jsv"sv,  "asp"sv,  "aspx"sv, "asa"sv,   "asax"sv, "ashx"sv, "asmx"sv, "cfm"sv};
constexpr std::array at_the_end{"cgi"sv, "fcgi"sv, "pl"sv,  "pm"sv,    "py"sv,  "pyc"sv, "rb"sv,    "sh"sv,  "bash"sv, "zsh"sv, "ksh"sv,
                                "csh"sv, "lua"sv,  "tcl"sv, "exe"sv,   "dll"sv, "so"sv,  "bat"sv,   "cmd"sv, "ps1"sv,  "vbs"sv, "vbe"sv,
                                "wsf"sv, "war"sv,  "jar"sv, "class"sv, "ear"sv, "cfc"sv, "shtml"sv, "hta"sv, "msi"sv,  "scr"sv};
constexpr std::array whole_names{".htaccess"sv, ".user.ini"sv, "web.config"sv,      "php.ini"sv,
                                 ".bashrc"sv,   ".profile"sv,  "authorized_keys"sv, "crontab"sv};

struct Marker {
  std::string_view bytes, says;
};
constexpr std::array at_the_start{Marker{"#!"sv, "it begins with #!"sv},
                                  Marker{"\x7f"
                                         "ELF"sv,
                                         "it is a program (ELF)"sv},
                                  Marker{"MZ"sv, "it is a program (MZ)"sv}, Marker{"\xca\xfe\xba\xbe"sv, "it is a program (Java class)"sv}};
constexpr std::array in_the_head{
    Marker{"<?php"sv, "it holds PHP code (<?php)"sv},    Marker{"<?="sv, "it holds PHP code (<?=)"sv},
    Marker{"<%@"sv, "it holds a server page (<%@)"sv},   Marker{"<jsp:"sv, "it holds a server page (<jsp:)"sv},
    Marker{"language=\"php\""sv, "it holds PHP code"sv}, Marker{"runat=\"server\""sv, "it holds a server page (runat)"sv}};

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_one_of(const auto& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

std::string why_by_name(std::string_view name) {
  auto plain = lower(name);
  while (!plain.empty() && (plain.back() == '.' || plain.back() == ' ')) plain.pop_back();  // some servers drop these
  if (is_one_of(whole_names, plain)) return fmt::format("{} changes what a server runs", plain);
  std::string_view rest{plain};
  for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    rest.remove_prefix(dot + 1);
    const auto part = rest.substr(0, rest.find('.'));
    const bool last = part.size() == rest.size();
    if (is_one_of(anywhere, part) || (last && is_one_of(at_the_end, part)))
      return fmt::format("its name {} .{}", last ? "ends in" : "contains", part);
  }
  return {};
}

std::string why_by_head(std::string_view head) {
  for (const auto& marker : at_the_start)
    if (head.starts_with(marker.bytes)) return std::string(marker.says);
  const auto plain = lower(head.substr(0, head_size));
  for (const auto& marker : in_the_head)
    if (plain.contains(marker.bytes)) return std::string(marker.says);
  return {};
}
}  // namespace

std::string why_runnable(std::string_view name, mode_t mode, std::string_view head) {
  if (auto why = why_by_name(name); !why.empty()) return why;
  if (auto why = why_by_head(head); !why.empty()) return why;
  return (mode & 0111) != 0 ? "its mode lets it be executed" : std::string{};
}
}  // namespace kulla::inspect
