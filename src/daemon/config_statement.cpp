#include "daemon/config_statement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace kulla::daemon {
namespace {
struct Place {
  const std::string& file;
  std::vector<std::string>& problems;
  TomlReader reader(const toml::table& table, std::string place) const { return {table, file, std::move(place), problems}; }
};

void read_languages(TomlReader& reader, notify::Languages& languages) {
  if (!reader.has("languages")) return;
  const auto wanted = reader.texts("languages");
  for (const auto& code : wanted)
    if (!languages.contains(code))
      reader.wrong("languages", fmt::format("no sentences in \"{}\"; there are: {}", code, fmt::join(notify::codes_of(languages), ", ")));
  if (wanted.empty()) reader.wrong("languages", "name at least one, as [\"sq\", \"en\"]");
  std::erase_if(languages, [&](const auto& language) { return !std::ranges::count(wanted, language.first); });
}

void read_zone(TomlReader& reader, notify::Zone& zone) {
  const auto named = notify::Zone::named(reader.text("zone", default_zone));
  if (named) zone = *named;
  else reader.wrong("zone", named.error().what);
}

notify::WebhookSettings read_webhook(TomlReader reader) {
  notify::WebhookSettings webhook{reader.text("url"), reader.path("secret"), reader.path("ca", "")};
  if (!notify::may_post_to(webhook.url)) reader.wrong("url", "write an https address; http only to 127.0.0.1 or ::1");
  return webhook;
}

notify::MailSettings read_mail(TomlReader reader) {
  notify::MailSettings mail{reader.text("url"),      reader.text("from"),         reader.texts("to"),
                            reader.text("user", ""), reader.path("password", ""), reader.path("ca", "")};
  if (!notify::may_mail_by(mail.url)) reader.wrong("url", "write it as smtps://HOST, or smtp://HOST:587 for STARTTLS");
  if (!notify::is_mail_address(mail.from)) reader.wrong("from", "write one address, as \"press@gov.example\"");
  if (mail.to.empty()) reader.wrong("to", "name at least one address, as [\"desk@news.example\"]");
  for (const auto& to : mail.to)
    if (!notify::is_mail_address(to)) reader.wrong("to", fmt::format("\"{}\" is not an address", to));
  if (mail.user.empty() != mail.password.empty()) reader.wrong("password", "user and a password file belong together");
  return mail;
}

notify::CapSettings read_cap(TomlReader reader) {
  notify::CapSettings cap{reader.path("file"), reader.text("sender"), reader.text("sender_name", ""), reader.text("area", ""),
                          reader.boolean("exercise", false)};
  if (!notify::is_mail_address(cap.sender))
    reader.wrong("sender", "write it like an address, as \"statements@gov.example\": it names you for good");
  return cap;
}
}  // namespace

StatementSettings read_statement(TomlReader& top, const std::string& file, std::vector<std::string>& problems) {
  StatementSettings settings;
  auto languages = notify::built_in_languages();
  KULLA_ASSERT(languages);  // a test reads them all
  settings.languages = std::move(*languages);
  static const toml::table nothing;
  const auto* table = top.table("statement");
  const Place place{file, problems};
  auto reader = place.reader(table ? *table : nothing, "statement.");
  read_languages(reader, settings.languages);
  read_zone(reader, settings.zone);
  settings.next_update = reader.duration("next_update", settings.next_update);
  settings.outlets.url = reader.text("url", "");
  settings.outlets.feed = reader.path("feed", "");
  if (!settings.outlets.feed.empty() && settings.outlets.url.empty()) reader.wrong("url", "a feed needs the address of its page");
  if (const auto* webhook = reader.table("webhook")) settings.outlets.webhook = read_webhook(place.reader(*webhook, "statement.webhook."));
  if (const auto* mail = reader.table("mail")) settings.outlets.mail = read_mail(place.reader(*mail, "statement.mail."));
  if (const auto* cap = reader.table("cap")) settings.outlets.cap = read_cap(place.reader(*cap, "statement.cap."));
  return settings;
}
}  // namespace kulla::daemon
