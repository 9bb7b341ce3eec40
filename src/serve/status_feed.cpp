// Feeds in each language: what was released, what was closed, what opened again. Atom (RFC 4287) and RSS 2.0.
#include <algorithm>

#include "base/shown_text.hpp"
#include "serve/status_view.hpp"

namespace kulla::serve::site {
namespace {
constexpr std::size_t entries_most = 200;

struct Entry {
  Timestamp at;
  std::string id, title, text, page;
};

std::string feed_title(const StatusService& service, std::string_view key, const Words& words) {
  return words.say(key, name_of(service, words));
}

std::vector<Entry> entries_of(const View& view, const Words& words) {
  std::vector<Entry> entries;
  for (const auto* incident : view.incidents)
    for (const auto& update : incident->updates)
      entries.push_back({update.at, fmt::format("update-{}", update.version), words.say("feed_update", words.when(update.at, view.zone)),
                         std::string(said(update.texts, words.language()).text), "incidents.html"});
  for (const auto* service : view.services) {
    const auto goes_on = [&](Timestamp at) {  // a trial that failed: it was never open to all
      return std::ranges::any_of(service->spans, [&](const auto& each) { return each.kind == SpanKind::closed && each.from == at; });
    };
    for (const auto& span : service->spans) {
      if (span.kind != SpanKind::closed || span.from < view.bounds.front()) continue;
      const auto page = fmt::format("service/{}.html", service->id.str());
      const auto id = fmt::format("closure-{}-{}", service->id.str(), span.closure.str());
      entries.push_back({span.from, id, feed_title(*service, "feed_closed", words), words.when(span.from, view.zone), page});
      if (span.to && !goes_on(*span.to))
        entries.push_back({*span.to, id + "-open", feed_title(*service, "feed_opened", words), words.when(*span.to, view.zone), page});
    }
  }
  std::ranges::stable_sort(entries, std::greater{}, &Entry::at);
  if (entries.size() > entries_most) entries.resize(entries_most);
  return entries;
}

/// Of RFC 822, as RSS wants it.
std::string mail_time(Timestamp time) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{}, {:02d} {} {} {:02d}:{:02d}:{:02d} +0000", days.at(std::chrono::weekday{day}.c_encoding()),
                     static_cast<unsigned>(date.day()), months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

/// As HTML within XML: readers take the content for it, so what a person wrote is escaped once for each of the two.
std::string twice(std::string_view text) {
  std::string once;
  for (std::size_t from = 0; from <= text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    once += fmt::format("{}{}", from == 0 ? "" : "<br>", shown_in_markup(text.substr(from, end - from)));
    from = end + 1;
  }
  return escape_markup(once);
}

std::string atom(const std::vector<Entry>& entries, const View& view, const Words& words) {
  const auto base = shown_in_markup(view.settings.url), home = base + home_of(view.settings, words.language());
  const auto updated = entries.empty() ? Timestamp{} : entries.front().at;
  auto feed = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{0}\">\n<id>{1}feed.xml</id>\n"
      "<title>{2}</title>\n<updated>{3}</updated>\n<author><name>{2}</name></author>\n<link rel=\"self\" href=\"{1}feed.xml\"/>\n<link "
      "rel=\"alternate\" href=\"{1}\"/>\n",
      words.language(), home, words.text("title"), to_the_second(updated));
  for (const auto& entry : entries)
    feed += fmt::format(
        "<entry>\n<id>{0}{1}</id>\n<title>{2}</title>\n<published>{3}</published>\n<updated>{3}</updated>\n<link rel=\"alternate\" "
        "href=\"{4}{5}\"/>\n<content type=\"html\">{6}</content>\n</entry>\n",
        home + "feed.xml#", shown_in_markup(entry.id), shown_in_markup(entry.title), to_the_second(entry.at), home,
        shown_in_markup(entry.page), twice(entry.text));
  return feed + "</feed>\n";
}

std::string rss(const std::vector<Entry>& entries, const View& view, const Words& words) {
  const auto home = shown_in_markup(view.settings.url) + home_of(view.settings, words.language());
  auto feed = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n<title>{0}"
      "</title>\n<link>{1}</link>\n<description>{0}</description>\n<language>{2}</language>\n<atom:link rel=\"self\" "
      "type=\"application/rss+xml\" href=\"{1}rss.xml\"/>\n",
      words.text("title"), home, words.language());
  for (const auto& entry : entries)
    feed += fmt::format(
        "<item>\n<title>{}</title>\n<link>{}{}</link>\n<guid isPermaLink=\"false\">{}rss.xml#{}</guid>\n<pubDate>{}</pubDate>\n"
        "<description>{}</description>\n</item>\n",
        shown_in_markup(entry.title), home, shown_in_markup(entry.page), home, shown_in_markup(entry.id), mail_time(entry.at),
        twice(entry.text));
  return feed + "</channel>\n</rss>\n";
}
}  // namespace

void add_feeds(Files& files, const ViewPointer& view) {
  Inputs spans;
  for (const auto* service : view->services)
    for (const auto& span : service->spans)
      if (span.kind == SpanKind::closed) spans.add(service->id.str(), span.from, span.to);
  const auto inputs = spans.add(view->incidents_inputs).hash();
  for (const auto& language : view->settings.languages) {
    const auto* words = Words::in(language);
    const auto home = home_of(view->settings, language);
    files.push_back({home + "feed.xml", inputs, [view, words] { return atom(entries_of(*view, *words), *view, *words); }});
    files.push_back({home + "rss.xml", inputs, [view, words] { return rss(entries_of(*view, *words), *view, *words); }});
  }
}
}  // namespace kulla::serve::site
