#include <fmt/format.h>

#include <ranges>

#include "base/file.hpp"
#include "notify/ways.hpp"
#include "notify/xml.hpp"

namespace kulla::notify {

std::string atom_feed(const Publication& publication) {
  const auto& url = publication.settings.url;
  const auto title = publication.languages.empty() ? "" : publication.languages.begin()->second.title();
  Xml xml;
  xml.begin("feed", {{"xmlns", "http://www.w3.org/2005/Atom"}}).element("id", url + "#statements").element("title", title);
  xml.element("updated", to_rfc3339(publication.release().mark.at)).begin("author").element("name", title).end();
  xml.begin("link", {{"rel", "alternate"}, {"href", url}}).end();
  for (const auto& release : publication.record.releases | std::views::reverse)
    for (const auto& [code, language] : publication.languages) {
      const auto* text = text_in(release.statement, code);
      if (!text) continue;
      xml.begin("entry", {{"xml:lang", code}}).element("id", fmt::format("{}#statement-{}-{}", url, release.mark.fact, code));
      xml.element("title", language.title()).element("updated", to_rfc3339(release.mark.at));
      xml.begin("link", {{"rel", "alternate"}, {"href", url}}).end().element("content", *text, {{"type", "text"}}).end();
    }
  return xml.end().text();
}

Result<> write_feed(const std::filesystem::path& file, const Publication& publication) {
  return write_file_atomic(file, atom_feed(publication));
}
}  // namespace kulla::notify
