// The pieces that several pages are made of.
#include <algorithm>
#include <string_view>

#include "serve/status_view.hpp"

namespace kulla::serve::site {
namespace {
constexpr std::size_t named_most = 12;  // services of an incident by name; the rest are counted

std::string service_row(const StatusService& service, const View& view, const Place& place) {
  const auto kind = name_of(service.state);
  auto row = fmt::format(
      "<li><span class=\"shape {0}\" aria-hidden=\"true\">{1}</span><a href=\"{2}\">{3}</a> <span class=\"word {0}\">{4}</span>", kind,
      shape_of(service.state), place.to(fmt::format("service/{}.html", service.id.str())),
      service.name.empty() ? escaped(service.id.str()) : escaped(service.name, place.words), escaped(state_text(service, place.words)));
  if (service.since)
    row += fmt::format(" <span class=\"since\">{}</span>", place.words.say("since", time_html(*service.since, view, place.words)));
  return row + "</li>\n";
}

/// What a person wrote: an empty line, or a line's end, begins a paragraph.
std::string paragraphs(const Texts& texts, const Words& words) {
  const auto [text, language] = said(texts, words.language());
  const auto mark = language.empty() || language == words.language() ? "" : fmt::format(" lang=\"{}\"", escaped(language));
  std::string html;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    auto line = text.substr(from, end - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) html += fmt::format("<p{}>{}</p>\n", mark, escaped(line));
    from = end + 1;
  }
  return html;
}

std::string update_html(const StatusUpdate& update, const View& view, const Words& words) {
  std::string withdrawn;
  for (const auto& sentence : update.withdrawn)
    withdrawn += fmt::format("<p class=\"withdrawn\">{}</p>\n", words.say("withdrawn", escaped(sentence, words)));
  return fmt::format("<article class=\"update\">\n<p class=\"quiet\">{}</p>\n{}{}</article>\n", time_html(update.at, view, words),
                     paragraphs(update.texts, words), withdrawn);
}

std::string concerned_html(const StatusIncident& incident, const View& view, const Place& place) {
  std::string names;
  std::size_t shown = 0;
  for (const auto& id : incident.services) {
    const auto found = view.by_id.find(id);
    if (found == view.by_id.end()) continue;
    if (++shown > named_most) continue;
    names += fmt::format("{}<a href=\"{}\">{}</a>", names.empty() ? "" : ", ", place.to(fmt::format("service/{}.html", id.str())),
                         escaped(name_of(*found->second, place.words)));
  }
  if (shown == 0) return "";
  if (shown > named_most) names += " " + place.words.say("incident_more", place.words.number(shown - named_most));
  return fmt::format("<p>{}: {}</p>\n", place.words.text("incident_services"), names);
}

// ---- ninety days as bars: the taller, the worse; what was not measured is only a line
enum class Bar { working, no_data, down, closed };
struct BarLook {
  char name;
  int height;
};
constexpr std::array<BarLook, 4> bar_looks{{{'w', 10}, {'n', 3}, {'d', 26}, {'c', 40}}};
constexpr int bar_width = 4, bars_height = 40;

Bar bar_of(const StatusDay& day, std::chrono::seconds length) {
  if (day.closed > std::chrono::seconds{0}) return Bar::closed;
  if (day.down > std::chrono::seconds{0}) return Bar::down;
  return day.no_data * 2 > length ? Bar::no_data : Bar::working;
}

std::string bars_svg(const View& view, std::span<const StatusDay> days, std::string_view label) {
  std::string rects;
  for (std::size_t i = 0; i < days.size();) {
    const auto kind = [&](std::size_t day) {
      return bar_of(days[day], std::chrono::duration_cast<std::chrono::seconds>(view.bounds[day + 1] - view.bounds[day]));
    };
    const auto bar = kind(i);
    auto end = i + 1;
    while (end < days.size() && kind(end) == bar) ++end;
    const auto& look = bar_looks.at(static_cast<std::size_t>(bar));
    const bool single = bar == Bar::closed || bar == Bar::down;  // each day by itself
    if (single) end = i + 1;
    rects += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", look.name, i * bar_width,
                         bars_height - look.height, (end - i) * bar_width - (single ? 1 : 0), look.height);
    i = end;
  }
  return fmt::format("<svg class=\"days\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">{}</svg>\n",
                     days.size() * bar_width, bars_height, label, rects);
}

/// In words: "closed for protection 3 h 10 min, not reachable 20 min".
std::string history_text(const StatusDay& sum, std::chrono::seconds all, const Words& words) {
  if (sum.no_data >= all && sum.closed + sum.down == std::chrono::seconds{0}) return words.text("history_nothing");
  std::string text;
  for (const auto& [length, key] :
       {std::pair{sum.closed, "history_closed"}, std::pair{sum.down, "history_down"}, std::pair{sum.no_data, "history_no_data"}})
    if (length > std::chrono::seconds{0}) text += (text.empty() ? "" : ", ") + words.say(key, words.length(length));
  return sum.closed + sum.down > std::chrono::seconds{0} ? text
         : text.empty()                                  ? words.text("history_none")
                                                         : words.text("history_none") + " (" + text + ")";
}

std::string closures_table(const StatusService& service, const View& view, const Words& words) {
  std::string rows;
  for (auto span = service.spans.rbegin(); span != service.spans.rend(); ++span) {
    if (span->kind != SpanKind::closed || span->to.value_or(view.picture.time) < view.bounds.front()) continue;
    const auto length = std::chrono::duration_cast<std::chrono::seconds>(span->to.value_or(view.picture.time) - span->from);
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", time_html(span->from, view, words),
                        span->to ? time_html(*span->to, view, words) : words.text("still_closed"), words.length(length));
  }
  if (rows.empty()) return "";
  return fmt::format(
      "<table>\n<caption>{}</caption>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th "
      "scope=\"col\">{}</th></tr></thead>\n<tbody>\n{}</tbody>\n</table>\n",
      words.text("closures"), words.text("closure_from"), words.text("closure_until"), words.text("closure_length"), rows);
}
}  // namespace

std::string services_html(std::span<const StatusService* const> services, const View& view, const Place& place) {
  if (services.empty()) return fmt::format("<p>{}</p>\n", place.words.text("no_services"));
  std::string html = "<ul class=\"services\">\n";
  for (const auto* service : services) html += service_row(*service, view, place);
  return html + "</ul>\n";
}

std::string incident_html(const StatusIncident& incident, const View& view, const Place& place, int heading) {
  const auto& words = place.words;
  const auto until = incident.ended ? words.say("incident_until", time_html(*incident.ended, view, words)) : words.text("incident_lasts");
  auto html =
      fmt::format("<section>\n<h{0}>{1}, {2}</h{0}>\n", heading, words.say("incident_from", time_html(incident.since, view, words)), until);
  html += concerned_html(incident, view, place);
  for (auto update = incident.updates.rbegin(); update != incident.updates.rend(); ++update) html += update_html(*update, view, words);
  if (incident.updates.empty()) html += fmt::format("<p class=\"quiet\">{}</p>\n", words.text("no_updates"));
  return html + "</section>\n";
}

std::string days_html(const StatusService& service, const View& view, const Place& place) {
  const auto& words = place.words;
  const auto days = days_of(service.spans, view.bounds);
  const auto all = std::chrono::duration_cast<std::chrono::seconds>(view.bounds.back() - view.bounds.front());
  const auto text = history_text(sum_of(days), all, words);
  return fmt::format("<section>\n<h2>{}</h2>\n{}<p class=\"ends\"><span>{}</span> <span>{}</span></p>\n<p>{}</p>\n{}</section>\n",
                     words.text("history"), bars_svg(view, days, text), words.text("days_ago"), words.text("today"), text,
                     closures_table(service, view, words));
}
}  // namespace kulla::serve::site
