// kulla outage: what was down, since when, and why, from a store of observations.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "base/shown_text.hpp"
#include "cli/backup.hpp"
#include "cli/outage.hpp"
#include "model/codec.hpp"
#include "outage/analysis.hpp"

namespace kulla::cli {
namespace {
std::string clock_text(Timestamp time) { return to_rfc3339(time).substr(11, 12); }
std::string percent_text(const std::optional<double>& percent) { return percent ? fmt::format("{:.3f} %", *percent) : "-"; }
std::string_view cause_name(outage::Cause cause) { return boost::describe::enum_to_string(cause, "?"); }

json::value interval_json(const outage::Interval& interval) {
  return json::array{to_rfc3339(interval.earliest), to_rfc3339(interval.latest)};
}

/// What no data means must be seen: of the whole range, the part in which nothing is known.
std::string part_text(std::chrono::milliseconds part, const outage::Uptime& of) {
  const auto whole = of.up + of.degraded + of.down + of.vantage_fault + of.no_data;
  return whole.count() == 0 ? "-" : fmt::format("{:.2f} %", 100.0 * static_cast<double>(part.count()) / static_cast<double>(whole.count()));
}

void print_outages(const OutageView& view) {
  if (view.outages.empty())
    return fmt::print("no outage between {} and {} ({} observations of {} targets)\n", to_rfc3339(view.from), to_rfc3339(view.to),
                      view.observations, view.targets.size());
  fmt::print("{:<24} {:<40} {:<22} {:<20} {:>5}  {}\n", "TARGET", "ONSET (UTC, within)", "LASTED", "CAUSE", "SURE", "AGREES");
  for (const auto& each : view.outages) {
    const auto agreement = each.agreement ? words_of(*each.agreement) : "-";
    fmt::print("{:<24} {:<40} {:<22} {:<20} {:>3} %  {}\n", cut_text(escape_path(each.target.str()), 24), interval_text(each.onset),
               duration_text(each, view.to), cause_name(each.cause), each.confidence, agreement);
  }
}

void print_uptime(const std::vector<outage::Uptime>& all) {
  fmt::print("{:<24} {:>10} {:>10} {:>12} {:>12} {:>10} {:>10}\n", "TARGET", "UP", "INCIDENTS", "DOWN", "DEGRADED", "NO DATA", "VANTAGE");
  for (const auto& each : all)
    fmt::print("{:<24} {:>10} {:>10} {:>12} {:>12} {:>10} {:>10}\n", cut_text(escape_path(each.target.str()), 24),
               percent_text(each.percent()), each.incidents, span(each.down), span(each.degraded), part_text(each.no_data, each),
               part_text(each.vantage_fault, each));
}

void print_whole(const outage::Outage& each, Timestamp until) {
  fmt::print("{}  {}\n", escape_path(each.target.str()), cause_name(each.cause));
  fmt::print("  onset       {}\n", interval_text(each.onset));
  if (each.joint_onset) fmt::print("  joint onset {}  (with others of its group)\n", interval_text(*each.joint_onset));
  fmt::print("  end         {}\n", each.end ? interval_text(*each.end) : "it lasts");
  fmt::print("  lasted      {}\n", duration_text(each, until));
  fmt::print("  confidence  {} %\n", each.confidence);
  if (each.agreement)
    fmt::print("  ledger      {}{}{}\n", words_of(*each.agreement), each.agreement_why ? ": " : "", each.agreement_why.value_or(""));
  const auto names = [](const std::vector<VantageId>& vantages) {
    std::string text;
    for (const auto& vantage : vantages) text += (text.empty() ? "" : ", ") + escape_path(vantage.str());
    return text.empty() ? "none" : text;
  };
  fmt::print("  seen by     {}; otherwise by {}\n", names(each.agreeing), names(each.dissenting));
  for (const auto& sentence : each.evidence) fmt::print("  - {}\n", shown_text(sentence));
}

int exit_of(const OutageView& view) { return view.damage.empty() ? done : found_something; }

Result<int> list(const OutageChoice& choice) {
  KULLA_TRY(const auto range, range_of(choice));
  KULLA_TRY(const auto view, view_store(choice, range));
  if (choice.format == "ndjson")
    for (const auto& each : view.outages) fmt::print("{}\n", outage_json(each));
  else print_outages(view);
  return exit_of(view);
}

Result<int> uptime(const OutageChoice& choice) {
  KULLA_TRY(const auto range, range_of(choice));
  KULLA_TRY(const auto view, view_store(choice, range));
  if (choice.format == "ndjson")
    for (const auto& each : view.uptime) fmt::print("{}\n", uptime_json(each));
  else print_uptime(view.uptime);
  return exit_of(view);
}

/// What each vantage saw of one target around each change, one line an answer and how often.
struct Sighting {
  Timestamp from, to;
  std::string what;
  std::uint64_t times = 0;
};
std::string what_of(const outage::Observation& observation) {
  std::string text = observation.failed == outage::Layer::none ? "answered" : boost::describe::enum_to_string(observation.failed, "?");
  if (observation.status != 0) text += fmt::format(" {}", observation.status);
  if (observation.notice != outage::NoticeSeen::none)
    text += fmt::format(", notice {}", boost::describe::enum_to_string(observation.notice, "?"));
  if (observation.detail) text += fmt::format(" ({})", escape_path(*observation.detail));
  return text;
}

Result<std::map<VantageId, std::vector<Sighting>>> sightings(const OutageChoice& choice, const OutageView& view) {
  constexpr std::size_t most = 200;  // changes of a vantage; a target that flaps more is read with --from and --to
  KULLA_TRY(auto reader,
            outage::StoreReader::open({.folder = choice.store, .from = view.from, .to = view.to, .targets = {ServiceId{choice.target}}}));
  std::map<VantageId, std::vector<Sighting>> seen;
  while (const auto observation = reader.next()) {
    auto& of = seen[observation->vantage];
    auto what = what_of(*observation);
    if (of.empty() || of.back().what != what) {
      if (of.size() >= most) continue;
      of.push_back({observation->sent, observation->sent, std::move(what)});
    }
    of.back().to = observation->sent;
    ++of.back().times;
  }
  return seen;
}

json::object sighting_json(const VantageId& vantage, const Sighting& each) {
  return {
      {"vantage", vantage.str()}, {"from", to_rfc3339(each.from)}, {"to", to_rfc3339(each.to)}, {"saw", each.what}, {"times", each.times}};
}

Result<int> show(const OutageChoice& asked) {
  auto choice = asked;
  choice.targets = {choice.target};
  KULLA_TRY(const auto range, range_of(choice));
  KULLA_TRY(const auto view, view_store(choice, range));
  KULLA_TRY(const auto seen, sightings(choice, view));
  if (seen.empty())
    return fail(Code::not_found, fmt::format("{}: nothing was observed of it; 'kulla outage uptime' names what is there", choice.target));
  if (choice.format == "ndjson") {
    for (const auto& each : view.outages) fmt::print("{}\n", outage_json(each));
    for (const auto& [vantage, all] : seen)
      for (const auto& each : all) fmt::print("{}\n", canonical(sighting_json(vantage, each)));
    return exit_of(view);
  }
  print_uptime(view.uptime);
  for (const auto& each : view.outages) fmt::print("\n"), print_whole(each, view.to);
  for (const auto& [vantage, all] : seen) {
    fmt::print("\n{}\n", escape_path(vantage.str()));
    for (const auto& each : all)
      fmt::print("  {} - {}  {:>7} x  {}\n", to_rfc3339(each.from).substr(0, 23), clock_text(each.to), each.times, each.what);
  }
  return exit_of(view);
}

CLI::App* add(CLI::App& parent, Context& context, const std::shared_ptr<OutageChoice>& choice, const char* name, const char* about,
              Result<int> (*run)(const OutageChoice&)) {
  auto* command = parent.add_subcommand(name, about);
  add_outage_options(*command, choice);
  command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  command->callback(bind(context, choice, run));
  return command;
}
}  // namespace

std::string interval_text(const outage::Interval& interval) {
  if (interval.earliest == Timestamp{}) return fmt::format("before {}", to_rfc3339(interval.latest).substr(0, 23));
  const auto from = to_rfc3339(interval.earliest), to = to_rfc3339(interval.latest);
  return fmt::format("{} - {}", from.substr(0, 23), from.substr(0, 10) == to.substr(0, 10) ? to.substr(11, 12) : to.substr(0, 23));
}
std::string duration_text(const outage::Outage& each, Timestamp until) {
  const auto counted = outage::counted(each, until);
  const auto lasted = span(std::chrono::duration_cast<std::chrono::milliseconds>(counted.latest - counted.earliest));
  return each.end ? lasted : lasted + ", lasts";
}

std::string_view words_of(Agreement agreement) {
  switch (agreement) {
    case Agreement::supports: return "supports";
    case Agreement::contradicts: return "contradicts";
    case Agreement::cannot_tell: return "cannot tell";
  }
  return "cannot tell";
}

std::string outage_json(const outage::Outage& each) {
  json::object object{{"target", each.target.str()},
                      {"onset", interval_json(each.onset)},
                      {"end", each.end ? interval_json(*each.end) : json::value{}},
                      {"cause", cause_name(each.cause)},
                      {"evidence", codec::encode(each.evidence)},
                      {"agreeing", codec::encode(each.agreeing)},
                      {"dissenting", codec::encode(each.dissenting)}};
  if (each.joint_onset) object["joint_onset"] = interval_json(*each.joint_onset);
  if (each.agreement) object["agreement"] = words_of(*each.agreement);
  if (each.agreement_why) object["agreement_why"] = *each.agreement_why;
  // A fraction is not canonical JSON: it is put before the rest.
  return fmt::format("{{\"confidence\":{:.2f},{}", static_cast<double>(each.confidence) / 100, canonical(object).substr(1));
}
std::string uptime_json(const outage::Uptime& each) {
  const json::object object{{"target", each.target.str()},       {"incidents", each.incidents},
                            {"up_ms", each.up.count()},          {"degraded_ms", each.degraded.count()},
                            {"down_ms", each.down.count()},      {"vantage_fault_ms", each.vantage_fault.count()},
                            {"no_data_ms", each.no_data.count()}};
  const auto percent = each.percent();
  return fmt::format("{{\"uptime_percent\":{},{}", percent ? fmt::format("{:.4f}", *percent) : "null", canonical(object).substr(1));
}

void add_outage_options(CLI::App& command, const std::shared_ptr<OutageChoice>& choice) {
  command.add_option("--store", choice->store, "the folder that kulla probe stores observations in")->capture_default_str();
  command.add_option("--from", choice->from, "RFC 3339, or how long ago: 7d, 12h, 30m; else the first observation");
  command.add_option("--to", choice->to, "the same; else the last observation");
  if (command.get_name() != "show") command.add_option("--target", choice->targets, "only this one; may be repeated");
  command.add_option("--ledger", choice->ledger, "a ledger of kulla: says whether what was seen agrees with its orders");
  command.add_option("--trust", choice->trust, "public key that the ledger is signed by");
  command.add_option("--routes", choice->routes, "BGP: an MRT dump (plain, .gz, .bz2), or RIS-style lines (.json); may be repeated");
  command.add_option("--signed-by", choice->signer,
                     "public key that the observations are to be signed by; else each vantage's in the folder");
}

void add_outage(Context& context) {
  const auto choice = std::make_shared<OutageChoice>();
  auto* parent = context.app.add_subcommand("outage", "What was down, since when, and why, from stored observations");
  parent->require_subcommand(1);
  parent->footer(
      "Example:\n  kulla outage list --store observations --from 7d\n"
      "Exit: 0 done, 1 a part of the store could not be read (standard error says which), 2 could not run.");
  add(*parent, context, choice, "list", "Each outage: onset and end as intervals, cause, how sure, agreement with a ledger", list)
      ->footer(
          "Examples:\n  kulla outage list --store observations --format ndjson | jq 'select(.cause == \"overload\")'\n"
          "  kulla outage list --store observations --ledger /var/lib/kulla/ledger --trust daemon.key.pub");
  auto* shower =
      add(*parent, context, choice, "show", "One target: uptime, its outages with their evidence, and what each vantage saw", show);
  shower->add_option("TARGET", choice->target, "its name")->required();
  shower->footer("Example:\n  kulla outage show e-tax --store observations --from 2022-07-15T00:00:00Z");
  add(*parent, context, choice, "uptime", "Each target: uptime, incidents, and how long nothing was known", uptime)
      ->footer("Example:\n  kulla outage uptime --store observations --from 30d");
  add_outage_chart(context, *parent, choice);
  add_outage_publish(context, *parent, choice);
}
}  // namespace kulla::cli
