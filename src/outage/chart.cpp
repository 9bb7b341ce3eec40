#include "outage/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/canonical_json.hpp"

namespace kulla::outage {
namespace {
constexpr auto orders_together = std::chrono::seconds{60};  // closings that one decision made

struct Sum {
  double reach = 0;
  std::size_t known = 0;
};
void add(Sum& sum, const Cell& cell) {
  if (cell.condition == Condition::no_data || cell.condition == Condition::vantage_fault) return;
  ++sum.known;
  if (cell.condition == Condition::up) sum.reach += 1;
  if (cell.condition == Condition::degraded) sum.reach += cell.asked ? static_cast<double>(cell.good) / cell.asked : 1;
}
ChartLine line_of(std::string name, const std::vector<const Track*>& tracks, std::size_t steps) {
  ChartLine line{std::move(name), tracks.size(), {}};
  std::vector<Sum> sums(steps);
  for (const auto* track : tracks)
    for (std::size_t i = 0; i < steps; ++i) add(sums[i], track->cells[i]);
  for (const auto& sum : sums) line.reach.push_back(sum.known ? std::optional{sum.reach / static_cast<double>(sum.known)} : std::nullopt);
  return line;
}
std::string name_of(const Target& target, ChartBy by) {
  const auto& name = by == ChartBy::target ? target.name.str() : by == ChartBy::network ? target.network : target.institution;
  return name.empty() ? "(none named)" : name;
}

/// Outages of one cause that overlap, as one.
std::vector<ChartBand> bands_of(std::span<const Outage> outages, Timestamp from, Timestamp to) {
  std::vector<ChartBand> each;
  for (const auto& outage : outages) {
    const auto time = counted(outage, to);
    if (time.latest > from && time.earliest < to)
      each.push_back({outage.cause, std::max(time.earliest, from), std::min(time.latest, to), 1});
  }
  std::ranges::sort(each, {}, [](const ChartBand& band) { return std::pair{band.cause, band.from}; });
  std::vector<ChartBand> bands;
  for (const auto& band : each) {
    if (bands.empty() || bands.back().cause != band.cause || band.from > bands.back().to) {
      bands.push_back(band);
      continue;
    }
    bands.back().to = std::max(bands.back().to, band.to);
    ++bands.back().targets;
  }
  return bands;
}

std::vector<ChartOrder> orders_of(std::span<const ClosureOrder> all, Timestamp from, Timestamp to) {
  std::vector<ClosureOrder> orders;
  std::ranges::copy_if(all, std::back_inserter(orders),
                       [&](const ClosureOrder& order) { return order.closed_at >= from && order.closed_at < to; });
  std::ranges::sort(orders, {}, &ClosureOrder::closed_at);
  std::vector<ChartOrder> result;
  for (auto first = orders.begin(); first != orders.end();) {
    const auto last =
        std::find_if(first, orders.end(), [&](const ClosureOrder& order) { return order.closed_at - first->closed_at > orders_together; });
    const auto count = last - first;
    result.push_back({first->closed_at, count == 1 ? fmt::format("order to close {}", first->service.str())
                                                   : fmt::format("order to close {} services", count)});
    first = last;
  }
  return result;
}

std::string number(const std::optional<double>& value) { return value ? fmt::format("{:.4f}", *value) : "null"; }
std::string numbers(const std::vector<std::optional<double>>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ",") + number(value);
  return "[" + text + "]";
}
std::string line_json(const ChartLine& line) {
  const json::object named{{"name", line.name}, {"targets", line.targets}};
  auto text = canonical(named);
  text.pop_back();
  text += fmt::format(",\"mean\":{},\"least\":{},\"reach\":{}", number(line.mean()), number(line.least()), numbers(line.reach));
  if (!line.before.empty()) text += fmt::format(",\"before\":{}", numbers(line.before));
  return text + "}";
}
}  // namespace

std::optional<double> ChartLine::mean() const {
  double sum = 0;
  std::size_t known = 0;
  for (const auto& value : reach)
    if (value) sum += *value, ++known;
  return known ? std::optional{sum / static_cast<double>(known)} : std::nullopt;
}
std::optional<double> ChartLine::least() const {
  std::optional<double> least;
  for (const auto& value : reach)
    if (value && (!least || *value < *least)) least = value;
  return least;
}

Chart make_chart(const Tracks& tracks, Timestamp to, std::span<const Outage> outages, std::span<const ClosureOrder> orders, ChartBy by) {
  Chart chart{.title = {}, .from = tracks.from, .to = to, .step = tracks.step, .by = by, .all = {}, .lines = {}, .bands = {}, .orders = {}};
  std::map<std::string, std::vector<const Track*>> groups;
  std::vector<const Track*> all;
  for (const auto& track : tracks.tracks) groups[name_of(track.target, by)].push_back(&track), all.push_back(&track);
  chart.all = line_of("all targets", all, tracks.steps());
  for (auto& [name, members] : groups) chart.lines.push_back(line_of(name, members, tracks.steps()));
  std::ranges::stable_sort(chart.lines, {}, [](const ChartLine& line) { return line.mean().value_or(2); });
  chart.bands = bands_of(outages, chart.from, to);
  chart.orders = orders_of(orders, chart.from, to);
  return chart;
}

void compare_with(Chart& chart, const Chart& before) {
  chart.compared = before.from;
  chart.all.before = before.all.reach;
  for (auto& line : chart.lines)
    if (const auto same = std::ranges::find(before.lines, line.name, &ChartLine::name); same != before.lines.end())
      line.before = same->reach;
}

std::string chart_json(const Chart& chart) {
  json::array bands, orders;
  for (const auto& band : chart.bands)
    bands.push_back(json::object{{"cause", boost::describe::enum_to_string(band.cause, "?")},
                                 {"from", to_rfc3339(band.from)},
                                 {"to", to_rfc3339(band.to)},
                                 {"targets", band.targets}});
  for (const auto& order : chart.orders) orders.push_back(json::object{{"at", to_rfc3339(order.at)}, {"text", order.text}});
  json::object object{{"title", chart.title},
                      {"from", to_rfc3339(chart.from)},
                      {"to", to_rfc3339(chart.to)},
                      {"step_s", chart.step.count()},
                      {"by", boost::describe::enum_to_string(chart.by, "?")},
                      {"vantages", chart.vantages},
                      {"causes", bands},
                      {"orders", orders}};
  if (chart.compared) object["compared_from"] = to_rfc3339(*chart.compared);
  auto text = canonical(object);
  text.pop_back();
  text += fmt::format(",\"all\":{},\"lines\":[", line_json(chart.all));
  for (std::size_t i = 0; i < chart.lines.size(); ++i) text += (i ? "," : "") + line_json(chart.lines[i]);
  return text + "]}";
}
}  // namespace kulla::outage
