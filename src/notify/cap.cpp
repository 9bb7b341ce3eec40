// A Common Alerting Protocol 1.2 message (OASIS Standard, 1 July 2010): what is said in urgency and severity follows from what the
// statement claims, never from a person's words.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/path_text.hpp"
#include "notify/ways.hpp"
#include "notify/xml.hpp"

namespace kulla::notify {
namespace {
constexpr std::size_t headline_limit = 160;  // as the standard advises

bool is_closing(const Statement& statement) {
  return std::ranges::any_of(statement.sentences, [](const StatementSentence& sentence) {
    return sentence.id.starts_with("closed.") || sentence.id == "open.trial" || sentence.id == "happened.intrusion";
  });
}
std::string identifier(const Release& release) {
  return fmt::format("kulla-{}-{}", release.mark.fact, to_hex(release.statement.version).substr(0, 12));
}
/// The message that this one updates: the release before it, while something was closed.
const Release* updated(const Record& record) {
  if (record.releases.size() < 2) return nullptr;
  const auto& before = record.releases[record.releases.size() - 2];
  return is_closing(before.statement) ? &before : nullptr;
}

void write_info(Xml& xml, const Publication& publication, const Language& language, const std::string& text) {
  const auto& settings = publication.settings;
  const bool closing = is_closing(publication.release().statement);
  xml.begin("info").element("language", language.code()).element("category", "Infra").element("event", language.event());
  xml.element("responseType", closing ? "Monitor" : "AllClear").element("urgency", closing ? "Immediate" : "Past");
  xml.element("severity", closing ? "Moderate" : "Minor").element("certainty", "Observed");
  if (!settings.cap->sender_name.empty()) xml.element("senderName", settings.cap->sender_name);
  xml.element("headline", cut_text(text.substr(0, text.find('\n')), headline_limit)).element("description", text);
  if (!settings.url.empty()) xml.element("web", settings.url);
  if (!settings.cap->area.empty()) xml.begin("area").element("areaDesc", settings.cap->area).end();
  xml.end();
}
}  // namespace

std::string cap_message(const Publication& publication) {
  const auto& cap = *publication.settings.cap;
  const auto& release = publication.release();
  const auto* before = publication.draft ? nullptr : updated(publication.record);
  Xml xml;
  xml.begin("alert", {{"xmlns", "urn:oasis:names:tc:emergency:cap:1.2"}});
  xml.element("identifier", identifier(release)).element("sender", cap.sender);
  xml.element("sent", publication.zone.with_offset(release.mark.at));
  xml.element("status", publication.draft ? "Draft" : cap.exercise ? "Exercise" : "Actual");
  xml.element("msgType", before ? "Update" : "Alert").element("scope", "Public");
  if (before)
    xml.element("references", fmt::format("{},{},{}", cap.sender, identifier(*before), publication.zone.with_offset(before->mark.at)));
  for (const auto& [code, language] : publication.languages)
    if (const auto* text = text_in(release.statement, code)) write_info(xml, publication, language, *text);
  return xml.end().text();
}

Result<> write_cap(const CapSettings& cap, const Publication& publication) { return write_file_atomic(cap.file, cap_message(publication)); }
}  // namespace kulla::notify
