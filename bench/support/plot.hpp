// A line chart as SVG, drawn from measured points.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace kulla::bench {

struct Plot {
  std::string title, x_name, y_name;
  std::vector<std::pair<double, double>> points;  ///< ascending in x, both from 0
};

/// The next of 1, 2, 5, 10, 20 … that is at least `value`.
inline double round_up(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0, 10.0})
    if (step * power >= value) return step * power;
  return value;
}

inline std::string draw(const Plot& plot) {
  constexpr double width = 720, height = 380, left = 90, right = 20, top = 50, bottom = 60;
  double most_x = 1, most_y = 1;
  for (const auto& [x, y] : plot.points) most_x = std::max(most_x, x), most_y = std::max(most_y, y);
  most_x = std::ceil(most_x / 500) * 500, most_y = round_up(most_y);
  const auto at_x = [&](double x) { return left + x / most_x * (width - left - right); };
  const auto at_y = [&](double y) { return height - bottom - y / most_y * (height - top - bottom); };
  std::string svg = fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="{}" y="26" font-size="16" font-weight="bold">{}</text>
)",
                                width, height, left, plot.title);
  for (int step = 0; step <= 5; ++step) {
    const double x = most_x * step / 5, y = most_y * step / 5;
    svg += fmt::format(
        R"(<line x1="{0:.0f}" x2="{1:.0f}" y1="{2:.0f}" y2="{2:.0f}" stroke="#ddd"/><text x="{3:.0f}" y="{4:.0f}" text-anchor="end">{5:.0f}</text>
<text x="{6:.0f}" y="{7:.0f}" text-anchor="middle">{8:.0f}</text>
)",
        left, width - right, at_y(y), left - 8, at_y(y) + 4, y, at_x(x), height - bottom + 20, x);
  }
  std::string line;
  for (const auto& [x, y] : plot.points) line += fmt::format("{:.1f},{:.1f} ", at_x(x), at_y(y));
  svg += fmt::format(R"(<polyline points="{}" fill="none" stroke="#b3202a" stroke-width="2.5"/>)", line);
  for (const auto& [x, y] : plot.points)
    svg += fmt::format(
        "\n"
        R"(<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="#b3202a"/>)",
        at_x(x), at_y(y));
  svg += fmt::format(R"svg(
<text x="{:.0f}" y="{:.0f}" text-anchor="middle">{}</text>
<text x="20" y="{:.0f}" transform="rotate(-90 20 {:.0f})" text-anchor="middle">{}</text>
</svg>
)svg",
                     (left + width - right) / 2, height - 14, plot.x_name, height / 2, height / 2, plot.y_name);
  return svg;
}

}  // namespace kulla::bench
