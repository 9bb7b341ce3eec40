#include "notify/outlets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/ways.hpp"

namespace kulla::notify {

const std::string* text_in(const Statement& statement, std::string_view language) {
  const auto found = std::ranges::find(statement.texts, language, &StatementText::language);
  return found == statement.texts.end() ? nullptr : &found->text;
}

std::vector<Outlet> outlets_of(const OutletSettings& settings) {
  std::vector<Outlet> outlets;
  if (settings.cap)
    outlets.push_back({"cap", [cap = *settings.cap](const Publication& publication) { return write_cap(cap, publication); }});
  if (!settings.feed.empty())
    outlets.push_back({"feed", [file = settings.feed](const Publication& publication) { return write_feed(file, publication); }});
  if (settings.webhook)
    outlets.push_back({"webhook", [hook = *settings.webhook](const Publication& publication) { return post_webhook(hook, publication); }});
  if (settings.mail)
    for (std::size_t i = 0; i < settings.mail->to.size(); ++i)
      outlets.push_back({fmt::format("mail-{}", i + 1), [mail = *settings.mail, to = settings.mail->to[i]](const Publication& publication) {
                           return send_mail(mail, to, publication);
                         }});
  return outlets;
}

Record with_draft(Record record, const Judged& judged, const Languages& languages, const Zone& zone) {
  Statement statement{judged.version, {}, {}, {}};
  for (const auto& [code, language] : languages) {
    std::string text;
    for (const auto& said : judged.said) text += (text.empty() ? "" : "\n") + language.sentence(said, record, zone);
    statement.texts.push_back({code, std::move(text)});
  }
  for (const auto& said : judged.said) statement.sentences.push_back({std::string(said.sentence->id), said.digest, {}});
  record.releases.push_back({{record.facts, record.now}, std::move(statement), {}});
  return record;
}
}  // namespace kulla::notify
