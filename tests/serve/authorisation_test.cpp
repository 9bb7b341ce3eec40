// Who may use which route: a line for each, written apart from routes.def. A route without a line here fails.
#include <gtest/gtest.h>

#include <algorithm>

#include "serve/office.hpp"

namespace kulla::serve {
namespace {
using test::Badge;
using test::Office;

constexpr int no_token_needed = 0;

/// The status for each who asks, where all else is right; and for one who may, without the CSRF token.
struct Line {
  std::string_view route;
  int anonymous, viewer, operator_, approver, press, auditor;
  int without_token;
};
constexpr std::array lines{
    // route               anonymous viewer operator approver press auditor  without the token
    Line{"session", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"sign_in", 400, 400, 400, 400, 400, 400, no_token_needed},
    Line{"sign_out", 401, 200, 200, 200, 200, 200, 403},
    Line{"sign_in_methods", 200, 200, 200, 200, 200, 200, no_token_needed},
    Line{"oidc_start", 404, 404, 404, 404, 404, 404, no_token_needed},
    Line{"oidc_return", 404, 404, 404, 404, 404, 404, no_token_needed},
    Line{"now", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"stream", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"facts", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"fact", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"timeline", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"service", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"preview", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"offer", 401, 403, 200, 200, 403, 403, no_token_needed},
    Line{"report", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"backups", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"approvers", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"close", 401, 403, 200, 403, 403, 403, 403},
    Line{"verify", 401, 403, 200, 403, 403, 403, 403},
    Line{"withdraw", 401, 403, 200, 403, 403, 403, 403},
    Line{"hold", 401, 403, 200, 403, 403, 403, 403},
    Line{"mode", 401, 403, 200, 200, 403, 403, 403},
    Line{"approvals", 401, 403, 403, 200, 403, 403, 403},
    Line{"to_sign", 401, 403, 403, 200, 403, 403, 403},
    Line{"signed_texts", 401, 403, 403, 200, 403, 403, 403},
    Line{"offer_acceptance", 401, 403, 403, 200, 403, 403, 403},
    Line{"accept_findings", 401, 403, 403, 200, 403, 403, 403},
    Line{"reveal", 401, 403, 403, 403, 403, 200, 403},
    Line{"statement", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"release_statement", 401, 403, 403, 403, 200, 403, 403},
    Line{"incident_report", 401, 200, 200, 200, 200, 200, no_token_needed},
    Line{"openapi", 200, 200, 200, 200, 200, 200, no_token_needed},
    Line{"metrics", 200, 200, 200, 200, 200, 200, no_token_needed},
    Line{"health_live", 200, 200, 200, 200, 200, 200, no_token_needed},
    Line{"health_ready", 200, 200, 200, 200, 200, 200, no_token_needed},
    Line{"console", 200, 200, 200, 200, 200, 200, no_token_needed},
    Line{"asset", 200, 200, 200, 200, 200, 200, no_token_needed},
};

Request request_for(const Route& route, const Badge& badge) {
  std::string path{route.path};
  if (const auto open = path.find('{'); open != std::string::npos) path.replace(open, path.find('}') - open + 1, "app.js");
  auto request = Office::post(path, {}, badge);
  request.method = route.method;
  if (route.method == Method::get) request.body.clear();
  return request;
}

int asked_as(Office& office, const Route& route, std::optional<Role> role) {
  return office.ask(request_for(route, role ? office.badge_of(*role) : Badge{})).status;
}

TEST(Authorisation, EachRouteHasItsLineAndEachLineARoute) {
  for (const auto& route : routes()) EXPECT_EQ(std::ranges::count(lines, route.name, &Line::route), 1) << route.name;
  for (const auto& line : lines) EXPECT_EQ(std::ranges::count(routes(), line.route, &Route::name), 1) << line.route;
}

TEST(Authorisation, EachRouteAnswersEachRoleAsItsLineSays) {
  Office office;
  for (const auto& line : lines) {
    const auto& route = *std::ranges::find(routes(), line.route, &Route::name);
    EXPECT_EQ(asked_as(office, route, {}), line.anonymous) << line.route;
    EXPECT_EQ(asked_as(office, route, Role::viewer), line.viewer) << line.route;
    EXPECT_EQ(asked_as(office, route, Role::operator_), line.operator_) << line.route;
    EXPECT_EQ(asked_as(office, route, Role::approver), line.approver) << line.route;
    EXPECT_EQ(asked_as(office, route, Role::press), line.press) << line.route;
    EXPECT_EQ(asked_as(office, route, Role::auditor), line.auditor) << line.route;
  }
}

/// Of somebody with all roles: so only the token, the page or the type can be what is missing.
Badge everything(Office& office) {
  Account all = office.accounts.at(PersonId{"anna-viewer"});
  all.person = PersonId{"chief"};
  for (const auto& [role, text] : role_names) all.roles.insert(role);
  office.accounts[all.person] = all;
  office.write(office.accounts);
  office.desk = office.make_desk();
  return office.sign_in("chief");
}

TEST(Authorisation, WhatChangesSomethingNeedsTheTokenOfThatSession) {
  for (const auto& line : lines) {
    const auto& route = *std::ranges::find(routes(), line.route, &Route::name);
    EXPECT_EQ(route.changes() && route.who != Route::Who::anyone, line.without_token != no_token_needed) << line.route;
    if (line.without_token == no_token_needed) continue;
    Office office;
    const auto badge = everything(office);
    for (const auto& token : {std::string{}, badge.csrf.substr(1), office.badge_of(Role::auditor).csrf}) {
      auto request = request_for(route, badge);
      request.csrf = token;
      const auto answer = office.ask(request);
      EXPECT_EQ(answer.status, line.without_token) << line.route;
      EXPECT_EQ(test::error_of(answer), "no_csrf_token");
    }
    EXPECT_EQ(office.ask(request_for(route, badge)).status, 200) << line.route;
  }
}

TEST(Authorisation, WhatChangesSomethingComesFromAPageOfOurs) {
  for (const auto& route : routes()) {
    if (!route.changes()) continue;
    Office office;
    const auto badge = everything(office);
    auto foreign = request_for(route, badge);
    foreign.origin = "https://evil.example";
    EXPECT_EQ(test::error_of(office.ask(foreign)), "foreign_page") << route.name;
    auto plain = request_for(route, badge);
    plain.origin = "http://console.example";
    EXPECT_EQ(test::error_of(office.ask(plain)), "foreign_page") << route.name;
    auto beside = request_for(route, badge);
    beside.origin.clear();
    beside.fetch_site = "same-site";
    EXPECT_EQ(test::error_of(office.ask(beside)), "foreign_page") << route.name;
    auto form = request_for(route, badge);
    form.content_type = "text/plain";
    EXPECT_EQ(office.ask(form).status, route.method == Method::post ? 415 : 200) << route.name;
  }
}

TEST(Authorisation, NothingReachesTheBackendThatWasRefused) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  for (const auto& route : routes()) {
    if (route.served == Served::own || route.allows({Role::viewer})) continue;
    EXPECT_EQ(office.ask(request_for(route, badge)).status, 403) << route.name;
    EXPECT_EQ(office.ask(request_for(route, {})).status, 401) << route.name;
  }
  EXPECT_TRUE(office.backend.calls().empty());
}
}  // namespace
}  // namespace kulla::serve
