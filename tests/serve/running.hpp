// A server on a loopback port, with the accounts of an office.
#pragma once
#include <fmt/format.h>

#include "serve/http_peer.hpp"
#include "serve/office.hpp"

namespace kulla::serve::test {

class Running {
 public:
  explicit Running(const std::function<void(ServerSettings&)>& change = {}) {
    settings.listen = "127.0.0.1:0";
    settings.accounts = office.settings.accounts;
    settings.assets = office.settings.assets;
    settings.failed_sign_in = std::chrono::milliseconds{1};
    if (change) change(settings);
  }
  /// On first use.
  Server& server() {
    if (!server_) server_ = Server::start(settings, office.backend, office.clock).value();
    return *server_;
  }
  void stop() { server_.reset(); }
  HttpPeer peer() { return HttpPeer{server().address(), !settings.certificate.empty()}; }
  std::string get(std::string_view target, const Badge& badge = {}, std::string_view more = {}) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n{}\r\n", target, server().address(), badge.cookie, more);
  }
  std::string send(std::string_view method, std::string_view target, const std::string& body, const Badge& badge = {}) {
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Kulla-Csrf: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        method, target, server().address(), badge.cookie, badge.csrf, body.size(), body);
  }
  Badge sign_in(const std::string& person = "anna-viewer") {
    const auto reply =
        peer().ask(send("POST", "/api/v1/session", json::serialize(json::object{{"person", person}, {"password", password}})));
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto line = reply.headers.at("set-cookie");
    return {line.substr(0, line.find(';')), std::string{parse_json(reply.body).value().at("csrf").as_string()}, {}};
  }

  Office office{false};
  ServerSettings settings;

 private:
  std::unique_ptr<Server> server_;
};

/// Until it holds; a test that waits for ever has failed.
template <typename Condition>
void wait_for(const Condition& holds) {
  while (!holds()) std::this_thread::yield();
}

}  // namespace kulla::serve::test
