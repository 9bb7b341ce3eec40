#include "serve/office.hpp"

#include <algorithm>

namespace kulla::serve::test {

Office::Office(bool with_tls, std::string totp) : tls(with_tls) {
  static const std::string hash = hash_password(password, cheap).value();
  for (const auto& [role, text] : role_names) {
    const PersonId person{"anna-" + std::string{text}};
    accounts[person] = {person, {Role::viewer, role}, hash, totp};
  }
  write(accounts);
  settings.listen = "127.0.0.1:0";
  settings.accounts = folder.path() / "accounts.toml";
  settings.assets = {{"index.html", {"text/html; charset=utf-8", "<!doctype html>", ""}},
                     {"app.js", {"text/javascript", "let a = 1", "squeezed"}},
                     {"console-2FVX7QPA.js", {"text/javascript", "let b = 1", ""}}};
  desk = make_desk();
}

void Office::write(const Accounts& all) const { ASSERT_TRUE(write_accounts(folder.path() / "accounts.toml", all)); }

std::unique_ptr<Desk> Office::make_desk() {
  return std::make_unique<Desk>(settings, Hosts{{"console.example"}, 443, tls}, Devices{sha256("device key"), tls}, tls,
                                AccountsFile::open(settings.accounts).value(), backend, clock, tally);
}

Answer Office::ask(const Request& request) {
  auto outcome = desk->receive(request);
  if (auto* answer = std::get_if<Answer>(&outcome)) return std::move(*answer);
  if (auto* later = std::get_if<Desk::Later>(&outcome)) return later->work()();
  return Answer{};
}

Request Office::get(std::string path, const Badge& badge) {
  Request request;
  request.method = Method::get;
  const auto mark = std::min(path.find('?'), path.size());
  request.query = path.substr(std::min(mark + 1, path.size()));
  request.path = path.substr(0, mark);
  request.host = "console.example";
  request.cookie = badge.cookie;
  request.address = request.network = "192.0.2.7";
  return request;
}

Request Office::post(std::string path, const json::object& body, const Badge& badge) {
  auto request = get(std::move(path), badge);
  request.method = Method::post;
  request.origin = "https://console.example";
  request.fetch_site = "same-origin";
  request.content_type = "application/json";
  request.csrf = badge.csrf;
  request.body = json::serialize(body);
  return request;
}

Request Office::sign_in_request(const std::string& person, const std::string& secret, const std::string& code) const {
  json::object body{{"person", person}, {"password", secret}};
  if (!code.empty()) body["code"] = code;
  auto request = post("/api/v1/session", body);
  if (!tls) request.origin = "http://console.example";
  return request;
}

Badge Office::sign_in(const std::string& person, const std::string& code) {
  const auto answer = ask(sign_in_request(person, password, code));
  EXPECT_EQ(answer.status, 200) << *answer.body;
  const auto cookies = cookies_set_by(answer);
  return {cookies.at(0), std::string{object_of(answer).at("csrf").as_string()}, cookies.at(1)};
}

std::string header_of(const Answer& answer, std::string_view name) {
  const auto found = std::ranges::find(answer.headers, name, &std::pair<std::string, std::string>::first);
  return found == answer.headers.end() ? std::string{} : found->second;
}
std::vector<std::string> cookies_set_by(const Answer& answer) {
  std::vector<std::string> cookies;
  for (const auto& [name, value] : answer.headers)
    if (name == "Set-Cookie") cookies.push_back(value.substr(0, value.find(';')));
  return cookies;
}
json::object object_of(const Answer& answer) { return parse_json(*answer.body).value().as_object(); }
std::string error_of(const Answer& answer) { return std::string{object_of(answer).at("error").at("code").as_string()}; }

}  // namespace kulla::serve::test
