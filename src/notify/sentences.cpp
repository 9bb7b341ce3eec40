// Each sentence in a few lines. What is doubtful is left out and listed as missing: a statement may say too little, never too much.
#include "notify/sentences.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <set>

#include "base/canonical_json.hpp"
#include "model/codec.hpp"

namespace kulla::notify {
namespace {
using std::chrono::milliseconds;
using Facts = std::vector<std::uint64_t>;
using ServiceTest = bool (*)(const ServiceRecord&);

auto present(const Record& record) {
  return record.services | std::views::filter([](const auto& entry) { return !entry.second.retired; });
}
Services services_where(const Record& record, auto test) {
  Services found;
  for (const auto& [id, service] : present(record))
    if (test(service)) found.push_back(id);
  return found;
}
std::int64_t count(auto&& range) { return static_cast<std::int64_t>(std::ranges::distance(range)); }
std::int64_t total(const Record& record) { return count(present(record)); }

Claim claim(std::vector<Argument> arguments, Facts facts) {
  std::ranges::sort(facts);
  const auto again = std::ranges::unique(facts);
  facts.erase(again.begin(), again.end());
  return {std::move(arguments), std::move(facts)};
}

void add_closing(Facts& facts, const ServiceRecord& service) {
  facts.push_back(service.closure->ordered.fact);
  facts.push_back(service.closure->confirmed->fact);
}
void add_standing(Facts& facts, const ServiceRecord& service) {
  facts.push_back(service.since.fact);
  if (service.gate_since.fact > 0) facts.push_back(service.gate_since.fact);
}
Facts facts_of(const Record& record, const Services& services, void (*add)(Facts&, const ServiceRecord&)) {
  Facts facts;
  for (const auto& id : services) add(facts, record.services.at(id));
  return facts;
}
Missing of_service(std::string_view id, const ServiceId& service) { return {id, {{"service", Services{service}}}}; }

bool young(const Record& record, const Mark& told, Timestamp finished) {
  // The clock of whoever asks may be a little behind the one that wrote: more than that is no time to rely on.
  constexpr std::chrono::minutes clock_slack{1};
  if (record.as_of && told.fact > record.as_of->fact) return true;
  const auto now = record.as_of ? record.as_of->at : record.now;
  return finished <= now + clock_slack && now - finished <= record.max_age;
}
milliseconds age(const Record& record, Timestamp finished) {
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(record.now - finished));
}

/// As our own record has it, whatever is seen from outside.
bool refuses_all(const ServiceRecord& service) { return service.closure && service.closure->confirmed && service.gate == GateMode::closed; }
bool lets_all_in(const ServiceRecord& service) {
  return !service.closure && (service.gate == GateMode::open || service.gate == GateMode::guarded);
}

// --- what happened, and since when

std::optional<Claim> intrusion(const Record& record) {
  const auto struck = services_where(record, [](const auto& service) { return service.struck.has_value(); });
  if (!record.incident || struck.empty()) return std::nullopt;
  auto facts = facts_of(record, struck, [](Facts& to, const ServiceRecord& service) { to.push_back(service.struck->fact); });
  facts.push_back(record.incident->fact);
  return claim({{"services", count(struck)}}, std::move(facts));
}

std::optional<Claim> nothing(const Record& record) {
  const auto open = services_where(record, is_publicly_open);
  if (record.incident || open.empty() || count(open) != total(record)) return std::nullopt;
  auto facts = facts_of(record, open, add_standing);
  if (record.calm) facts.push_back(record.calm->fact);
  return claim({{"services", count(open)}}, std::move(facts));
}

std::optional<Claim> first_sign(const Record& record) {
  if (!record.incident || !record.first_sign) return std::nullopt;
  return claim({{"time", record.first_sign->at}}, {record.first_sign->fact, record.incident->fact});
}

std::optional<Claim> first_closing(const Record& record) {
  std::optional<Mark> first;
  for (const auto& id : services_where(record, is_publicly_closed)) {
    const auto& confirmed = *record.services.at(id).closure->confirmed;
    if (!first || confirmed.at < first->at) first = confirmed;
  }
  if (!first) return std::nullopt;
  return claim({{"time", first->at}}, {first->fact});
}

// --- what is closed, and why

std::optional<Claim> closed(const Record& record) {
  const auto services = services_where(record, is_publicly_closed);
  if (services.empty()) return std::nullopt;
  return claim({{"services", count(services)}, {"total", total(record)}, {"names", services}}, facts_of(record, services, add_closing));
}

std::vector<Missing> closed_lacks(const Record& record) {
  std::vector<Missing> missing;
  for (const auto& [id, service] : present(record)) {
    if (!service.closure || is_publicly_closed(service) || is_on_trial(service)) continue;
    missing.push_back(of_service(refuses_all(service) ? "contradicted" : "unconfirmed", id));
  }
  return missing;
}

template <Because because>
std::optional<Claim> closed_because(const Record& record) {
  const auto services =
      services_where(record, [](const auto& service) { return is_publicly_closed(service) && service.closure->because == because; });
  if (services.empty()) return std::nullopt;
  return claim({{"services", count(services)}}, facts_of(record, services, add_closing));
}

// --- what is open

std::optional<Claim> open(const Record& record) {
  const auto services = services_where(record, is_publicly_open);
  if (services.empty()) return std::nullopt;
  return claim({{"services", count(services)}, {"total", total(record)}}, facts_of(record, services, add_standing));
}

std::vector<Missing> open_lacks(const Record& record) {
  std::vector<Missing> missing;
  for (const auto& [id, service] : present(record))
    if (!service.closure && !is_publicly_open(service))
      missing.push_back(of_service(service.outside && service.outside->seen == Seen::down ? "down_outside" : "opening_unconfirmed", id));
  return missing;
}

std::optional<Claim> guarded(const Record& record) {
  const auto services =
      services_where(record, [](const auto& service) { return is_publicly_open(service) && service.standing == Standing::guarded; });
  if (services.empty()) return std::nullopt;
  return claim({{"services", count(services)}}, facts_of(record, services, add_standing));
}

std::optional<Claim> trial(const Record& record) {
  const auto services = services_where(record, is_on_trial);
  if (services.empty()) return std::nullopt;
  return claim({{"services", count(services)}, {"names", services}}, facts_of(record, services, add_standing));
}

// --- backups

std::set<DatasetId> datasets_of(const Record& record) {
  std::set<DatasetId> datasets;
  for (const auto& [id, service] : present(record)) datasets.insert(service.datasets.begin(), service.datasets.end());
  return datasets;
}

std::optional<Claim> backups(const Record& record, bool all) {
  const auto datasets = datasets_of(record);
  Facts facts;
  auto oldest = Timestamp::max();
  for (const auto& dataset : datasets) {
    if (!is_proved(record, dataset)) continue;
    const auto& proof = *record.datasets.at(dataset).proof;
    facts.push_back(proof.told.fact);
    oldest = std::min(oldest, proof.finished);
  }
  const auto proved = count(facts);
  if (proved == 0 || (proved == count(datasets)) != all) return std::nullopt;
  std::vector<Argument> arguments{{"datasets", proved}, {"age", age(record, oldest), true}};
  if (!all) arguments.emplace_back("total", count(datasets));
  return claim(std::move(arguments), std::move(facts));
}
std::optional<Claim> backups_all(const Record& record) { return backups(record, true); }
std::optional<Claim> backups_some(const Record& record) { return backups(record, false); }

std::vector<Missing> backups_lack(const Record& record) {
  std::vector<Missing> missing;
  for (const auto& dataset : datasets_of(record)) {
    if (is_proved(record, dataset)) continue;
    const auto known = record.datasets.find(dataset);
    const auto* proof = known == record.datasets.end() || !known->second.proof ? nullptr : &*known->second.proof;
    const Argument name{"dataset", dataset.str()};
    if (!proof || (proof->passed && !young(record, proof->told, proof->finished)))
      missing.push_back({"no_proof", {name, {"age", record.max_age}}});
    else if (!proof->passed) missing.push_back({"proof_failed", {name}});
    else missing.push_back({proof->drifted ? "proof_drifted" : "backup_suspected", {name}});
  }
  return missing;
}

// --- verified systems

std::set<SystemId> systems_of_closed(const Record& record) {
  std::set<SystemId> systems;
  for (const auto& [id, service] : present(record))
    if (is_publicly_closed(service)) systems.insert(service.systems.begin(), service.systems.end());
  return systems;
}

std::optional<Claim> cleared_systems(const Record& record) {
  const auto systems = systems_of_closed(record);
  Facts facts;
  std::int64_t files = 0;
  for (const auto& system : systems)
    if (is_cleared(record, system)) {
      const auto& report = *record.systems.at(system).report;
      facts.push_back(report.told.fact);
      files = codec::bounded(files + report.files);
    }
  if (facts.empty()) return std::nullopt;
  const auto cleared = count(facts);
  return claim({{"systems", cleared}, {"total", count(systems)}, {"files", files}}, std::move(facts));
}

std::vector<Missing> systems_lack(const Record& record) {
  std::vector<Missing> missing;
  for (const auto& system : systems_of_closed(record)) {
    if (is_cleared(record, system)) continue;
    const auto known = record.systems.find(system);
    const bool findings = known != record.systems.end() && known->second.report && !known->second.report->clean;
    const Argument name{"system", system.str()};
    if (findings) missing.push_back({"findings", {name}});
    else missing.push_back({"not_inspected", {name, {"age", record.max_age}}});
  }
  return missing;
}

std::optional<Claim> verified(const Record& record) {
  const auto services =
      services_where(record, [](const auto& service) { return is_publicly_closed(service) && service.standing == Standing::verified; });
  if (services.empty()) return std::nullopt;
  return claim({{"services", count(services)}}, facts_of(record, services, add_standing));
}

// --- what is measured from outside

/// Of all that were measured, also those that it contradicts: a part is said as a part.
std::optional<Claim> outside_of(const Record& record, ServiceTest among, Seen seen) {
  Facts facts;
  std::int64_t agreeing = 0, measured = 0;
  for (const auto& [id, service] : present(record)) {
    if (!among(service) || !service.outside || service.outside->seen == Seen::no_data || service.outside->seen == Seen::vantage_fault)
      continue;
    ++measured;
    facts.push_back(service.outside->told.fact);
    agreeing += service.outside->seen == seen && service.outside->agreement == Agreement::supports;
  }
  if (agreeing == 0) return std::nullopt;
  return claim({{"services", agreeing}, {"total", measured}}, std::move(facts));
}
std::optional<Claim> outside_closed(const Record& record) { return outside_of(record, refuses_all, Seen::down); }
std::optional<Claim> outside_open(const Record& record) { return outside_of(record, lets_all_in, Seen::up); }

std::vector<Missing> outside_lacks(const Record& record) {
  std::vector<Missing> missing;
  for (const auto& id : services_where(record, is_publicly_closed)) {
    const auto& outside = record.services.at(id).outside;
    if (!outside || outside->agreement != Agreement::supports || outside->seen != Seen::down)
      missing.push_back(of_service("no_measure", id));
  }
  return missing;
}

// --- the next update

std::optional<Claim> next_update(const Record& record) {
  auto facts = facts_of(record, services_where(record, is_publicly_closed), add_closing);
  if (record.incident) facts.push_back(record.incident->fact);
  if (facts.empty()) return std::nullopt;
  return claim({{"time", next_update_by(record.now, record.next_update), true}}, std::move(facts));
}

constexpr unsigned closings = of_services | of_outside;  // the view from outside may contradict a closing

const std::array missing_kinds{
    MissingKind{"unconfirmed", {"service"}},         MissingKind{"contradicted", {"service"}},
    MissingKind{"opening_unconfirmed", {"service"}}, MissingKind{"down_outside", {"service"}},
    MissingKind{"no_proof", {"dataset", "age"}},     MissingKind{"proof_failed", {"dataset"}},
    MissingKind{"proof_drifted", {"dataset"}},       MissingKind{"backup_suspected", {"dataset"}},
    MissingKind{"not_inspected", {"system", "age"}}, MissingKind{"findings", {"system"}},
    MissingKind{"no_measure", {"service"}},          MissingKind{"more", {"count"}},
};
}  // namespace

Timestamp next_update_by(Timestamp from, milliseconds within) {
  constexpr std::chrono::minutes step{5};
  const auto by = std::chrono::floor<std::chrono::minutes>(from + within);
  return by - by.time_since_epoch() % step;
}

bool is_publicly_closed(const ServiceRecord& service) {
  return refuses_all(service) && !(service.outside && service.outside->agreement == Agreement::contradicts);
}
bool is_publicly_open(const ServiceRecord& service) {
  return lets_all_in(service) && !(service.outside && service.outside->seen == Seen::down);
}
bool is_on_trial(const ServiceRecord& service) { return service.standing == Standing::trial && service.gate == GateMode::trial; }

bool is_proved(const Record& record, const DatasetId& dataset) {
  const auto known = record.datasets.find(dataset);
  if (known == record.datasets.end() || !known->second.proof) return false;
  const auto& [proof, suspected] = known->second;
  return proof->passed && !proof->drifted && !(suspected && suspected->fact > proof->told.fact) &&
         young(record, proof->told, proof->finished);
}

bool is_cleared(const Record& record, const SystemId& system) {
  const auto known = record.systems.find(system);
  if (known == record.systems.end() || !known->second.report) return false;
  const auto& [report, struck] = known->second;
  if (!report->clean || !young(record, report->told, report->finished) || (struck && struck->fact > report->told.fact)) return false;
  return std::ranges::none_of(record.services, [&](const auto& entry) {
    const auto& service = entry.second;
    return service.closure && std::ranges::count(service.systems, system) > 0 && service.closure->ordered.at > report->started;
  });
}

const std::vector<Sentence>& all_sentences() {
  using Is = Category;
  static const std::vector<Sentence> sentences{
      {"happened.intrusion", Is::happened, of_services | of_incident, {"services"}, intrusion, nullptr},
      {"happened.nothing", Is::happened, closings | of_incident, {"services"}, nothing, nullptr},
      {"since.first_sign", Is::since, of_incident, {"time"}, first_sign, nullptr},
      {"since.first_closing", Is::since, closings, {"time"}, first_closing, nullptr},
      {"closed.services", Is::closed, closings, {"services", "total", "names"}, closed, closed_lacks},
      {"closed.intrusion", Is::closed, closings, {"services"}, closed_because<Because::intrusion>, nullptr},
      {"closed.person", Is::closed, closings, {"services"}, closed_because<Because::person>, nullptr},
      {"closed.trial_ended", Is::closed, closings, {"services"}, closed_because<Because::trial_ended>, nullptr},
      {"closed.found_closed", Is::closed, closings, {"services"}, closed_because<Because::found_closed>, nullptr},
      {"open.services", Is::open, closings, {"services", "total"}, open, open_lacks},
      {"open.guarded", Is::open, closings, {"services"}, guarded, nullptr},
      {"open.trial", Is::open, of_services, {"services", "names"}, trial, nullptr},
      {"backups.all", Is::backups, of_services | of_proofs, {"datasets", "age"}, backups_all, backups_lack},
      {"backups.some", Is::backups, of_services | of_proofs, {"datasets", "age", "total"}, backups_some, nullptr},
      {"verified.systems", Is::verified, closings | of_reports | of_incident, {"systems", "total", "files"}, cleared_systems, systems_lack},
      {"verified.services", Is::verified, closings, {"services"}, verified, nullptr},
      {"outside.closed", Is::outside, closings, {"services", "total"}, outside_closed, outside_lacks},
      {"outside.open", Is::outside, closings, {"services", "total"}, outside_open, nullptr},
      {next_update_sentence, Is::next, closings | of_incident, {"time"}, next_update, nullptr},
  };
  return sentences;
}

const Sentence* find_sentence(std::string_view id) {
  const auto found = std::ranges::find(all_sentences(), id, &Sentence::id);
  return found == all_sentences().end() ? nullptr : &*found;
}
std::span<const MissingKind> all_missing() { return missing_kinds; }

namespace {
json::value encoded(const Value& value) {
  struct Visitor {
    json::value operator()(std::int64_t number) const { return codec::bounded(number); }
    json::value operator()(Timestamp time) const { return json::value(to_rfc3339(time)); }
    json::value operator()(milliseconds span) const { return codec::bounded(span.count()); }
    json::value operator()(const Services& services) const { return codec::encode(services); }
    json::value operator()(const std::string& text) const { return json::value(text); }
  };
  return std::visit(Visitor{}, value);
}
}  // namespace

Digest digest_of(std::string_view id, const Claim& claim) {
  json::object said;
  for (const auto& [name, value, drifts] : claim.arguments)
    if (!drifts) said[name] = encoded(value);
  return sha256(canonical(json::object{{"kulla", "claim/1"}, {"sentence", id}, {"says", std::move(said)}}));
}
}  // namespace kulla::notify
