// The desk's part for people: signing in and out. A wrong password, an unknown name and a wrong code are one answer, after the same work
// and not before the same time.
#include <fmt/format.h>

#include "base/secret_text.hpp"
#include "serve/desk.hpp"

namespace kulla::serve {
namespace {
constexpr std::string_view by_password = "password";

/// What an unknown name's password is compared with: the hash of something that nobody knows, at the same cost.
const std::string& nobody() {
  static const std::string hash = hash_password(to_hex(random_digest())).value_or("");
  return hash;
}

std::string text_at(const json::object& body, std::string_view key) {
  const auto* value = body.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string{*text} : std::string{};
}
}  // namespace

Answer Desk::session_answer(const Session& session) const {
  json::array roles;
  for (const auto role : session.roles) roles.emplace_back(name(role));
  const auto now = clock_.now();
  return json_answer({{"person", session.person.str()},
                      {"roles", std::move(roles)},
                      {"csrf", session.csrf},
                      {"expires", to_rfc3339(now.wall + sessions_.left(session, now.mono))},
                      {"approver", session.roles.contains(Role::approver)},
                      {"version", settings_.version}});
}

std::string Desk::cookie_line(std::string_view token, Ticks age) const {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", tls_ ? "__Host-kulla" : "kulla", token,
                     std::chrono::floor<std::chrono::seconds>(age).count(), tls_ ? "; Secure" : "");
}

Desk::Outcome Desk::show_session(Asked& asked) { return session_answer(*asked.session); }

Desk::Outcome Desk::sign_in_methods(Asked&) {
  json::array methods{"password"};
  if (provider_) methods.emplace_back("oidc");
  return json_answer({{"methods", std::move(methods)}, {"languages", json::array(settings_.languages.begin(), settings_.languages.end())}});
}

Desk::Outcome Desk::sign_in(Asked& asked) {
  const auto person = text_at(asked.body, "person");
  const auto password = text_at(asked.body, "password");
  if (!is_person_name(person) || password.empty() || password.size() > longest_password)
    return refusal(400, "bad_argument", "send {\"person\",\"password\"} and, where the account has one, \"code\"");
  const auto now = clock_.now();
  const auto device = devices_.of(PersonId{person}, asked.request.cookie, now.wall);
  if (const auto wait = attempts_.begin(person, asked.request.network, device, now.mono)) {
    ++tally_.limited;
    return too_many(*wait);
  }
  auto account = accounts_.find(PersonId{person});
  const auto secret = std::make_shared<SecretText>(password);
  auto work = [this, request = asked.request, person, code = text_at(asked.body, "code"), account, secret]() -> Finish {
    const bool right = is_password(account ? account->password : nobody(), secret->view()) && account;
    return [this, request, person, code, account, right] { return finish_sign_in(request, person, account, code, right); };
  };
  return Later{device ? Lane::familiar : Lane::strangers, std::move(work)};
}

Answer Desk::finish_sign_in(const Request& request, const std::string& name, const std::optional<Account>& account, const std::string& code,
                            bool password_right) {
  const auto now = clock_.now();
  const auto step = account && !account->totp.empty() ? totp_step(account->totp, code, now.wall) : std::nullopt;
  // The account as it is now: it may have been taken away meanwhile.
  bool right = password_right && accounts_.find(account->person) == account;
  if (right && !account->totp.empty()) right = step && attempts_.use_code(account->person, *step);
  if (!right) return failed_sign_in(account ? account->person : PersonId{}, request, std::string{by_password});
  attempts_.succeeded(name, request.network, devices_.of(account->person, request.cookie, now.wall));
  return open_session(account->person, account->roles, mark_of(*account), request, std::string{by_password});
}

Answer Desk::failed_sign_in(const PersonId& person, const Request& request, const std::string& method) {
  ++tally_.refused;
  failures_.add(person, request.address, method);
  auto answer = refusal(401, "sign_in_failed", "the name, the password or the code is wrong");
  answer.hold_back = settings_.failed_sign_in;
  return answer;
}

Answer Desk::open_session(const PersonId& person, Roles roles, std::string account, const Request& request, const std::string& method) {
  const auto now = clock_.now();
  const auto opened = sessions_.open(person, std::move(roles), std::move(account), now.mono);
  if (!opened) return refusal(503, "too_many_sessions", "there are too many sessions; sign out elsewhere, or wait until some end");
  tally_.sessions_now = sessions_.size();
  backend_.record({Happening::Kind::signed_in, person, request.address, method});
  auto answer = session_answer(*opened->session);
  answer.headers.emplace_back("Set-Cookie", cookie_line(opened->token, settings_.session_age));
  answer.headers.emplace_back("Set-Cookie", devices_.cookie_line(person, devices_.of(person, request.cookie, now.wall), now.wall));
  return answer;
}

Desk::Outcome Desk::sign_out(Asked& asked) {
  backend_.record({Happening::Kind::signed_out, asked.session->person, asked.request.address, ""});
  sessions_.end(std::string{asked.session->name});
  tally_.sessions_now = sessions_.size();
  auto answer = json_answer({{"signed_out", true}});
  answer.headers.emplace_back("Set-Cookie", cookie_line("", Ticks{}));
  answer.headers.emplace_back("Clear-Site-Data", "\"cache\", \"storage\"");
  return answer;
}

void Desk::tick() {
  const auto now = clock_.now().mono;
  if (accounts_.look())
    sessions_.keep_only([this](const Session& session) {
      const auto account = accounts_.find(session.person);
      return account ? mark_of(*account) == session.account : session.account.empty();
    });
  sessions_.forget_old(now);
  tally_.sessions_now = sessions_.size();
  for (const auto& each : failures_.due(now)) backend_.record(each);
}

}  // namespace kulla::serve
