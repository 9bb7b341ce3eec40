// kulla outage publish: the public history as static files, and metrics as text.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/file.hpp"
#include "cli/outage.hpp"
#include "outage/feed.hpp"
#include "outage/metrics.hpp"

namespace kulla::cli {
namespace {
Result<int> publish(const OutageChoice& choice) {
  KULLA_TRY(const auto range, range_of(choice));
  KULLA_TRY(const auto view, view_store(choice, range));
  const auto url = choice.url + (choice.url.ends_with('/') ? "" : "/");
  const outage::Publication publication{.name = choice.title.empty() ? "Status" : choice.title,
                                        .url = url,
                                        .now = view.to,
                                        .targets = view.targets,
                                        .outages = view.outages,
                                        .uptime = view.uptime,
                                        .tracks = view.tracks.tracks};
  const std::filesystem::path folder{choice.site};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", choice.site, error.message()));
  KULLA_CHECK(write_file_atomic(folder / "summary.json", outage::summary_json(publication) + "\n"));
  KULLA_CHECK(write_file_atomic(folder / "incidents.json", outage::incidents_json(publication) + "\n"));
  KULLA_CHECK(write_file_atomic(folder / "history.atom", outage::atom_feed(publication)));
  return view.damage.empty() ? done : found_something;
}

Result<int> metrics(const OutageChoice& choice) {
  KULLA_TRY(auto range, range_of(choice));
  outage::ReadOptions options{.folder = choice.store, .from = range.from, .to = range.to};
  for (const auto& name : choice.targets) options.targets.emplace(name);
  KULLA_TRY(auto reader, outage::StoreReader::open(options));
  outage::Metrics kept;
  while (const auto observation = reader.next()) kept.take(*observation);
  const auto text = kept.text();
  if (choice.output.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return done;
  }
  KULLA_CHECK(write_file_atomic(choice.output, text));
  return done;
}
}  // namespace

void add_outage_publish(Context& context, CLI::App& parent, const std::shared_ptr<OutageChoice>& choice) {
  auto* publisher = parent.add_subcommand("publish", "Write the public history: summary.json, incidents.json, history.atom");
  add_outage_options(*publisher, choice);
  publisher->add_option("--site", choice->site, "folder, of a web server")->required();
  publisher->add_option("--url", choice->url, "where that folder is seen from outside")->required();
  publisher->add_option("--title", choice->title, "name of the page");
  publisher->footer(
      "Example:\n  kulla outage publish --store observations --from 90d --site /var/www/status --url https://status.example/");
  publisher->callback(bind(context, choice, publish));

  auto* measurer = parent.add_subcommand("metrics", "The newest observations as Prometheus text, in blackbox_exporter's names");
  add_outage_options(*measurer, choice);
  measurer->add_option("-o,--output", choice->output, "file, as for node_exporter's textfile collector; else standard output");
  measurer->footer("Example:\n  kulla outage metrics --store observations --from 5m -o /var/lib/prometheus/node-exporter/kulla.prom");
  measurer->callback(bind(context, choice, metrics));
}
}  // namespace kulla::cli
