// Where a released statement goes: the settings of each way out, and the way itself. A way blocks until it is through or its time is over;
// the daemon's sender has a thread for it, and tries again whatever the error. One way is one receiver: what one refuses, the others get.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "notify/language.hpp"

namespace kulla::notify {

/// POST of JSON, signed with a shared secret.
struct WebhookSettings {
  std::string url;                 ///< https, or http to a loopback address
  std::filesystem::path secret;    ///< its first line is the key of the HMAC
  std::filesystem::path ca;        ///< PEM of the authorities to trust; empty: the system's
};
struct MailSettings {
  std::string url;                 ///< smtps://HOST, smtp://HOST:587 (with STARTTLS, but for loopback addresses)
  std::string from;
  std::vector<std::string> to;
  std::string user;
  std::filesystem::path password, ca;
};
struct CapSettings {
  std::filesystem::path file;
  std::string sender;              ///< names us for good, as an address: "statements@gov.example"
  std::string sender_name;         ///< for people
  std::string area;                ///< in words; empty: none
  bool exercise = false;           ///< a rehearsal
};
struct OutletSettings {
  std::optional<WebhookSettings> webhook;
  std::optional<MailSettings> mail;
  std::optional<CapSettings> cap;
  std::filesystem::path feed;      ///< an Atom file; empty: none
  std::string url;                 ///< of the page that the statement stands on; empty: none
};

/// All that a way out needs: the newest release is what goes out.
struct Publication {
  const Record& record;
  const Languages& languages;
  const Zone& zone;
  const OutletSettings& settings;
  std::stop_token stop{};  ///< ends what is under way, within a second
  bool draft = false;      ///< nobody has released it
  [[nodiscard]] const Release& release() const { return record.releases.back(); }
};

struct Outlet {
  std::string name;  ///< "webhook", "mail-1" (of the first address), "cap", "feed"
  std::function<Result<>(const Publication&)> send;
};
/// A record whose newest release is what may be said now, in all languages: to be shown as a draft.
[[nodiscard]] Record with_draft(Record record, const Judged& judged, const Languages& languages, const Zone& zone);

/// Those that the settings name.
[[nodiscard]] std::vector<Outlet> outlets_of(const OutletSettings& settings);

// --- what goes out, as text

/// {"kulla":"statement/1","number","at","version","texts","sentences"}, canonical.
[[nodiscard]] std::string webhook_body(const Release& release);
/// "sha256=" and the HMAC-SHA-256 of the body in lower-case hexadecimal.
[[nodiscard]] std::string webhook_signature(std::string_view secret, std::string_view body);
/// CAP 1.2 (OASIS): an info block a language, the release before it as its reference.
[[nodiscard]] std::string cap_message(const Publication& publication);
/// Atom (RFC 4287): an entry a language of each release that is kept, the newest first.
[[nodiscard]] std::string atom_feed(const Publication& publication);
/// A header's value in ASCII: RFC 2047 words where it holds anything else.
[[nodiscard]] std::string header_text(std::string_view text);
/// One address as SMTP takes it: no space, no control, no bracket, one '@'.
[[nodiscard]] bool is_mail_address(std::string_view text);
/// https to anywhere, http where the host is a loopback address.
[[nodiscard]] bool may_post_to(const std::string& url);
/// smtps to anywhere, smtp with STARTTLS; plain where the host is a loopback address.
[[nodiscard]] bool may_mail_by(const std::string& url);

}  // namespace kulla::notify
