#include "serve/status_view.hpp"

#include <algorithm>

#include "base/shown_text.hpp"

namespace kulla::serve::site {
namespace {
struct Look {
  std::string_view shape, name;
};
constexpr std::array<Look, status_states> looks{{{"●", "working"},
                                                 {"○", "unmeasured"},
                                                 {"▲", "down"},
                                                 {"□", "closing"},
                                                 {"■", "closed"},
                                                 {"◇", "verifying"},
                                                 {"◆", "verified"},
                                                 {"◔", "trial"}}};
static_assert(static_cast<std::size_t>(StatusState::trial) + 1 == status_states);
}  // namespace

View::View(const StatusPicture& p, const StatusSettings& s, const Zone& z) : picture(p), settings(s), zone(z) {
  bounds = zone.days_until(picture.time, status_days);
  std::map<std::string_view, std::size_t> places;
  for (const auto& institution : picture.institutions)
    if (is_page_name(institution.id) && places.emplace(institution.id, institutions.size()).second)
      institutions.push_back({&institution, {}});
  institutions.push_back({});
  for (const auto& service : picture.services) {
    if (!is_page_name(service.id.str()) || !by_id.emplace(service.id, &service).second) continue;
    services.push_back(&service);
    ++counts[static_cast<std::size_t>(service.state)];
    const auto place = places.find(service.institution);
    institutions[place == places.end() ? institutions.size() - 1 : place->second].services.push_back(&service);
  }
  std::erase_if(institutions, [](const Institution& each) { return each.services.empty(); });
  for (const auto& incident : picture.incidents)
    if (!incident.ended || *incident.ended >= bounds.front()) incidents.push_back(&incident);
  Inputs all_services, all_incidents;
  for (const auto* service : services)
    all_services.add(service->id.str(), service->name, service->institution, name_of(service->state), service->since, service->share);
  for (const auto& institution : picture.institutions) all_services.add(institution.id, institution.name);
  for (const auto* incident : incidents) {
    all_incidents.add(incident->id, incident->ended, incident->services.size());
    for (const auto& update : incident->updates) all_incidents.add(update);
  }
  services_inputs = all_services.hash();
  incidents_inputs = all_incidents.add(services_inputs).hash();
}

std::size_t View::inputs_of(const StatusService& service) const {
  const auto& meanwhile = service.meanwhile;
  Inputs inputs;
  inputs.add(service.id.str(), service.name, service.institution, service.address, name_of(service.state), service.since,
             service.closure.str(), service.share, service.next_update, service.next_update && *service.next_update < picture.time);
  inputs.add(meanwhile.text, meanwhile.office, meanwhile.telephone, meanwhile.deadline, meanwhile.decision);
  for (const auto& span : service.spans) inputs.add(static_cast<int>(span.kind), span.from, span.to);
  for (const auto* incident : incidents) {
    if (std::ranges::find(incident->services, service.id) == incident->services.end()) continue;
    inputs.add(incident->id, incident->ended, incident->services.size());
    for (const auto& update : incident->updates) inputs.add(update);
  }
  return inputs.hash();
}

std::size_t View::closed() const {
  return static_cast<std::size_t>(std::ranges::count_if(services, [](const auto* service) { return is_closed(service->state); }));
}
const StatusInstitution* View::institution_of(const StatusService& service) const {
  const auto found = std::ranges::find(picture.institutions, service.institution, &StatusInstitution::id);
  return found == picture.institutions.end() || !is_page_name(found->id) ? nullptr : &*found;
}
std::optional<Timestamp> View::next_update() const {
  std::optional<Timestamp> next;
  for (const auto* service : services)
    if (service->next_update && (!next || *service->next_update < *next)) next = service->next_update;
  return next;
}

std::string Place::root() const {
  std::string up;
  for (const char letter : file())
    if (letter == '/') up += "../";
  return up;
}
std::string home_of(const StatusSettings& settings, std::string_view language) {
  return language == settings.languages.front() ? "" : fmt::format("{}/", language);
}

std::string_view shape_of(StatusState state) { return looks.at(static_cast<std::size_t>(state)).shape; }
std::string_view name_of(StatusState state) { return looks.at(static_cast<std::size_t>(state)).name; }

std::string escaped(std::string_view text) { return shown_in_markup(text); }
std::string escaped(const Texts& texts, const Words& words) {
  const auto [text, language] = said(texts, words.language());
  if (language.empty() || language == words.language()) return escaped(text);
  return fmt::format("<span lang=\"{}\">{}</span>", escaped(language), escaped(text));
}
std::string name_of(const StatusService& service, const Words& words) {
  const auto [text, language] = said(service.name, words.language());
  return std::string(text.empty() ? service.id.str() : text);
}
std::string to_the_second(Timestamp time) { return to_rfc3339(time).substr(0, 19) + "Z"; }
std::string time_html(Timestamp time, const View& view, const Words& words) {
  return fmt::format("<time datetime=\"{}\">{}</time>", to_the_second(time), words.when(time, view.zone, view.picture.time));
}
std::string state_text(const StatusService& service, const Words& words) {
  return words.say(fmt::format("state_{}", name_of(service.state)), service.share);
}
}  // namespace kulla::serve::site
