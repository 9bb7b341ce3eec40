// One large panel for all targets, a small one a group under it on the same time axis, and under these a lane a cause. What is not
// reachable is filled, so that a short drop is seen; where nothing is known the panel is hatched, so that it is not read as down or up.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/path_text.hpp"
#include "base/shown_text.hpp"
#include "outage/chart.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t lines_most = 40;
constexpr double left = 210, right = 172, large = 190, small = 30, gap = 8, lane = 22, text_size = 12.5;
constexpr std::string_view ink = "#1d2939", muted = "#667085", rule = "#e4e7ec", line_colour = "#1849a9", missing = "#f3a8a0",
                           there = "#e8f0fe", then = "#98a2b3";

struct CauseLook {
  Cause cause;
  std::string_view colour, name;
};
constexpr std::array<CauseLook, 11> looks{{{Cause::protective_closure, "#2a9d8f", "protective closure"},
                                           {Cause::overload, "#e8743b", "overload"},
                                           {Cause::server_fault, "#b42318", "server fault"},
                                           {Cause::network, "#7a5af8", "network"},
                                           {Cause::withdrawal, "#53389e", "prefix withdrawal"},
                                           {Cause::dns, "#0e7090", "DNS"},
                                           {Cause::certificate, "#b54708", "certificate"},
                                           {Cause::defacement, "#c11574", "defacement"},
                                           {Cause::wide_outage, "#344054", "wide outage"},
                                           {Cause::vantage_fault, "#98a2b3", "vantage fault"},
                                           {Cause::unknown, "#667085", "unknown cause"}}};
const CauseLook& look_of(Cause cause) { return *std::ranges::find(looks, cause, &CauseLook::cause); }

std::string percent(const std::optional<double>& value) {
  if (!value) return "no data";
  // Not everything is never shown as everything.
  return fmt::format("{:.1f} %", *value < 1 ? std::min(*value * 100, 99.9) : 100.0);
}

class Drawing {
 public:
  Drawing(const Chart& chart, int width) : chart_(chart), width_(std::clamp(width, 600, 4000)) {}

  std::string run() {
    head();
    panel(chart_.all, large, true);
    y_ += gap;
    const auto shown = std::min(chart_.lines.size(), lines_most);
    for (std::size_t i = 0; i < shown; ++i) panel(chart_.lines[i], small, false), y_ += gap;
    if (chart_.lines.size() > shown)
      text(left - 14, y_ + 12, fmt::format("and {} more, more reachable than these", chart_.lines.size() - shown), "end", muted),
          y_ += lane;
    lanes();
    axis();
    orders();
    foot();
    return frame();
  }

 private:
  [[nodiscard]] double plot() const { return width_ - left - right; }
  [[nodiscard]] double at(Timestamp time) const {
    const auto whole = static_cast<double>((chart_.to - chart_.from).count());
    return left + std::clamp(static_cast<double>((time - chart_.from).count()) / std::max(whole, 1.0), 0.0, 1.0) * plot();
  }
  [[nodiscard]] double step_at(std::size_t step) const { return at(chart_.from + chart_.step * static_cast<std::int64_t>(step)); }

  void text(double x, double y, std::string_view words, std::string_view anchor, std::string_view colour, double size = text_size,
            bool bold = false) {
    body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\" font-size=\"{}\"{}>{}</text>\n", x, y, anchor,
                         colour, size, bold ? " font-weight=\"bold\"" : "", shown_in_markup(words));
  }
  void rectangle(double x, double y, double w, double h, std::string_view fill) {
    body_ +=
        fmt::format("<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y, std::max(w, 0.0), h, fill);
  }
  void stroke(double x1, double y1, double x2, double y2, std::string_view colour, std::string_view more = "") {
    body_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"{}/>\n", x1, y1, x2, y2, colour, more);
  }

  void head() {
    text(24, 36, chart_.title.empty() ? "Reachability" : chart_.title, "start", ink, 21, true);
    const auto short_time = [](Timestamp time) {
      auto written = to_rfc3339(time).substr(0, 16);
      return written.replace(10, 1, " ");
    };
    auto about =
        fmt::format("{} {} seen from {} {}, {} to {} UTC", chart_.all.targets, chart_.all.targets == 1 ? "target" : "targets",
                    chart_.vantages, chart_.vantages == 1 ? "vantage" : "vantages", short_time(chart_.from), short_time(chart_.to));
    if (chart_.compared) about += fmt::format("; grey line: the same from {}", short_time(*chart_.compared));
    text(24, 60, about, "start", muted, 13.5);
    y_ = 78 + order_space();
    top_ = y_;
    text(width_ - 92, top_ - 10, "mean", "end", muted, 11.5);
    text(width_ - 24, top_ - 10, "lowest", "end", muted, 11.5);
  }
  [[nodiscard]] double order_space() const { return chart_.orders.empty() ? 22 : 22 + 16 * static_cast<double>(levels()); }

  void panel(const ChartLine& line, double height, bool scale) {
    rectangle(left, y_, plot(), height, "url(#unknown)");
    runs(line, height);
    if (!line.before.empty())
      body_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.2\" stroke-dasharray=\"4 2.5\"/>\n",
                           curve(line.before, height), then);
    body_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"/>\n",
                         curve(line.reach, height), line_colour, scale ? 1.8 : 1.3);
    if (scale)
      for (const int part : {0, 25, 50, 75, 100}) {
        const auto height_at = y_ + height * (1 - part / 100.0);
        stroke(left, height_at, width_ - right, height_at, rule, part % 50 ? " stroke-dasharray=\"2 3\"" : "");
        text(left - 10, height_at + 4, fmt::format("{} %", part), "end", muted, 11.5);
      }
    const auto middle = scale ? y_ + 14 : y_ + height / 2 + 4.5;
    const auto name = line.targets == 1 ? cut_text(line.name, 28) : fmt::format("{} · {}", cut_text(line.name, 22), line.targets);
    if (scale) text(24, middle, "All targets", "start", ink, text_size, true);
    else text(left - 14, middle, chart_.by == ChartBy::target ? cut_text(line.name, 30) : name, "end", ink);
    text(width_ - 92, middle, percent(line.mean()), "end", ink);
    text(width_ - 24, middle, percent(line.least()), "end", line.least().value_or(1) < 0.995 ? "#b42318" : muted);
    y_ += height;
  }

  /// The known stretches: what is reachable below, what is not above.
  void runs(const ChartLine& line, double height) {
    for (std::size_t i = 0; i < line.reach.size();) {
      if (!line.reach[i]) {
        ++i;
        continue;
      }
      auto end = i + 1;
      while (end < line.reach.size() && line.reach[end] == line.reach[i]) ++end;
      const auto share = *line.reach[i], x = step_at(i), w = step_at(end) - x;
      rectangle(x, y_, w, height, there);
      // A drop that is narrower than a pixel is drawn as one: it is why the chart is looked at.
      if (share < 1) rectangle(x, y_, std::max(w, 1.0), height * (1 - share), missing);
      i = end;
    }
  }
  std::string curve(const std::vector<std::optional<double>>& values, double height) const {
    std::string path;
    bool on = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::exchange(on, values[i].has_value()) && values[i])
        path += fmt::format("M{:.1f} {:.1f}", step_at(i), y_ + height * (1 - *values[i]));
      if (values[i])
        path += fmt::format("L{:.1f} {:.1f}L{:.1f} {:.1f}", step_at(i), y_ + height * (1 - *values[i]), step_at(i + 1),
                            y_ + height * (1 - *values[i]));
    }
    return path.empty() ? "M0 0" : path;
  }

  void lanes() {
    if (chart_.bands.empty()) return;
    y_ += gap;
    text(24, y_ + 12, "Causes", "start", ink, text_size, true);
    y_ += lane - 4;
    for (auto first = chart_.bands.begin(); first != chart_.bands.end();) {
      const auto& look = look_of(first->cause);
      const auto end = std::find_if(first, chart_.bands.end(), [&](const ChartBand& band) { return band.cause != first->cause; });
      stroke(left, y_ + 11, width_ - right, y_ + 11, rule);
      for (auto band = first; band != end; ++band)
        rectangle(at(band->from), y_ + 4, std::max(at(band->to) - at(band->from), 2.5), 14, look.colour);
      text(left - 14, y_ + 15, look.name, "end", look.colour, text_size, true);
      std::size_t most = 0;
      for (auto band = first; band != end; ++band) most = std::max(most, band->targets);
      const auto times = end - first;
      text(width_ - right + 14, y_ + 15, fmt::format("{} {}, {}x", most, most == 1 ? "target" : "targets", times), "start", muted);
      y_ += lane;
      first = end;
    }
  }

  void axis() {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(chart_.to - chart_.from).count();
    const auto wanted = static_cast<std::int64_t>(std::max(plot() / 80, 2.0));
    constexpr std::array<std::int64_t, 17> nice{1,    5,    10,   30,    60,    120,   300,   600,      900,
                                                1800, 3600, 7200, 10800, 21600, 43200, 86400, 7 * 86400};
    const auto found = std::ranges::find_if(nice, [&](std::int64_t step) { return whole / step <= wanted; });
    const auto step = found == nice.end() ? (whole / wanted / 86400 + 1) * 86400 : *found;
    y_ += gap;
    const auto start = chart_.from.time_since_epoch() / std::chrono::seconds{1};
    std::string day_before;
    for (auto time = (start + step - 1) / step * step; time <= start + whole; time += step) {
      const Timestamp tick{std::chrono::seconds{time}};
      const auto written = to_rfc3339(tick);
      const auto day = written.substr(0, 10);
      stroke(at(tick), top_, at(tick), y_ + 4, "#d0d5dd", " stroke-opacity=\"0.6\"");
      text(at(tick), y_ + 18, step >= 86400 ? day.substr(5) : written.substr(11, step < 60 ? 8 : 5), "middle", muted, 11.5);
      if (day != day_before) text(at(tick), y_ + 34, day, "middle", ink, 11.5);
      day_before = day;
    }
    stroke(left, y_ + 4, width_ - right, y_ + 4, "#98a2b3");
    text(width_ - right + 26, y_ + 18, "UTC", "start", muted, 11.5);
    bottom_ = y_ + 4;
    y_ += 44;
  }

  /// Labels of orders share a line where they do not meet.
  [[nodiscard]] std::size_t levels() const {
    std::size_t most = 0;
    for (const auto level : level_of()) most = std::max(most, level + 1);
    return most;
  }
  [[nodiscard]] std::vector<std::size_t> level_of() const {
    constexpr std::size_t levels_most = 4;
    std::array<double, levels_most> taken{};
    std::vector<std::size_t> result;
    for (const auto& order : chart_.orders) {
      const auto from = at(order.at), width = 7.0 * static_cast<double>(label(order).size()) + 12;
      std::size_t level = 0;
      while (level + 1 < levels_most && taken[level] > from) ++level;
      taken[level] = from + width;
      result.push_back(level);
    }
    return result;
  }
  static std::string label(const ChartOrder& order) {
    return fmt::format("{} {}", to_rfc3339(order.at).substr(11, 8), cut_text(order.text, 48));
  }
  void orders() {
    const auto level = level_of();
    for (std::size_t i = 0; i < chart_.orders.size(); ++i) {
      const auto x = at(chart_.orders[i].at), y = top_ - 14 - 16 * static_cast<double>(level[i]);
      stroke(x, y - 8, x, bottom_, ink, " stroke-width=\"1.2\" stroke-dasharray=\"5 3\"");
      const bool fits = x + 7.0 * static_cast<double>(label(chart_.orders[i]).size()) < width_ - 24;
      text(fits ? x + 5 : x - 5, y, label(chart_.orders[i]), fits ? "start" : "end", ink, 11.5);
    }
  }

  void foot() {
    rectangle(left, y_, 14, 10, there);
    text(left + 20, y_ + 9.5, "reachable", "start", muted, 11.5);
    rectangle(left + 100, y_, 14, 10, missing);
    text(left + 120, y_ + 9.5, "not reachable", "start", muted, 11.5);
    rectangle(left + 224, y_, 14, 10, "url(#unknown)");
    text(left + 244, y_ + 9.5, "nothing known, or only of a vantage's own fault", "start", muted, 11.5);
    y_ += 28;
  }

  [[nodiscard]] std::string frame() const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1:.0f}\" viewBox=\"0 0 {0} {1:.0f}\" font-family=\"DejaVu Sans, "
        "Verdana, "
        "sans-serif\" font-variant-numeric=\"tabular-nums\">\n<defs><pattern id=\"unknown\" width=\"6\" height=\"6\" "
        "patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fcfcfd\"/><rect width=\"1.4\" height=\"6\" "
        "fill=\"#d0d5dd\"/></pattern></defs>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{2}</svg>\n",
        width_, y_, body_);
  }

  const Chart& chart_;
  int width_;
  double y_ = 0, top_ = 0, bottom_ = 0;
  std::string body_;
};
}  // namespace

std::string chart_svg(const Chart& chart, int width) { return Drawing{chart, width}.run(); }
}  // namespace kulla::outage
