// The same as JSON: all of it, each service's days, what the search looks through, and the time of the last writing.
#include "base/canonical_json.hpp"
#include "serve/status_assets.hpp"
#include "serve/status_view.hpp"

namespace kulla::serve::site {
namespace {
json::object texts_json(const Texts& texts) {
  json::object object;
  for (const auto& [language, text] : texts) object[language.empty() ? "*" : language] = text;
  return object;
}
json::value time_json(const std::optional<Timestamp>& time) { return time ? json::value(to_the_second(*time)) : json::value{}; }

json::object service_json(const StatusService& service) {
  json::object object{
      {"id", service.id.str()}, {"state", name_of(service.state)}, {"page", fmt::format("service/{}.html", service.id.str())}};
  if (!service.name.empty()) object["name"] = texts_json(service.name);
  if (!service.institution.empty()) object["institution"] = service.institution;
  if (!service.address.empty()) object["address"] = service.address;
  if (service.since) object["since"] = to_the_second(*service.since);
  if (!service.closure.empty()) object["closure"] = service.closure.str();
  if (service.state == StatusState::trial) object["share_percent"] = service.share;
  if (service.next_update) object["next_update"] = to_the_second(*service.next_update);
  return object;
}
json::object update_json(const StatusUpdate& update) {
  json::object object{{"version", update.version}, {"time", to_the_second(update.at)}, {"texts", texts_json(update.texts)}};
  json::array withdrawn;
  for (const auto& sentence : update.withdrawn) withdrawn.push_back(texts_json(sentence));
  if (!withdrawn.empty()) object["withdrawn"] = std::move(withdrawn);
  return object;
}
json::object incident_json(const StatusIncident& incident) {
  json::array services, updates;
  for (const auto& service : incident.services) services.emplace_back(service.str());
  for (const auto& update : incident.updates) updates.push_back(update_json(update));
  return {{"id", incident.id},
          {"since", to_the_second(incident.since)},
          {"ended", time_json(incident.ended)},
          {"services", std::move(services)},
          {"updates", std::move(updates)}};
}

std::string status_json(const View& view) {
  json::array services, institutions, incidents, languages;
  for (const auto* service : view.services) services.push_back(service_json(*service));
  for (const auto& [institution, members] : view.institutions)
    if (institution) institutions.push_back(json::object{{"id", institution->id}, {"name", texts_json(institution->name)}});
  for (const auto* incident : view.incidents) incidents.push_back(incident_json(*incident));
  for (const auto& language : view.settings.languages) languages.emplace_back(language);
  json::object counts;
  for (std::size_t i = 0; i < status_states; ++i) counts[name_of(static_cast<StatusState>(i))] = view.counts.at(i);
  const auto& picture = view.picture;
  return canonical(json::object{
      {"format", "kulla-status/1"},
      {"time", to_the_second(picture.time)},
      {"url", view.settings.url},
      {"languages", std::move(languages)},
      {"counts", std::move(counts)},
      {"data_checked", time_json(picture.data_checked)},
      {"next_update", time_json(view.next_update())},
      {"next_update_late", view.next_update() && *view.next_update() < picture.time},
      {"ledger", json::object{{"number", picture.head.number}, {"hash", picture.head.hash}, {"key", to_hex(picture.ledger_key)}}},
      {"institutions", std::move(institutions)},
      {"services", std::move(services)},
      {"incidents", std::move(incidents)}});
}

std::string history_json(const StatusService& service, const View& view) {
  json::array days, closures;
  const auto parts = days_of(service.spans, view.bounds);
  for (std::size_t i = 0; i < parts.size(); ++i)
    days.push_back(json::object{{"from", to_the_second(view.bounds[i])},
                                {"closed_s", parts[i].closed.count()},
                                {"down_s", parts[i].down.count()},
                                {"no_data_s", parts[i].no_data.count()}});
  for (const auto& span : service.spans)
    if (span.kind == SpanKind::closed)
      closures.push_back(json::object{{"closure", span.closure.str()}, {"from", to_the_second(span.from)}, {"to", time_json(span.to)}});
  return canonical(json::object{{"closures", std::move(closures)},
                                {"days", std::move(days)},
                                {"service", service.id.str()},
                                {"to", to_the_second(view.bounds.back())}});
}

std::string search_json(const View& view, const Words& words) {
  json::array services;
  for (const auto& [institution, members] : view.institutions)
    for (const auto* service : members)
      services.push_back(json::array{json::value(service->id.str()), json::value(name_of(*service, words)),
                                     json::value(institution ? said(institution->name, words.language()).text : std::string_view{}),
                                     json::value(name_of(service->state)), json::value(service->share)});
  return canonical(json::object{{"services", std::move(services)}});
}
}  // namespace

void add_data(Files& files, const ViewPointer& view) {
  const auto add = [&files](std::string path, std::size_t inputs, std::function<std::string()> content) {
    files.push_back({std::move(path), inputs, [content = std::move(content)] { return content() + "\n"; }});
  };
  const auto assets = status_assets();
  for (const auto& [name, asset] : {std::pair{"style.css", asset_style}, {"script.js", asset_script}, {"icon.svg", asset_icon}})
    files.push_back({name, 1, [text = assets.at(asset)] { return std::string(text); }});
  add("ledger.pub", 1, [view] { return canonical(json::object{{"kulla", "ed25519-public"}, {"key", to_hex(view->picture.ledger_key)}}); });
  for (const auto& language : view->settings.languages)
    add(home_of(view->settings, language) + "search.json", view->services_inputs,
        [view, language] { return search_json(*view, *Words::in(language)); });
  for (const auto* service : view->services)
    add(fmt::format("history/{}.json", service->id.str()), view->inputs_of(*service),
        [view, service] { return history_json(*service, *view); });
}
void add_now(Files& files, const ViewPointer& view, Timestamp changed) {
  files.push_back({"status.json", 0, [view] { return status_json(*view) + "\n"; }});
  files.push_back({"time.json", 0, [view, changed] {
                     return canonical(json::object{{"time", to_the_second(view->picture.time)}, {"changed", to_the_second(changed)}}) +
                            "\n";
                   }});
}
}  // namespace kulla::serve::site
