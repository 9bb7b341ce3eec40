// The page that people see where a service is closed: no script, no outside resource, nothing that a client sent.
// HAProxy evaluates it as a log-format string: a % of its own would have to be doubled, so there is none.
#include <fmt/format.h>

#include <algorithm>

#include "gate/render.hpp"

namespace kulla::gate {
namespace {
constexpr std::string_view page = R"(<!DOCTYPE html>
<html lang="sq">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Shërbimi është i mbyllur · Service closed</title>
<style>
:root{{color-scheme:light dark;font:1.1rem/1.5 system-ui,sans-serif}}
body{{max-width:38rem;margin:4rem auto;padding:0 1rem}}
section{{margin:2rem 0}}
code{{font-size:1rem}}
</style>
</head>
<body>
<main>
<section lang="sq">
<h1>{sq_title}</h1>
<p>{sq_text}</p>
{sq_closure}{sq_status}</section>
<section lang="en">
<h1>{en_title}</h1>
<p>{en_text}</p>
{en_closure}{en_status}</section>
</main>
</body>
</html>
)";

std::string status_link(const Settings& settings, std::string_view text) {
  return settings.status_page.empty() ? "" : fmt::format("<p><a href=\"{}\">{}</a></p>\n", settings.status_page, text);
}
/// To the service's own page: why it is closed, until when, and what to do meanwhile.
std::string own_link(const Settings& settings, std::string_view language, std::string_view text) {
  const auto& languages = settings.status_languages;
  if (settings.status_page.empty() || languages.empty()) return "";
  const bool below = languages.front() != language && std::ranges::find(languages, language) != languages.end();
  return fmt::format("<p><a href=\"{}{}{}service/%[var(txn.service)].html\">{}</a></p>\n", settings.status_page, below ? language : "",
                     below ? "/" : "", text);
}
}  // namespace

std::string render_notice(const Settings& settings, Notice notice) {
  using namespace fmt::literals;
  const bool closed = notice == Notice::closed;
  constexpr std::string_view identity = "<p>{}: <code>%[var(txn.service)]</code> · {}: <code>%[var(txn.closure)]</code></p>\n";
  return fmt::format(
      page, "sq_title"_a = closed ? "Ky shërbim është mbyllur përkohësisht" : "Ky shërbim nuk njihet",
      "sq_text"_a = closed ? "Shërbimi u mbyll për ta mbrojtur, ndërsa kontrollohet. Ju lutemi provoni përsëri më vonë."
                           : "Në këtë adresë nuk ka asnjë shërbim. Ju lutemi kontrolloni adresën.",
      "sq_closure"_a =
          closed ? fmt::format(identity, "Shërbimi", "Mbyllja") + own_link(settings, "sq", "Pse, deri kur dhe çfarë të bëni ndërkohë") : "",
      "sq_status"_a = status_link(settings, "Gjendja e shërbimeve"),
      "en_title"_a = closed ? "This service is closed for now" : "This service is not known",
      "en_text"_a = closed ? "It was closed to protect it while it is being checked. Please try again later."
                           : "There is no service at this address. Please check the address.",
      "en_closure"_a =
          closed ? fmt::format(identity, "Service", "Closure") + own_link(settings, "en", "Why, until when, and what to do meanwhile") : "",
      "en_status"_a = status_link(settings, "State of the services"));
}
}  // namespace kulla::gate
