#include "outage/feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "base/shown_text.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t entries_most = 200;

std::string id_of(std::string_view text) { return to_hex(sha256(text)).substr(0, 12); }

std::string cause_text(Cause cause) {
  std::string name = boost::describe::enum_to_string(cause, "?");
  std::ranges::replace(name, '_', ' ');
  return cause == Cause::dns ? "DNS" : name;
}
/// Statuspage's words where it has one, and ours where it has none: what is not known is not called operational.
std::string_view status_of(const Outage* open, Condition condition) {
  if (open && open->cause == Cause::vantage_fault) return "vantage_fault";
  if (open && open->cause == Cause::protective_closure) return "under_maintenance";
  if (open) return open->dissenting.empty() ? "major_outage" : "partial_outage";
  switch (condition) {
    case Condition::up: return "operational";
    case Condition::degraded: return "degraded_performance";
    case Condition::down: return "major_outage";
    case Condition::vantage_fault: return "vantage_fault";
    case Condition::no_data: break;
  }
  return "no_data";
}
std::string_view impact_of(const Outage& outage) {
  if (outage.cause == Cause::vantage_fault) return "none";
  return outage.cause == Cause::wide_outage ? "critical" : outage.dissenting.empty() ? "major" : "minor";
}

std::string title_of(const Outage& outage) {
  if (outage.cause == Cause::vantage_fault) return fmt::format("{}: not seen, by a fault of a vantage", outage.target.str());
  return fmt::format("{}: down, {}", outage.target.str(), outage.cause == Cause::unknown ? "cause unknown" : cause_text(outage.cause));
}
std::string body_of(const Outage& outage) {
  std::string body = fmt::format("Went down between {} and {}.", to_rfc3339(outage.onset.earliest), to_rfc3339(outage.onset.latest));
  if (outage.end) body += fmt::format(" Up again between {} and {}.", to_rfc3339(outage.end->earliest), to_rfc3339(outage.end->latest));
  body += fmt::format(" Cause: {} ({} %).", cause_text(outage.cause), outage.confidence);
  for (const auto& sentence : outage.evidence) body += " " + sentence + (sentence.ends_with('.') ? "" : ".");
  return body;
}

json::object page_json(const Publication& publication) {
  return {{"id", id_of(publication.url)},
          {"name", publication.name},
          {"url", publication.url},
          {"time_zone", "Etc/UTC"},
          {"updated_at", to_rfc3339(publication.now)}};
}

/// What is asked of each component: made once.
class Components {
 public:
  explicit Components(const Publication& publication) : publication_(publication) {
    for (const auto& outage : publication.outages)
      if (!outage.end) open_[outage.target] = &outage;
    for (const auto& track : publication.tracks)
      if (!track.cells.empty()) now_[track.target.name] = track.cells.back().condition;
    for (const auto& uptime : publication.uptime) uptime_[uptime.target] = &uptime;
  }
  [[nodiscard]] std::string_view status(const ServiceId& target) const {
    const auto open = open_.find(target);
    const auto now = now_.find(target);
    return status_of(open == open_.end() ? nullptr : open->second, now == now_.end() ? Condition::no_data : now->second);
  }
  [[nodiscard]] json::object one(const ServiceId& target, std::size_t position, std::string_view group) const {
    json::object object{{"id", id_of(target.str())},
                        {"name", target.str()},
                        {"status", status(target)},
                        {"position", position},
                        {"updated_at", to_rfc3339(publication_.now)},
                        {"group", false},
                        {"page_id", id_of(publication_.url)}};
    object["group_id"] = group.empty() ? json::value{} : json::value(id_of(group));
    if (const auto found = uptime_.find(target); found != uptime_.end()) {
      const auto percent = found->second->percent();
      object["uptime_percent"] = percent ? json::value(fmt::format("{:.3f}", *percent)) : json::value{};
      object["no_data_ms"] = found->second->no_data.count();
    }
    return object;
  }
  [[nodiscard]] json::array all() const {
    json::array components;
    for (const auto& target : publication_.targets) components.push_back(one(target.name, components.size() + 1, target.institution));
    return components;
  }

 private:
  const Publication& publication_;
  std::map<ServiceId, const Outage*> open_;
  std::map<ServiceId, Condition> now_;
  std::map<ServiceId, const Uptime*> uptime_;
};

json::object incident_json(const Outage& outage, const Components& components, Timestamp now) {
  const auto updated = to_rfc3339(outage.end ? outage.end->latest : now);
  const std::string_view status = outage.end ? "resolved" : outage.cause == Cause::unknown ? "investigating" : "identified";
  const auto id = outage_id(outage);
  json::object update{{"id", id_of(id + updated)}, {"incident_id", id},     {"status", status},
                      {"body", body_of(outage)},   {"created_at", updated}, {"display_at", updated}};
  json::object incident{{"id", id},
                        {"name", title_of(outage)},
                        {"status", status},
                        {"impact", impact_of(outage)},
                        {"started_at", to_rfc3339(outage.onset.latest)},
                        {"created_at", to_rfc3339(outage.onset.latest)},
                        {"updated_at", updated},
                        {"resolved_at", outage.end ? json::value(to_rfc3339(outage.end->latest)) : json::value{}},
                        {"cause", boost::describe::enum_to_string(outage.cause, "?")},
                        {"confidence_percent", outage.confidence},
                        {"onset", json::array{to_rfc3339(outage.onset.earliest), to_rfc3339(outage.onset.latest)}},
                        {"incident_updates", json::array{update}},
                        {"components", json::array{components.one(outage.target, 1, "")}}};
  return incident;
}
std::vector<const Outage*> newest_first(std::span<const Outage> outages) {
  std::vector<const Outage*> sorted;
  for (const auto& outage : outages) sorted.push_back(&outage);
  std::ranges::stable_sort(sorted, std::greater{}, [](const Outage* outage) { return outage->onset.latest; });
  return sorted;
}

/// Statuspage's word for all together.
json::object overall(const json::array& components) {
  std::size_t down = 0, less = 0, unknown = 0;
  for (const auto& component : components) {
    const std::string_view status = component.at("status").as_string();
    down += status == "major_outage";
    less += status == "partial_outage" || status == "degraded_performance" || status == "under_maintenance";
    unknown += status == "no_data" || status == "vantage_fault";
  }
  const bool critical = down * 2 > components.size();
  const std::string_view indicator = critical ? "critical" : down > 0 ? "major" : less > 0 ? "minor" : "none";
  std::string words = down > 0   ? fmt::format("{} of {} down", down, components.size())
                      : less > 0 ? "Some services are affected"
                                 : "All Systems Operational";
  if (unknown > 0)
    words =
        down + less > 0 ? fmt::format("{}, {} unknown", words, unknown) : fmt::format("{} of {} are not known", unknown, components.size());
  return {{"indicator", indicator}, {"description", words}};
}
}  // namespace

std::string outage_id(const Outage& outage) { return id_of(fmt::format("{} {}", outage.target.str(), to_rfc3339(outage.onset.latest))); }

std::string summary_json(const Publication& publication) {
  const Components components{publication};
  json::array open;
  for (const auto* outage : newest_first(publication.outages))
    if (!outage->end) open.push_back(incident_json(*outage, components, publication.now));
  auto all = components.all();
  auto status = overall(all);
  return canonical(json::object{{"page", page_json(publication)},
                                {"status", std::move(status)},
                                {"components", std::move(all)},
                                {"incidents", std::move(open)},
                                {"scheduled_maintenances", json::array{}}});
}

std::string incidents_json(const Publication& publication) {
  const Components components{publication};
  json::array all;
  for (const auto* outage : newest_first(publication.outages)) all.push_back(incident_json(*outage, components, publication.now));
  return canonical(json::object{{"page", page_json(publication)}, {"incidents", std::move(all)}});
}

std::string atom_feed(const Publication& publication) {
  auto feed = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>{0}</id>\n  <title>{1}</title>\n  "
      "<updated>{2}</updated>\n"
      "  <author><name>{1}</name></author>\n  <link rel=\"alternate\" href=\"{0}\"/>\n  <link rel=\"self\" href=\"{0}history.atom\"/>\n",
      shown_in_markup(publication.url), shown_in_markup(publication.name), to_rfc3339(publication.now));
  const auto sorted = newest_first(publication.outages);
  for (std::size_t i = 0; i < sorted.size() && i < entries_most; ++i) {
    const auto& outage = *sorted[i];
    feed += fmt::format(
        "  <entry>\n    <id>{0}incidents/{1}</id>\n    <title>{2}</title>\n    <published>{3}</published>\n    <updated>{4}</updated>\n"
        "    <link rel=\"alternate\" href=\"{0}\"/>\n    <content type=\"text\">{5}</content>\n  </entry>\n",
        shown_in_markup(publication.url), outage_id(outage), shown_in_markup(title_of(outage)), to_rfc3339(outage.onset.latest),
        to_rfc3339(outage.end ? outage.end->latest : publication.now), shown_in_markup(body_of(outage)));
  }
  return feed + "</feed>\n";
}
}  // namespace kulla::outage
