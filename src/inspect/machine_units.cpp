#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "inspect/below.hpp"
#include "inspect/machine_parts.hpp"
#include "inspect/text.hpp"

namespace kulla::inspect {
namespace {
/// systemd.syntax(7)
bool is_unit_comment(std::string_view line, bool) { return line.starts_with('#') || line.starts_with(';'); }

/// systemd's units: those that lie where an administrator puts them, and of the distribution's those that a link or a timer starts.
class Units {
 public:
  explicit Units(Gatherer& to) : to_(to) {}

  enum class Which { all, with_commands };
  void own(const std::string& folder, Which which = Which::all) {
    for (const auto& name : to_.names(folder)) {
      const auto path = in(folder, name);
      if (is_links(name)) links(path);
      else if (name.ends_with(".d")) drop_ins(path);
      else if (is_unit(name)) unit(path, which);
    }
  }
  /// After all others, which say what is started.
  void distribution(const std::string& folder) {
    const auto names = to_.names(folder);
    for (const auto& name : names) {
      if (is_links(name)) links(in(folder, name));
      else if (name.ends_with(".d")) drop_ins(in(folder, name));
      else if (name.ends_with(".timer")) unit(in(folder, name), Which::all);
    }
    for (const auto& name : names)
      if (is_unit(name) && !name.ends_with(".timer") && started_.contains(name)) unit(in(folder, name), Which::all);
  }

 private:
  static bool is_links(std::string_view name) {
    return name.ends_with(".wants") || name.ends_with(".requires") || name.ends_with(".upholds");
  }
  static bool is_unit(std::string_view name) {
    constexpr std::array kinds{".service", ".timer",  ".socket", ".path",  ".mount", ".automount",
                               ".target",  ".device", ".swap",   ".slice", ".scope"};
    return std::ranges::any_of(kinds, [&](const char* kind) { return name.ends_with(kind); });
  }
  /// systemd.timer(5): when; `Unit`, `Service`: what a timer, path or socket starts.
  static bool is_told(std::string_view key) {
    constexpr std::array times{"OnCalendar",      "OnBootSec",         "OnStartupSec", "OnActiveSec",
                               "OnUnitActiveSec", "OnUnitInactiveSec", "Unit",         "Service"};
    return key.starts_with("Exec") || std::ranges::find(times, key) != times.end();
  }
  static bool has_own_fact(std::string_view file) {
    constexpr std::array folders{"etc/systemd/system", "etc/systemd/user", "lib/systemd/system", "usr/lib/systemd/system"};
    const auto slash = std::min(file.rfind('/'), file.size());
    return is_unit(file) && std::ranges::find(folders, file.substr(0, slash)) != folders.end();
  }
  static std::string fact_name(const std::string& path) { return fmt::format("{}/{}", path.ends_with(".timer") ? "timer" : "unit", path); }

  void started(std::string_view name) {
    started_.emplace(name);
    const auto at = name.find('@'), dot = name.rfind('.');  // getty@tty1.service is made of getty@.service
    if (at != std::string_view::npos && dot != std::string_view::npos && at < dot)
      started_.insert(fmt::format("{}{}", name.substr(0, at + 1), name.substr(dot)));
    if (name.ends_with(".timer") || name.ends_with(".socket") || name.ends_with(".path"))
      for (const char* service : {".service", "@.service"}) started_.insert(fmt::format("{}{}", name.substr(0, dot), service));
  }
  std::string commands(const std::string& path) {
    std::string commands;
    each_logical_line(to_.read(path).value_or(""), is_unit_comment, [&](std::string_view line) {
      const auto parts = split(line, '=', 2);
      const auto key = trimmed(parts[0]);
      if (parts.size() != 2 || !is_told(key)) return;
      if (key == "Unit" || key == "Service") started(trimmed(parts[1]));
      commands += fmt::format("{}{}={}", commands.empty() ? "" : "; ", key, single_blanks(parts[1]));
    });
    return commands;
  }
  void unit(const std::string& path, Which which) {
    const auto name = std::string_view(path).substr(path.rfind('/') + 1);
    if (name.ends_with(".timer")) started(name);
    if (const auto target = link_below(to_.root(), path)) return link(path, *target);
    const auto what = commands(path);
    if (which == Which::all || !what.empty()) to_.fact(fact_name(path), what);
  }
  /// A link to where units lie: those have facts of their own. Any other: with the commands that it leads to.
  void link(const std::string& path, const std::string& target) {
    if (target == "/dev/null") return to_.fact(fact_name(path), "masked");
    const auto file = (std::filesystem::path("/" + path).parent_path() / target).lexically_normal().string().substr(1);
    started(std::string_view(file).substr(file.rfind('/') + 1));
    const auto what = has_own_fact(file) ? "" : commands(path);
    to_.fact(fact_name(path), fmt::format("link to {}{}{}", target, what.empty() ? "" : ": ", what));
  }
  void links(const std::string& folder) {
    for (const auto& name : to_.names(folder)) {
      started(name);  // systemd goes by the link's name
      unit(in(folder, name), Which::all);
    }
  }
  void drop_ins(const std::string& folder) {
    for (const auto& name : to_.names(folder))
      if (name.ends_with(".conf")) unit(in(folder, name), Which::with_commands);
  }

  Gatherer& to_;
  std::set<std::string, std::less<>> started_;
};
}  // namespace

void gather_units(Gatherer& to, const std::vector<Account>& accounts) {
  Units units{to};
  for (const char* folder : {"etc/systemd/system", "usr/local/lib/systemd/system", "run/systemd/system", "etc/systemd/user"})
    units.own(folder);
  units.own("run/systemd/transient", Units::Which::with_commands);  // sessions come and go there
  std::set<std::string> homes;
  for (const auto& account : accounts)
    if (homes.insert(account.home).second) units.own(in(account.home, ".config/systemd/user"));
  units.distribution("usr/lib/systemd/system");
  if (!link_below(to.root(), "lib")) units.distribution("lib/systemd/system");  // before /usr was merged
}
}  // namespace kulla::inspect
