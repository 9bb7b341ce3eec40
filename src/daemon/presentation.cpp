#include "daemon/presentation.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "serve/status_words.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t text_limit = 4096;  // a page is read at a counter and on a telephone; and there are 1,225 of them

serve::Texts read_texts(TomlReader& reader, std::string_view key) {
  auto texts = reader.translated(key);
  for (const auto& [language, text] : texts)
    if (text.empty() || text.size() > text_limit) reader.wrong(key, fmt::format("write 1 to {} bytes", text_limit));
  return texts;
}

bool is_day(const std::string& text) { return text.size() == 10 && parse_rfc3339(text + "T00:00:00Z"); }

void read_deadline(TomlReader& reader, serve::Meanwhile& meanwhile) {
  meanwhile.deadline = reader.text("deadline", "");
  meanwhile.decision = read_texts(reader, "deadline_decision");
  if (!meanwhile.deadline.empty() && !is_day(meanwhile.deadline)) reader.wrong("deadline", "write the day as \"2026-12-15\"");
  if (!meanwhile.decision.empty() && meanwhile.deadline.empty())
    reader.wrong("deadline_decision", "says by which decision a deadline was extended: name the day in deadline");
}
}  // namespace

ServicePresentation read_service_presentation(TomlReader& reader) {
  ServicePresentation service{read_texts(reader, "name"), reader.text("institution", ""), {}};
  service.meanwhile.text = read_texts(reader, "meanwhile");
  service.meanwhile.office = read_texts(reader, "office");
  service.meanwhile.telephone = reader.text("telephone", "");
  const auto dialled = [](char c) { return (c >= '0' && c <= '9') || std::string_view{"+ ()-/"}.contains(c); };
  if (!std::ranges::all_of(service.meanwhile.telephone, dialled)) reader.wrong("telephone", "write digits, as \"+355 4 225 0000\"");
  read_deadline(reader, service.meanwhile);
  return service;
}

void read_institution(TomlReader& reader, PublicPages& pages) {
  serve::StatusInstitution institution{reader.text("id"), read_texts(reader, "name")};
  if (reader.has("id") && !serve::is_page_name(institution.id))
    reader.wrong("id", "use 1 to 64 lower-case letters, digits, '-', '_' and '.'");
  if (institution.name.empty()) reader.wrong("name", "is missing");
  if (knows_institution(pages, institution.id)) reader.wrong("id", fmt::format("institution \"{}\" is named twice", institution.id));
  pages.institutions.push_back(std::move(institution));
}

void read_status(TomlReader& reader, PublicPages& pages) {
  auto& status = pages.status;
  status.folder = reader.path("folder");
  status.url = reader.text("url");
  if (!status.url.empty() && !status.url.starts_with("https://") && !status.url.starts_with("http://"))
    reader.wrong("url", "write where the folder is seen from outside, as \"https://status.example/\"");
  if (!status.url.ends_with('/')) status.url += '/';
  if (reader.has("languages")) status.languages = reader.texts("languages");
  status.time_zone = reader.text("time_zone", status.time_zone);
  status.every = reader.duration("every", status.every);
  const auto known = serve::Words::languages();
  const bool all_known =
      std::ranges::all_of(status.languages, [&](const auto& each) { return std::ranges::find(known, each) != known.end(); });
  if (status.languages.empty() || !all_known)
    reader.wrong("languages", fmt::format("write some of [\"{}\"], the first for the front page", fmt::join(known, "\", \"")));
  if (const auto zone = serve::Zone::find(status.time_zone); !zone) reader.wrong("time_zone", zone.error().what);
}

bool knows_institution(const PublicPages& pages, const std::string& id) {
  return std::ranges::find(pages.institutions, id, &serve::StatusInstitution::id) != pages.institutions.end();
}

std::vector<ServiceId> without_meanwhile(const PublicPages& pages) {
  std::vector<ServiceId> services;
  for (const auto& [id, service] : pages.services)
    if (service.meanwhile.empty()) services.push_back(id);
  return services;
}
}  // namespace kulla::daemon
