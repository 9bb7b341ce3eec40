// A chart of reachability over time, by network, institution or target: its data, and that as JSON and as SVG. Pure.
#pragma once
#include <boost/describe.hpp>
#include <span>
#include <string>
#include <vector>

#include "outage/agreement.hpp"
#include "outage/history.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

BOOST_DEFINE_ENUM_CLASS(ChartBy, network, institution, target)

/// How much of a group was reachable, a value a step: 0 to 1, nothing where nothing is known of any of its targets.
struct ChartLine {
  std::string name;
  std::size_t targets = 0;
  std::vector<std::optional<double>> reach;
  std::vector<std::optional<double>> before{};  ///< of the time that it is compared with, step by step
  [[nodiscard]] std::optional<double> mean() const;
  [[nodiscard]] std::optional<double> least() const;
};
/// Targets that were down with one cause at one time.
struct ChartBand {
  Cause cause = Cause::unknown;
  Timestamp from, to;
  std::size_t targets = 0;
};
/// Orders to close at one time.
struct ChartOrder {
  Timestamp at;
  std::string text;
};
struct Chart {
  std::string title;
  Timestamp from, to;
  std::chrono::seconds step{60};
  std::size_t vantages = 0;
  ChartBy by = ChartBy::network;
  ChartLine all;                  ///< all targets together
  std::vector<ChartLine> lines;   ///< the least reachable first
  std::vector<ChartBand> bands;   ///< by cause, then time
  std::vector<ChartOrder> orders;
  std::optional<Timestamp> compared{};  ///< when the time that it is compared with begins
};

[[nodiscard]] Chart make_chart(const Tracks& tracks, Timestamp to, std::span<const Outage> outages, std::span<const ClosureOrder> orders,
                               ChartBy by);
/// Adds what was then, by name; a group that is in one only has no line of the other.
void compare_with(Chart& chart, const Chart& before);

/// One JSON object; docs/outage.md.
[[nodiscard]] std::string chart_json(const Chart& chart);
/// `width` in pixels; the height follows from the lines, of which the 40 least reachable are drawn and the rest are counted.
[[nodiscard]] std::string chart_svg(const Chart& chart, int width);

}  // namespace kulla::outage
