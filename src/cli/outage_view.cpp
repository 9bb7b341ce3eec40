// Reads a store and concludes from it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>

#include "base/path_text.hpp"
#include "cli/outage.hpp"
#include "ledger/ledger.hpp"
#include "outage/analysis.hpp"
#include "outage/archive.hpp"
#include "outage/bgp_evidence.hpp"
#include "outage/probe_config.hpp"

namespace kulla::cli {
namespace {
// An outage that began before the range is read from its beginning where that is not longer ago.
constexpr auto read_before = std::chrono::hours{24};
constexpr std::size_t damage_told = 20;

void say(const std::vector<outage::Damage>& damage) {
  for (std::size_t i = 0; i < damage.size() && i < damage_told; ++i) {
    const auto& each = damage[i];
    const auto lost =
        each.observations ? fmt::format("{} observations are lost", *each.observations) : std::string{"what is lost cannot be told"};
    fmt::print(stderr, "kulla: {}: byte {}: {}: {}\n", escape_path(each.file.string()), each.offset, each.what, lost);
  }
  if (damage.size() > damage_told) fmt::print(stderr, "kulla: and {} places more\n", damage.size() - damage_told);
}

/// A whole number of minutes, of which about `steps` make the range; seconds where it is short.
std::chrono::seconds step_for(Timestamp from, Timestamp to, std::size_t steps) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
  const auto step = std::max<std::int64_t>(1, (whole + static_cast<std::int64_t>(steps) - 1) / static_cast<std::int64_t>(steps));
  for (const std::int64_t good : {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400})
    if (step <= good) return std::chrono::seconds{good};
  return std::chrono::seconds{(step + 86399) / 86400 * 86400};
}

bool overlaps(const outage::Outage& each, Timestamp from, Timestamp to) {
  return each.onset.earliest < to && (!each.end || each.end->latest >= from);
}

std::vector<outage::Target> chosen(const std::vector<outage::Target>& all, const std::set<ServiceId>& wanted) {
  std::vector<outage::Target> result;
  for (const auto& target : all)
    if (wanted.empty() || wanted.contains(target.name)) result.push_back(target);
  return result;
}
}  // namespace

Result<Timestamp> parse_when(const std::string& text, Timestamp now) {
  constexpr std::string_view units = "smhd";
  constexpr std::array<std::int64_t, 4> seconds{1, 60, 3600, 86400};
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc{} && stopped + 1 == end && count >= 0 && count <= 1'000'000)
    if (const auto unit = units.find(*stopped); unit != std::string_view::npos) return now - std::chrono::seconds{count * seconds.at(unit)};
  return parse_rfc3339(text);
}

Result<ViewOptions> range_of(const OutageChoice& choice) {
  const auto now = SystemClock{}.now().wall;
  ViewOptions options;
  if (!choice.from.empty()) {
    KULLA_TRY(options.from, parse_when(choice.from, now));
  }
  if (!choice.to.empty()) {
    KULLA_TRY(options.to, parse_when(choice.to, now));
  }
  if (options.from && options.to && *options.from >= *options.to) return fail(Code::bad_argument, "--from: is not before --to");
  return options;
}

Result<std::vector<outage::ClosureOrder>> closure_orders(const std::string& path, const std::string& trust) {
  std::vector<outage::ClosureOrder> orders;
  if (path.empty()) return orders;
  if (trust.empty()) return fail(Code::bad_argument, "--ledger: name the key that it is to be signed by, with --trust");
  KULLA_TRY(const auto key, read_public_key(trust));
  KULLA_TRY(const auto verified, ledger::verify(path, {key, {}, {}, {}}));
  if (!verified.ok) return fail(Code::ledger_corrupt, fmt::format("{}: {}", path, verified.problem));
  std::optional<Error> bad;
  const auto order_of = [&](const ClosureId& closure) { return std::ranges::find(orders, closure, &outage::ClosureOrder::closure); };
  const auto opened = [&](const ClosureId& closure, Timestamp at) {
    if (const auto order = order_of(closure); order != orders.end() && !order->opened_at) order->opened_at = at;
  };
  KULLA_CHECK(ledger::read(path, [&](const ledger::Entry& entry) {
    const auto value = parse_json(entry.bytes);
    const auto fact = value ? fact_from_json(*value) : Result<Fact>{std::unexpected(value.error())};
    if (!fact) return void(bad = fact.error());
    const auto at = fact->at.wall;
    if (const auto* closed = std::get_if<fact::Closed>(&fact->body)) orders.push_back({closed->service, closed->closure, at});
    if (const auto* gate = std::get_if<fact::GateConfirmed>(&fact->body); gate && gate->entry.mode == GateMode::closed)
      if (const auto order = order_of(gate->entry.closure); order != orders.end() && !order->confirmed_at)
        order->confirmed_at = gate->acknowledged;
    if (const auto* trial = std::get_if<fact::TrialStarted>(&fact->body)) opened(trial->closure, at);
    if (const auto* open = std::get_if<fact::Opened>(&fact->body)) opened(open->closure, at);
  }));
  if (bad) return std::unexpected(std::move(*bad).in(path));
  return orders;
}

namespace {
/// Days before `raw` of which only minutes and outages are left.
struct Archive {
  std::vector<outage::ArchivedDay> days;
  std::optional<Timestamp> begins;
};
Archive archive_before(const OutageChoice& choice, const ViewOptions& options, Timestamp raw, std::vector<outage::Damage>& damage) {
  Archive archive;
  for (const auto day : outage::archived_days(choice.store)) {
    const Timestamp from{day}, to{day + std::chrono::days{1}};
    if (to > raw) break;  // its observations are there still
    if (!archive.begins) archive.begins = from;
    if ((options.from && to <= *options.from) || (options.to && from >= *options.to)) continue;
    auto read = outage::read_archive(choice.store, day);
    if (read) archive.days.push_back(std::move(*read));
    else damage.push_back({choice.store, 0, std::nullopt, read.error().message()});
  }
  return archive;
}

/// Of an outage that went on when the first observation left was made, these know the rest, and not the beginning: it is one.
void join(outage::Outage& earlier, std::vector<outage::Outage>& later, Timestamp raw) {
  if (earlier.end && earlier.end->latest <= raw) return;
  const auto rest = std::ranges::find_if(later, [&](const outage::Outage& each) {
    const bool begins_unseen = each.onset.earliest < raw;
    return each.target == earlier.target && begins_unseen && (!earlier.end || each.onset.latest <= earlier.end->latest);
  });
  if (rest == later.end()) {
    if (!earlier.end) earlier.end = outage::Interval{std::min(earlier.onset.latest, raw), raw};
    return;
  }
  if (!earlier.end) earlier.end = rest->end;
  later.erase(rest);
}

/// Those of the archive, and then those that were found by the observations left.
std::vector<outage::Outage> all_outages(const Archive& archive, std::vector<outage::Outage> found, Timestamp raw) {
  std::vector<outage::Outage> outages;
  for (const auto& day : archive.days)
    for (auto each : day.outages) {
      join(each, found, raw);
      outages.push_back(std::move(each));
    }
  std::ranges::move(found, std::back_inserter(outages));
  return outages;
}
}  // namespace

Result<OutageView> view_store(const OutageChoice& choice, const ViewOptions& options) {
  OutageView view;
  KULLA_TRY(view.orders, closure_orders(choice.ledger, choice.trust));
  outage::ReadOptions reading{.folder = choice.store, .from = options.from, .to = options.to};
  for (const auto& name : choice.targets) reading.targets.emplace(name);
  if (options.from) reading.from = *options.from - read_before;
  if (!choice.signer.empty()) {
    KULLA_TRY(reading.trust, read_public_key(choice.signer));
  }
  // Whether several networks failed at once can be told only from all of them.
  const auto wanted = std::exchange(reading.targets, {});
  KULLA_TRY(auto reader, outage::StoreReader::open(reading));
  const auto span = reader.span().value_or(std::pair<Timestamp, Timestamp>{});
  const auto raw = std::chrono::floor<std::chrono::days>(span.first);
  const auto archive = archive_before(choice, options, raw, view.damage);
  view.from = options.from.value_or(archive.begins.value_or(span.first));
  view.to = std::max(view.from, options.to.value_or(span.second + std::chrono::milliseconds{1}));
  view.vantages = reader.vantages();
  view.targets = chosen(reader.targets(), wanted);
  KULLA_TRY(auto routes, outage::read_routes(reading, {choice.routes.begin(), choice.routes.end()},
                                             [](const std::string& line) { fmt::print(stderr, "kulla: {}\n", line); }));
  outage::Analysis analysis{
      reader.targets(), {.vantages = view.vantages, .orders = view.orders, .ledger = !choice.ledger.empty(), .routes = std::move(routes)}};
  outage::History history{view.targets, view.from, view.to, step_for(view.from, view.to, options.steps)};
  const auto asked_for = [&](const ServiceId& target) { return wanted.empty() || wanted.contains(target); };
  for (const auto& day : archive.days) {
    auto minutes = day.minutes;
    std::erase_if(minutes.tracks, [&](const outage::Track& track) { return !asked_for(track.target.name); });
    history.take(minutes);
  }
  while (const auto observation = reader.next()) {
    ++view.observations;
    analysis.take(*observation);
    if (asked_for(observation->target)) history.take(*observation);
  }
  analysis.finish();
  for (auto& each : all_outages(archive, analysis.outages(), raw))
    if (overlaps(each, view.from, view.to) && asked_for(each.target)) view.outages.push_back(std::move(each));
  view.uptime = history.uptime(view.outages);
  view.tracks = history.tracks(view.outages);
  std::ranges::copy(reader.damage(), std::back_inserter(view.damage));
  say(view.damage);
  if (analysis.forgotten() > 0) fmt::print(stderr, "kulla: {} older outages are left out; name a later --from\n", analysis.forgotten());
  return view;
}
}  // namespace kulla::cli
