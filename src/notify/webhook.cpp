// The webhook: JSON with a signature that shows who sent it. It holds its number and time, so that a receiver can drop what comes twice.
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/secret_text.hpp"
#include "model/codec.hpp"
#include "notify/transfer.hpp"
#include "notify/ways.hpp"

namespace kulla::notify {

std::string webhook_body(const Release& release) {
  const auto& statement = release.statement;
  json::object texts;
  json::array sentences;
  for (const auto& [language, text] : statement.texts) texts[language] = text;
  for (const auto& sentence : statement.sentences) sentences.push_back(json::value(sentence.id));
  return canonical(json::object{{"kulla", "statement/1"},
                                {"number", codec::bounded(release.mark.fact)},
                                {"at", to_rfc3339(release.mark.at)},
                                {"version", to_hex(statement.version)},
                                {"texts", std::move(texts)},
                                {"sentences", std::move(sentences)}});
}

std::string webhook_signature(std::string_view secret, std::string_view body) {
  std::array<std::uint8_t, 32> code{};
  unsigned size = code.size();
  const auto* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(body.data()),
                          body.size(), code.data(), &size);
  KULLA_ASSERT(made && size == code.size());
  return "sha256=" + to_hex(code);
}

bool may_post_to(const std::string& url) {
  const auto address = address_of(url);
  return address && (address->scheme == "https" || (address->scheme == "http" && is_loopback(url)));
}

Result<> post_webhook(const WebhookSettings& webhook, const Publication& publication) {
  if (!may_post_to(webhook.url)) return fail(Code::bad_config, "statement.webhook.url: only https");
  KULLA_TRY(const auto secret, read_secret_line(webhook.secret));
  const auto body = webhook_body(publication.release());
  Transfer transfer{webhook.url, "http,https", webhook.ca};
  transfer.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  transfer.set(CURLOPT_POSTFIELDS, body);
  transfer.set_list(CURLOPT_HTTPHEADER,
                    {"Content-Type: application/json", "Expect:", "X-Kulla-Signature: " + webhook_signature(secret.view(), body)});
  KULLA_TRY(const auto status, transfer.perform(publication.stop));
  if (status < 200 || status > 299) return fail(Code::io, fmt::format("the webhook answered {}", status));
  return {};
}
}  // namespace kulla::notify
