#include "model/notice.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/canonical_json.hpp"

namespace kulla {
namespace {
constexpr std::size_t field_limit = 1024;  // names are short; 128 digits are the signature

struct Signed {
  ClosureNotice notice;
  Signature signature;
};

std::string signed_text(const ClosureNotice& notice) {
  return canonical(json::object{{"closure", notice.closure.str()},
                                {"expires", notice.expires.time_since_epoch().count()},
                                {"kulla", "notice/1"},
                                {"service", notice.service.str()}});
}

/// What lies between `before` and `after` at the front of `text`, which is cut behind `after`.
std::optional<std::string_view> between(std::string_view& text, std::string_view before, std::string_view after) {
  const auto end = text.find(after);
  if (!text.starts_with(before) || end == std::string_view::npos || end < before.size()) return std::nullopt;
  const auto value = text.substr(before.size(), end - before.size());
  text.remove_prefix(end + after.size());
  return value;
}

std::optional<std::chrono::sys_seconds> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > integer_limit / 1'000'000) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

std::optional<Signed> parse(std::string_view text) {
  if (text.size() > field_limit) return std::nullopt;
  const auto service = between(text, "service=", "; "), closure = between(text, "closure=", "; "),
             expires = between(text, "expires=", "; ");
  if (!service || !closure || !expires || !text.starts_with("signature=")) return std::nullopt;
  const auto seconds = parse_seconds(*expires);
  const auto signature = signature_from_hex(text.substr(std::string_view("signature=").size()));
  if (!seconds || !signature) return std::nullopt;
  return Signed{{ServiceId{std::string(*service)}, ClosureId{std::string(*closure)}, *seconds}, *signature};
}
}  // namespace

std::string notice_header(const ClosureNotice& notice, const SecretKey& gate) {
  return fmt::format("service={}; closure={}; expires={}; signature={}", notice.service.str(), notice.closure.str(),
                     notice.expires.time_since_epoch().count(), to_hex(gate.sign(signed_text(notice))));
}

NoticeJudged judge_notice(const NoticeFields& fields, const ServiceId& service, const std::optional<PublicKey>& gate, Timestamp now) {
  if (!fields.closure && !fields.notice) return {};
  if (!gate) return {NoticeSeen::unverified, {}};
  const auto read = parse(fields.notice.value_or(""));
  if (!read || read->notice.service != service || (fields.closure && *fields.closure != read->notice.closure.str()) ||
      !verify(*gate, signed_text(read->notice), read->signature))
    return {NoticeSeen::foreign, {}};
  if (read->notice.expires > now + notice_life + notice_clock_slack) return {NoticeSeen::foreign, {}};
  return {read->notice.expires < now ? NoticeSeen::expired : NoticeSeen::valid, read->notice.closure};
}
}  // namespace kulla
