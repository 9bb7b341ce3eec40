// Every page, in every language.
#include <algorithm>

#include "serve/status_view.hpp"

namespace kulla::serve::site {
namespace {
constexpr std::size_t affected_most = 60;             // on the front page; all of them are on the page of all services
constexpr std::size_t incidents_most = 100;
constexpr std::chrono::days told_in_front_for{7};     // an incident that is over

std::string paragraph(std::string_view html) { return fmt::format("<p>{}</p>\n", html); }
std::string heading(int level, std::string_view html) { return fmt::format("<h{0}>{1}</h{0}>\n", level, html); }

// ---- the answer, before everything else
std::string headline(const View& view, const Words& words) {
  if (const auto closed = view.closed(); closed > 0) return words.count("closed", closed, words.number(view.services.size()));
  if (const auto trial = view.count(StatusState::trial); trial > 0) return words.count("reopening", trial);
  if (view.count(StatusState::working) == view.services.size() && !view.services.empty())
    return words.say("all_working", words.number(view.services.size()));
  return words.text("none_closed");
}
std::string rest(const View& view, const Words& words) {
  std::string html;
  if (const auto trial = view.count(StatusState::trial); trial > 0 && view.closed() > 0) html += paragraph(words.count("reopening", trial));
  if (const auto closing = view.count(StatusState::closing); closing > 0) html += paragraph(words.count("closing", closing));
  if (const auto down = view.count(StatusState::down); down > 0) html += paragraph(words.count("down", down));
  const auto unmeasured = view.count(StatusState::unmeasured);
  if (unmeasured > 0) html += paragraph(words.count("unmeasured", unmeasured));
  const auto working = view.count(StatusState::working);
  if (unmeasured == 0 && working > 0 && working < view.services.size()) html += paragraph(words.text("rest_working"));
  return html;
}
std::string data_sentence(const View& view, const Words& words) {
  const bool any_closed = view.closed() > 0;
  if (const auto checked = view.picture.data_checked)
    return paragraph(words.say(any_closed ? "data_of_closed" : "data_of_all", time_html(*checked, view, words)));
  return any_closed ? paragraph(words.text("data_unknown")) : "";
}
std::string promise(std::optional<Timestamp> next, const View& view, const Words& words) {
  if (!next) return "";
  const auto late = [&](std::string_view time) { return words.say("next_update_late", time); };
  if (*next < view.picture.time) return paragraph(late(time_html(*next, view, words)));
  // Whoever reads it when that time has passed, and no newer page was written, is told by the script.
  return fmt::format("<p data-late=\"{}\">{}</p>\n", escaped(late(words.when(*next, view.zone, view.picture.time))),
                     words.say("next_update", time_html(*next, view, words)));
}

std::string affected_html(const View& view, const Place& place) {
  std::vector<const StatusService*> affected;
  for (const auto* service : view.services)
    if (service->state >= StatusState::down) affected.push_back(service);
  if (affected.empty()) return "";
  std::ranges::stable_partition(affected, [](const auto* service) { return is_on_its_way_back(service->state); });
  const auto more = affected.size() - std::min(affected.size(), affected_most);
  affected.resize(affected.size() - more);
  auto html = heading(2, place.words.text("affected")) + services_html(affected, view, place);
  if (more > 0) html += fmt::format("<p><a href=\"{}\">{}</a></p>\n", place.to("services.html"), place.words.count("more_affected", more));
  return html;
}
std::string institutions_html(const View& view, const Place& place) {
  std::string html = heading(2, place.words.text("institutions")) + "<ul class=\"institutions\">\n";
  for (const auto& [institution, services] : view.institutions) {
    const auto href = institution ? fmt::format("institution/{}.html", institution->id) : "services.html#other";
    const auto closed = static_cast<std::size_t>(std::ranges::count_if(services, [](const auto* each) { return is_closed(each->state); }));
    auto count = place.words.count("of_institution", services.size());
    if (closed > 0)
      count += fmt::format(", <span class=\"closed\">■ {} {}</span>", place.words.number(closed), place.words.text("state_closed"));
    html += fmt::format("<li><a href=\"{}\">{}</a> <span class=\"count quiet\">{}</span></li>\n", place.to(href),
                        institution ? escaped(institution->name, place.words) : place.words.text("other_services"), count);
  }
  return html + "</ul>\n";
}
std::string updates_html(const View& view, const Place& place) {
  std::string html;
  for (const auto* incident : view.incidents)
    if (!incident->ended || *incident->ended + told_in_front_for > view.picture.time) html += incident_html(*incident, view, place, 3);
  return html.empty() ? "" : heading(2, place.words.text("updates")) + html;
}

std::string front_page(const View& view, const Place& place) {
  const auto& words = place.words;
  auto main = "<div class=\"answer\">\n" + heading(1, headline(view, words)) + rest(view, words) + data_sentence(view, words) +
              promise(view.next_update(), view, words) + "</div>\n";
  main += search_form(place) + affected_html(view, place) + updates_html(view, place) + institutions_html(view, place);
  return page({words.text("title"), std::move(main), true, true}, view, place);
}

// ---- lists
std::string all_services_page(const View& view, const Place& place) {
  const auto& words = place.words;
  auto main = heading(1, fmt::format("{} ({})", words.text("all_services"), words.number(view.services.size()))) + search_form(place);
  for (const auto& [institution, services] : view.institutions) {
    main += institution ? heading(2, escaped(institution->name, words))
                        : fmt::format("<h2 id=\"other\">{}</h2>\n", words.text("other_services"));
    main += services_html(services, view, place);
  }
  return page({words.text("all_services"), std::move(main), false, true}, view, place);
}
std::string institution_page(const View::Institution& each, const View& view, const Place& place) {
  const auto name = said(each.institution->name, place.words.language());
  auto main = heading(1, escaped(each.institution->name, place.words)) + services_html(each.services, view, place);
  return page({std::string(name.text), std::move(main)}, view, place);
}
std::string incidents_page(const View& view, const Place& place) {
  const auto& words = place.words;
  auto main = heading(1, words.text("updates"));
  std::size_t shown = 0;
  for (const auto* incident : view.incidents)
    if (++shown <= incidents_most) main += incident_html(*incident, view, place, 2);
  if (shown == 0) main += paragraph(words.text("none_closed"));
  return page({words.text("updates"), std::move(main)}, view, place);
}

// ---- one service
std::string meanwhile_html(const StatusService& service, const Words& words) {
  const auto& meanwhile = service.meanwhile;
  const bool needed = service.state >= StatusState::down;
  auto html = "<section>\n" + heading(2, words.text(needed ? "meanwhile" : "meanwhile_open"));
  if (meanwhile.empty()) return html + paragraph(words.text("meanwhile_none")) + "</section>\n";
  if (!meanwhile.text.empty()) html += paragraph(escaped(meanwhile.text, words));
  std::string list;
  const auto entry = [&](std::string_view key, std::string_view value) {
    list += fmt::format("<dt>{}</dt><dd>{}</dd>\n", words.text(key), value);
  };
  if (!meanwhile.office.empty()) entry("office", escaped(meanwhile.office, words));
  if (!meanwhile.telephone.empty()) {
    std::string dialled;
    for (const char c : meanwhile.telephone)
      if ((c >= '0' && c <= '9') || c == '+') dialled += c;
    entry("telephone", fmt::format("<a href=\"tel:{}\">{}</a>", dialled, escaped(meanwhile.telephone)));
  }
  if (const auto day = parse_rfc3339(meanwhile.deadline + "T00:00:00Z"); day) {
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(*day)};
    entry("deadline", words.say("deadline_text", fmt::format("<time datetime=\"{}\">{}</time>", meanwhile.deadline, words.date(date))));
    if (!meanwhile.decision.empty()) entry("decision", escaped(meanwhile.decision, words));
  }
  return html + (list.empty() ? "" : "<dl>\n" + list + "</dl>\n") + "</section>\n";
}

std::string about_html(const StatusService& service, const View& view, const Place& place) {
  const auto& words = place.words;
  auto html = fmt::format("<p class=\"state {0}\"><span class=\"shape\" aria-hidden=\"true\">{1}</span> {2}</p>\n", name_of(service.state),
                          shape_of(service.state), escaped(state_text(service, words)));
  if (service.since) html += fmt::format("<p class=\"since\">{}</p>\n", words.say("since", time_html(*service.since, view, words)));
  html += paragraph(words.text(fmt::format("about_{}", name_of(service.state))));
  return html + promise(service.next_update, view, words);
}

std::string details_html(const StatusService& service, const View& view, const Place& place) {
  const auto& words = place.words;
  std::string list;
  if (const auto* institution = view.institution_of(service))
    list += fmt::format("<dt>{}</dt><dd><a href=\"{}\">{}</a></dd>\n", words.text("institution"),
                        place.to(fmt::format("institution/{}.html", institution->id)), escaped(institution->name, words));
  if (!service.address.empty())
    list += fmt::format("<dt>{0}</dt><dd><a href=\"https://{1}\">{1}</a></dd>\n", words.text("address"), escaped(service.address));
  if (!service.closure.empty())
    list += fmt::format("<dt>{}</dt><dd><code>{}</code></dd>\n", words.text("closure"), escaped(service.closure.str()));
  return list.empty() ? "" : "<dl>\n" + list + "</dl>\n";
}

std::string updates_of(const StatusService& service, const View& view, const Place& place) {
  std::string html;
  for (const auto* incident : view.incidents) {
    const bool told = !incident->ended || *incident->ended + told_in_front_for > view.picture.time;
    if (told && std::ranges::find(incident->services, service.id) != incident->services.end())
      html += incident_html(*incident, view, place, 3);
  }
  return html.empty() ? "" : "<section>\n" + heading(2, place.words.text("updates")) + html + "</section>\n";
}

std::string service_page(const StatusService& service, const View& view, const Place& place) {
  const auto& words = place.words;
  auto main = heading(1, service.name.empty() ? escaped(service.id.str()) : escaped(service.name, words));
  main += about_html(service, view, place) + meanwhile_html(service, words) + updates_of(service, view, place) +
          days_html(service, view, place) + details_html(service, view, place);
  return page({name_of(service, words), std::move(main)}, view, place);
}

// ---- how we know
std::string legend_html(const Words& words) {
  std::string html = heading(2, words.text("legend")) + "<dl>\n";
  for (std::size_t i = 0; i < status_states; ++i) {
    const auto state = static_cast<StatusState>(i);
    auto word = words.say(fmt::format("state_{}", name_of(state)), "…");
    html += fmt::format("<dt><span class=\"{0}\"><span class=\"shape\" aria-hidden=\"true\">{1}</span> {2}</span></dt><dd>{3}</dd>\n",
                        name_of(state), shape_of(state), word, words.text(fmt::format("about_{}", name_of(state))));
  }
  return html + "</dl>\n";
}
std::string how_page(const View& view, const Place& place) {
  const auto& words = place.words;
  const auto& head = view.picture.head;
  auto main = heading(1, words.text("how"));
  for (const auto* key : {"how_outside", "how_data", "how_updates", "how_history"})
    main += heading(2, words.text(key)) + paragraph(words.text(std::string(key) + "_text"));
  main += fmt::format(
      "<dl>\n<dt>{}</dt><dd>{}</dd>\n<dt>{}</dt><dd><code>{}</code></dd>\n<dt>{}</dt><dd><a href=\"{}ledger.pub\">ledger.pub</a> "
      "<code>{}</code></dd>\n</dl>\n",
      words.text("ledger_number"), words.number(head.number), words.text("ledger_hash"), escaped(head.hash), words.text("ledger_key"),
      place.root(), fingerprint(view.picture.ledger_key));
  main += paragraph(words.text("how_check"));
  main += fmt::format(
      "<pre><code>kulla ledger verify ledger.db <span class=\"whole\">--trust ledger.pub</span> <span class=\"whole\">--head</span> "
      "{}</code></pre>\n",
      escaped(head.hash));
  main += paragraph(words.text("how_check_answer")) + legend_html(words);
  return page({words.text("how"), std::move(main), true}, view, place);
}
}  // namespace

void add_pages(Files& files, const ViewPointer& view) {
  for (const auto& language : view->settings.languages) {
    const auto add = [&](std::string path, std::size_t inputs, auto make) {
      const Place place{*Words::in(language), home_of(view->settings, language), std::move(path)};
      files.push_back({place.file(), inputs, [view, place, make = std::move(make)] { return make(*view, place); }});
    };
    add("how.html", 0, how_page);
    add("services.html", view->services_inputs, all_services_page);
    add("incidents.html", view->incidents_inputs, incidents_page);
    for (const auto& each : view->institutions)
      if (each.institution)
        add(fmt::format("institution/{}.html", each.institution->id), view->services_inputs,
            [&each](const View& v, const Place& place) { return institution_page(each, v, place); });
    for (const auto* service : view->services)
      add(fmt::format("service/{}.html", service->id.str()), view->inputs_of(*service),
          [service](const View& v, const Place& place) { return service_page(*service, v, place); });
    add("index.html", 0, front_page);
  }
}
}  // namespace kulla::serve::site
