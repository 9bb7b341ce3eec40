// What every page has around it: head, language, stale mark, search, foot.
#include "base/canonical_json.hpp"
#include "serve/status_view.hpp"

namespace kulla::serve::site {
namespace {
// No third party, no inline script or style, nothing embedded. (frame-ancestors does not count in a meta element: the web server's.)
constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";
constexpr std::chrono::seconds least_patience{120};  // it is called stale after three writings that did not come, but not before this

std::string other_languages(const View& view, const Place& place, bool as_links) {
  std::string html;
  for (const auto& language : view.settings.languages) {
    const auto* words = Words::in(language);
    const auto href = place.root() + home_of(view.settings, language) + place.path;
    if (!as_links) html += fmt::format("<link rel=\"alternate\" hreflang=\"{}\" href=\"{}\">\n", language, href);
    else if (language != place.words.language())
      html += fmt::format("<li><a href=\"{0}\" lang=\"{1}\" hreflang=\"{1}\">{2}</a></li>", href, language, words->text("language_name"));
  }
  return html;
}

std::string head(const Frame& frame, const View& view, const Place& place) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{0}\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"{1}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>{2}</title>\n<link rel=\"stylesheet\" "
      "href=\"{3}style.css\">\n<link rel=\"icon\" href=\"{3}icon.svg\" type=\"image/svg+xml\">\n<link rel=\"alternate\" "
      "type=\"application/atom+xml\" href=\"{4}\" title=\"{5}\">\n{6}<script src=\"{3}script.js\" defer></script>\n</head>\n",
      place.words.language(), policy, escaped(frame.title), place.root(), place.to("feed.xml"), place.words.text("title"),
      other_languages(view, place, false));
}

std::string states_json(const Words& words) {
  json::object states;
  for (std::size_t i = 0; i < status_states; ++i) {
    const auto state = static_cast<StatusState>(i);
    states[name_of(state)] = json::array{json::value(shape_of(state)), json::value(words.text(fmt::format("state_{}", name_of(state))))};
  }
  return json::serialize(states);
}

/// What the script needs to know; it holds no text of its own.
std::string body_tag(const Frame& frame, const View& view, const Place& place) {
  const auto& words = place.words;
  const auto site = std::max(least_patience, std::chrono::duration_cast<std::chrono::seconds>(view.settings.every * 3));
  const auto page = frame.fresh ? site : site + renewed_within;
  auto tag = fmt::format(
      "<body data-time=\"{}\" data-site-stale=\"{}\" data-page-stale=\"{}\" data-root=\"{}\" data-home=\"{}\" data-stale-text=\"{}\" "
      "data-newer-text=\"{}\" data-minutes-ago=\"{}\" data-hours-ago=\"{}\" data-days-ago=\"{}\"",
      to_the_second(view.picture.time), site.count(), page.count(), place.root(), place.to(""), words.text("stale"), words.text("newer"),
      words.text("ago_minutes"), words.text("ago_hours"), words.text("ago_days"));
  if (frame.search)
    tag += fmt::format(" data-search=\"{}\" data-states=\"{}\" data-found-one=\"{}\" data-found-many=\"{}\" data-found-more=\"{}\"",
                       place.to("search.json"), escaped(states_json(words)), words.text("found_one"), words.text("found_many"),
                       words.text("found_more"));
  return tag + ">\n";
}

std::string foot(const View& view, const Place& place) {
  const auto& words = place.words;
  struct Link {
    std::string href;
    std::string_view key;
  };
  const std::array<Link, 5> links{{{place.to("services.html"), "all_services"},
                                   {place.to("incidents.html"), "past"},
                                   {place.to("how.html"), "how"},
                                   {place.to("feed.xml"), "feed"},
                                   {place.root() + "status.json", "data"}}};
  std::string list;
  for (const auto& link : links) list += fmt::format("<li><a href=\"{}\">{}</a></li>", link.href, words.text(link.key));
  return fmt::format("<footer>\n<ul>{}</ul>\n<p>{}</p>\n<p>{}: {} <code>{}</code></p>\n</footer>\n", list,
                     words.say("zone", view.zone.text(view.picture.time)), words.text("ledger_head"), view.picture.head.number,
                     escaped(view.picture.head.hash));
}
}  // namespace

std::string search_form(const Place& place) {
  const auto& words = place.words;
  return fmt::format(
      "<form role=\"search\" action=\"{}\" method=\"get\">\n<label for=\"q\">{}</label>\n<div><input id=\"q\" name=\"q\" type=\"search\" "
      "autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\"><button>{}</button></div>\n</form>\n<p id=\"found-count\" "
      "role=\"status\"></p>\n<ul id=\"found\" class=\"services\"></ul>\n",
      place.to("services.html"), words.text("find"), words.text("search"));
}

std::string page(const Frame& frame, const View& view, const Place& place) {
  const auto& words = place.words;
  auto html = head(frame, view, place) + body_tag(frame, view, place);
  html += fmt::format(
      "<a class=\"skip\" href=\"#main\">{}</a>\n<header>\n<p><a href=\"{}\">{}</a></p>\n<nav "
      "aria-label=\"{}\"><ul>{}</ul></nav>\n</header>\n",
      words.text("skip"), place.to("index.html"), words.text("title"), words.text("languages"), other_languages(view, place, true));
  html += fmt::format(
      "<main id=\"main\">\n<p class=\"updated\">{}</p>\n<p id=\"stale\" role=\"status\" hidden></p>\n<p id=\"newer\" role=\"status\" "
      "hidden>"
      "<a href=\"\">{}</a></p>\n",
      words.say("updated", time_html(view.picture.time, view, words)), words.text("newer"));
  return html + frame.main + "</main>\n" + foot(view, place) + "</body>\n</html>\n";
}
}  // namespace kulla::serve::site
