// kulla outage chart: reachability over time as SVG, PNG or JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/file.hpp"
#include "base/process.hpp"
#include "cli/outage.hpp"
#include "outage/chart.hpp"

namespace kulla::cli {
namespace {
constexpr std::size_t steps_drawn = 900;  // a step is about a pixel at the usual width

/// The drawing as PNG, made by kulla-picture, which lies beside us: what draws is linked by nothing else.
Result<std::string> png_of(const std::string& svg) {
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "kulla-picture";
  const auto program = !error && std::filesystem::exists(beside, error) ? beside.string() : std::string{"kulla-picture"};
  RunOptions options;
  options.input = svg;
  options.timeout = std::chrono::seconds{60};
  KULLA_TRY(auto finished, run({program}, options));
  if (finished.exit_code != 0) return fail(Code::process_failed, fmt::format("kulla-picture: {}", finished.err));
  return std::move(finished.out);
}

std::string format_of(const OutageChoice& choice) {
  if (choice.format != "text") return choice.format;
  const auto ending = std::filesystem::path{choice.output}.extension().string();
  return ending == ".png" ? "png" : ending == ".json" ? "json" : "svg";
}

outage::Chart chart_of(const OutageChoice& choice, const OutageView& view) {
  auto by = outage::ChartBy::network;
  boost::describe::enum_from_string(choice.by.c_str(), by);
  auto chart = outage::make_chart(view.tracks, view.to, view.outages, view.orders, by);
  chart.title = choice.title.empty() ? fmt::format("Reachability by {}", choice.by) : choice.title;
  chart.vantages = view.vantages.size();
  return chart;
}

Result<int> chart(const OutageChoice& choice) {
  KULLA_TRY(auto range, range_of(choice));
  range.steps = steps_drawn;
  KULLA_TRY(const auto view, view_store(choice, range));
  auto drawn = chart_of(choice, view);
  if (!choice.compare_from.empty()) {
    auto earlier = choice;
    earlier.from = choice.compare_from;
    earlier.to = choice.compare_to;
    KULLA_TRY(auto then, range_of(earlier));
    if (!then.to) then.to = *then.from + (view.to - view.from);
    then.steps = steps_drawn;
    KULLA_TRY(const auto before, view_store(earlier, then));
    if (before.tracks.step != view.tracks.step)
      return fail(Code::bad_argument, "--compare-from: the two times are to be about equally long");
    outage::compare_with(drawn, chart_of(choice, before));
  }
  const auto format = format_of(choice);
  auto content = format == "json" ? outage::chart_json(drawn) + "\n" : outage::chart_svg(drawn, choice.width);
  if (format == "png") {
    KULLA_TRY(content, png_of(content));
  }
  if (choice.output.empty()) {
    std::fwrite(content.data(), 1, content.size(), stdout);
  } else {
    KULLA_CHECK(write_file_atomic(choice.output, content));
  }
  return view.damage.empty() ? done : found_something;
}
}  // namespace

void add_outage_chart(Context& context, CLI::App& parent, const std::shared_ptr<OutageChoice>& choice) {
  auto* command = parent.add_subcommand("chart", "Reachability over time, with orders and causes, as SVG, PNG or JSON");
  add_outage_options(*command, choice);
  command->add_option("--by", choice->by, "network, institution or target")
      ->check(CLI::IsMember({"network", "institution", "target"}))
      ->capture_default_str();
  command->add_option("-o,--output", choice->output, "file; its ending says the format; else standard output");
  command->add_option("--format", choice->format, "svg, png or json")->check(CLI::IsMember({"svg", "png", "json"}));
  command->add_option("--title", choice->title, "above the chart");
  command->add_option("--width", choice->width, "pixels")->check(CLI::Range(600, 4000))->capture_default_str();
  command->add_option("--compare-from", choice->compare_from, "draws another time with it: where that begins");
  command->add_option("--compare-to", choice->compare_to, "where it ends; else it is as long")->needs("--compare-from");
  command->footer(
      "Examples:\n  kulla outage chart --store observations --from 24h -o today.png\n"
      "  kulla outage chart --store observations --by institution --from 7d --compare-from 14d -o week.svg");
  command->callback(bind(context, choice, chart));
}
}  // namespace kulla::cli
