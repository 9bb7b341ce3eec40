// E-mail by SMTP: one message an address, with a plain text part for each language. libcurl writes the message and encodes its parts;
// header values are ours to encode, and hold nothing that could begin another header.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/secret_text.hpp"
#include "notify/transfer.hpp"
#include "notify/ways.hpp"

namespace kulla::notify {
namespace {
constexpr std::size_t address_limit = 254;  // RFC 5321
constexpr std::size_t word_bytes = 45;      // in base64 60 letters, and with "=?UTF-8?B?" and "?=" below the 75 of RFC 2047

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}
/// A word holds whole characters.
std::size_t cut_at(std::string_view text) {
  auto size = std::min(text.size(), word_bytes);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return size == 0 ? std::min(text.size(), word_bytes) : size;
}

std::string with_line_ends(std::string_view text) {
  std::string lines;
  for (const char c : text) lines += c == '\n' ? "\r\n" : std::string(1, c);
  return lines;
}

struct FreeMime {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
using Mime = std::unique_ptr<curl_mime, FreeMime>;

/// A part a language, those of the release in its order.
Mime parts_of(const Transfer& transfer, const Statement& statement) {
  Mime mime{curl_mime_init(transfer.handle())};
  KULLA_ASSERT(mime);
  for (const auto& [language, text] : statement.texts) {
    const auto lines = with_line_ends(text);
    auto* part = curl_mime_addpart(mime.get());
    auto* headers = curl_slist_append(nullptr, ("Content-Language: " + language).c_str());
    KULLA_ASSERT(part && headers);
    curl_mime_data(part, lines.data(), lines.size());
    curl_mime_type(part, "text/plain; charset=utf-8");
    curl_mime_encoder(part, "quoted-printable");
    curl_mime_headers(part, headers, 1);
  }
  return mime;
}

std::string subject_of(const Publication& publication) {
  std::string subject;
  for (const auto& [code, text] : publication.release().statement.texts)
    if (const auto language = publication.languages.find(code); language != publication.languages.end())
      subject += (subject.empty() ? "" : " / ") + language->second.title();
  return subject;
}

std::vector<std::string> headers_of(const MailSettings& mail, const std::string& to, const Publication& publication) {
  const auto& release = publication.release();
  const auto domain = mail.from.substr(mail.from.rfind('@') + 1);
  return {
      "Date: " + publication.zone.text(release.mark.at, "EEE, dd MMM yyyy HH:mm:ss xx", "en"), fmt::format("From: <{}>", mail.from),
      fmt::format("To: <{}>", to), "Subject: " + header_text(subject_of(publication)),
      fmt::format("Message-ID: <kulla-statement-{}-{}@{}>", release.mark.fact, to_hex(release.statement.version).substr(0, 12), domain)};
}
}  // namespace

std::string header_text(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c < 0x7f; }) && text.find("=?") == text.npos;
  if (plain && text.size() <= word_bytes) return std::string(text);
  std::string words;
  while (!text.empty()) {
    const auto size = cut_at(text);
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return words;
}

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  const bool well = std::ranges::all_of(text, [](unsigned char c) {
    return c > ' ' && c < 0x7f && std::string_view{"<>()[],;:\\\""}.find(static_cast<char>(c)) == std::string_view::npos;
  });
  return well && at != text.npos && at > 0 && at + 1 < text.size() && text.rfind('@') == at && text.size() <= address_limit;
}

bool may_mail_by(const std::string& url) {
  const auto address = address_of(url);
  return address && (address->scheme == "smtps" || address->scheme == "smtp");
}

Result<> send_mail(const MailSettings& mail, const std::string& to, const Publication& publication) {
  Transfer transfer{mail.url, "smtp,smtps", mail.ca};
  transfer.set(CURLOPT_USE_SSL, static_cast<long>(is_loopback(mail.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  transfer.set(CURLOPT_MAIL_FROM, "<" + mail.from + ">");
  transfer.set_list(CURLOPT_MAIL_RCPT, {"<" + to + ">"});
  transfer.set_list(CURLOPT_HTTPHEADER, headers_of(mail, to, publication));
  if (!mail.user.empty()) {
    KULLA_TRY(const auto password, read_secret_line(mail.password));
    transfer.set(CURLOPT_USERNAME, mail.user);
    transfer.set(CURLOPT_PASSWORD, std::string(password.view()));
  }
  const auto parts = parts_of(transfer, publication.release().statement);
  transfer.set(CURLOPT_MIMEPOST, parts.get());
  KULLA_CHECK(transfer.perform(publication.stop));
  return {};
}
}  // namespace kulla::notify
