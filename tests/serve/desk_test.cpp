#include "serve/desk.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <liboath/oath.h>
#include <sys/stat.h>

#include "serve/office.hpp"

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;
using test::Badge;
using test::cookies_set_by;
using test::error_of;
using test::header_of;
using test::object_of;
using test::Office;
using test::password;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

// --- sessions

TEST(Desk, SigningInGivesACookieThatNoScriptSeesAndASession) {
  Office office;
  const auto answer = office.ask(office.sign_in_request("anna-operator", password));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(header_of(answer, "Set-Cookie"), AllOf(StartsWith("__Host-kulla="), HasSubstr("; HttpOnly"), HasSubstr("; Secure"),
                                                     HasSubstr("; SameSite=Strict"), HasSubstr("; Path=/;"), Not(HasSubstr("Domain"))));
  const auto session = object_of(answer);
  EXPECT_EQ(session.at("person"), "anna-operator");
  EXPECT_EQ(session.at("roles"), (json::array{"viewer", "operator"}));
  EXPECT_EQ(session.at("csrf").as_string().size(), 64U);
  EXPECT_EQ(session.at("approver"), false);
  EXPECT_EQ(answer.hold_back, 0ms);
}

TEST(Desk, OnPlainLoopbackTheCookieIsNotSecureAndHasAnotherName) {
  Office office{false};
  EXPECT_THAT(header_of(office.ask(office.sign_in_request("anna-viewer", password)), "Set-Cookie"),
              AllOf(StartsWith("kulla="), Not(HasSubstr("Secure"))));
}

TEST(Desk, ACookieOfAnotherNameOrTwiceIsNoSession) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", badge)).status, 200);
  const auto token = badge.cookie.substr(badge.cookie.find('='));
  for (const auto& cookie :
       {"kulla" + token, "x__Host-kulla" + token, badge.cookie + "; " + badge.cookie, badge.cookie + "0", std::string{}})
    EXPECT_EQ(office.ask(Office::get("/api/v1/now", {cookie, ""})).status, 401) << cookie;
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", {"lang=sq; " + badge.cookie, ""})).status, 200);
}

TEST(Desk, ASessionEndsWhenNobodyUsesItAndWhenItIsOld) {
  Office office;
  const auto idle = office.badge_of(Role::viewer);
  office.clock.go_on(30min);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", idle)).status, 401);

  const auto used = office.badge_of(Role::viewer);
  for (int quarter = 0; quarter < 47; ++quarter) {
    office.clock.go_on(15min);
    ASSERT_EQ(office.ask(Office::get("/api/v1/now", used)).status, 200) << quarter;
  }
  office.clock.go_on(15min);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", used)).status, 401);
}

TEST(Desk, AStreamThatComesBackByItselfDoesNotKeepASessionAwake) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  for (int minute = 0; minute < 29; ++minute) {
    office.clock.go_on(1min);
    ASSERT_EQ(office.ask(Office::get("/api/v1/stream", badge)).status, 200);
  }
  office.clock.go_on(1min);
  EXPECT_EQ(office.ask(Office::get("/api/v1/stream", badge)).status, 401);
}

TEST(Desk, SigningOutEndsThisSessionAndNoOther) {
  Office office;
  const auto here = office.badge_of(Role::viewer), there = office.badge_of(Role::viewer);
  auto request = Office::post("/api/v1/session", {}, here);
  request.method = Method::delete_;
  const auto answer = office.ask(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(header_of(answer, "Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", here)).status, 401);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", there)).status, 200);
  EXPECT_EQ(office.backend.happenings().back().kind, Happening::Kind::signed_out);
}

TEST(Desk, AnAccountThatIsTakenAwayOrChangedEndsItsSessions) {
  Office office;
  const auto gone = office.badge_of(Role::operator_), changed = office.badge_of(Role::press), stays = office.badge_of(Role::viewer);
  auto accounts = office.accounts;
  accounts.erase(PersonId{"anna-operator"});
  accounts.at(PersonId{"anna-press"}).roles.insert(Role::auditor);
  office.write(accounts);
  office.desk->tick();
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", gone)).status, 401);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", changed)).status, 401);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", stays)).status, 200);
  EXPECT_EQ(office.ask(office.sign_in_request("anna-operator", password)).status, 401);
}

TEST(Desk, AnAccountThatIsTakenAwayWhileItsPasswordIsHashedDoesNotComeIn) {
  Office office;
  auto outcome = office.desk->receive(office.sign_in_request("anna-operator", password));
  const auto finish = std::get<Desk::Later>(outcome).work();
  office.write({});
  office.desk->tick();
  EXPECT_EQ(finish().status, 401);
}

TEST(Desk, AnAccountsFileThatBecameUnreadableChangesNothing) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  ASSERT_TRUE(write_file_atomic(office.settings.accounts, "[[account]]\nperson = 3\n", 0600));
  office.desk->tick();
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", badge)).status, 200);
  (void)office.badge_of(Role::press);
}

TEST(Desk, APersonHasEightSessionsAndTheOneUnusedLongestLeaves) {
  Office office;
  std::vector<Badge> badges;
  for (int i = 0; i < 9; ++i) {
    office.clock.go_on(1min);
    badges.push_back(office.badge_of(Role::viewer));
  }
  EXPECT_EQ(office.ask(Office::get("/api/v1/session", badges[0])).status, 401);
  EXPECT_EQ(office.ask(Office::get("/api/v1/session", badges[1])).status, 200);
}

// --- failures

TEST(Desk, AWrongPasswordAnUnknownNameAndAWrongCodeAreOneAnswerNotSoonerThanASecond) {
  Office office{true, "JBSWY3DPEHPK3PXP"};
  std::vector<Answer> answers;
  answers.push_back(office.ask(office.sign_in_request("anna-viewer", "not the password")));
  answers.push_back(office.ask(office.sign_in_request("nobody", password)));
  answers.push_back(office.ask(office.sign_in_request("anna-viewer", password, "000000")));
  answers.push_back(office.ask(office.sign_in_request("anna-viewer", password)));
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(*answer.body, *answers.front().body);
    EXPECT_EQ(answer.hold_back, 1s);
    EXPECT_EQ(header_of(answer, "Set-Cookie"), "");
  }
}

TEST(Desk, FailuresAreToldNowAndThenWithTheirNumberAndWithoutWhatWasTypedForAName) {
  Office office;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(office.ask(office.sign_in_request("anna-viewer", "wrong password")).status, 401);
  EXPECT_EQ(office.ask(office.sign_in_request("hunter2.hunter2", "anna-viewer")).status, 401);
  office.desk->tick();
  EXPECT_EQ(office.ask(office.sign_in_request("anna-viewer", "wrong password")).status, 401);
  office.desk->tick();
  auto told = office.backend.happenings();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].person, PersonId{});
  EXPECT_EQ(told[1].person, PersonId{"anna-viewer"});
  EXPECT_EQ(told[1].times, 3U);
  EXPECT_EQ(told[1].address, "192.0.2.7");
  office.clock.go_on(10s);
  office.desk->tick();
  told = office.backend.happenings();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[2].times, 1U);
}

TEST(Desk, WhoGuessesIsStoppedForAWhile) {
  Office office;
  int tries = 0;
  Answer answer;
  do answer = office.ask(office.sign_in_request("anna-viewer", "wrong password"));
  while (answer.status == 401 && ++tries < 100);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(tries, SignInAttempts::for_a_name.burst);
  EXPECT_EQ(header_of(answer, "Retry-After"), "15");
  EXPECT_EQ(office.ask(office.sign_in_request("anna-viewer", password)).status, 429);
  office.clock.go_on(15s);
  EXPECT_EQ(office.ask(office.sign_in_request("anna-viewer", password)).status, 200);
}

/// Guesses at a name from many places, until nobody may guess any more.
void guess_at(Office& office, const std::string& person) {
  for (int i = 0; i < 40; ++i) {
    auto guess = office.sign_in_request(person, "wrong password");
    guess.address = guess.network = fmt::format("198.51.100.{}", i);
    (void)office.ask(guess);
  }
}

TEST(Desk, WhoGuessesAtAPersonDoesNotLockThatPersonOutOfBrowsersThatAreKnown) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  guess_at(office, "anna-viewer");
  auto request = office.sign_in_request("anna-viewer", password);
  EXPECT_EQ(office.ask(request).status, 429);
  request.cookie = badge.device;
  EXPECT_EQ(office.ask(request).status, 200);
  request.network = "203.0.113.9";  // it is the browser that is known, not where it is
  EXPECT_EQ(office.ask(request).status, 200);
}

TEST(Desk, ABrowserIsKnownAfterARestartToo) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  office.desk = office.make_desk();
  guess_at(office, "anna-viewer");
  auto request = office.sign_in_request("anna-viewer", password);
  request.cookie = badge.device;
  EXPECT_EQ(office.ask(request).status, 200);
}

TEST(Desk, AKnownBrowserIsKnownForItsPersonAloneAndNotForEver) {
  Office office;
  const auto anna = office.badge_of(Role::viewer), petrit = office.badge_of(Role::press);
  guess_at(office, "anna-viewer");
  const auto with = [&](const std::string& cookie) {
    auto request = office.sign_in_request("anna-viewer", password);
    request.cookie = cookie;
    return office.ask(request).status;
  };
  const auto name_end = anna.device.find('=');
  auto forged = anna.device;
  forged.back() = forged.back() == '0' ? '1' : '0';
  for (const auto& cookie : {petrit.device, anna.device.substr(0, name_end) + petrit.device.substr(petrit.device.find('=')), forged,
                             anna.device.substr(0, name_end + 1), anna.device + "; " + anna.device})
    EXPECT_EQ(with(cookie), 429) << cookie;
  EXPECT_EQ(with(petrit.device + "; " + anna.device), 200);
  office.clock.go_on(Devices::age - 1h);
  guess_at(office, "anna-viewer");
  EXPECT_EQ(with(anna.device), 200);
  office.clock.go_on(1h);
  guess_at(office, "anna-viewer");
  EXPECT_EQ(with(anna.device), 429);
}

TEST(Desk, WhoStoleAKnownBrowserGuessesNoFasterThanAStranger) {
  Office office;
  auto request = office.sign_in_request("anna-viewer", "wrong password");
  request.cookie = office.badge_of(Role::viewer).device;
  int tries = 0;
  while (office.ask(request).status == 401 && ++tries < 100) continue;
  EXPECT_EQ(tries, SignInAttempts::for_a_name.burst);
  (void)office.badge_of(Role::viewer);  // others go on
}

TEST(Desk, TheDeviceIsKeptAndItsCookieSeenByNoScript) {
  Office office;
  const auto first = office.badge_of(Role::viewer).device;
  EXPECT_THAT(first, StartsWith("__Host-kulla-device-"));
  auto request = office.sign_in_request("anna-viewer", password);
  request.cookie = first;
  office.clock.go_on(1h);
  const auto again = office.ask(request);
  const auto second = cookies_set_by(again).at(1);
  EXPECT_EQ(second.substr(0, second.find('.')), first.substr(0, first.find('.')));
  EXPECT_NE(second, first);
  EXPECT_THAT(again.headers,
              Contains(Pair("Set-Cookie", AllOf(StartsWith(second), HasSubstr("; HttpOnly"), HasSubstr("; Secure"), HasSubstr("; Path=/;"),
                                                HasSubstr("; SameSite=Strict"), HasSubstr("; Max-Age=15552000;")))));
}

TEST(Desk, StrangersPasswordsDoNotQueueBeforeThoseFromKnownBrowsers) {
  Office office;
  auto request = office.sign_in_request("anna-viewer", password);
  const auto lane = [&] {
    const auto outcome = office.desk->receive(request);
    return std::get<Desk::Later>(outcome).lane;
  };
  EXPECT_EQ(lane(), Lane::strangers);
  request.cookie = office.badge_of(Role::viewer).device;
  EXPECT_EQ(lane(), Lane::familiar);
}

TEST(Desk, ACodeCountsOnce) {
  const std::string secret = "JBSWY3DPEHPK3PXP";
  Office office{true, secret};
  char code[7] = {};
  char* key = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(oath_base32_decode(secret.data(), secret.size(), &key, &size), OATH_OK);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(office.clock.now().wall.time_since_epoch()).count();
  ASSERT_EQ(oath_totp_generate(key, size, seconds, 30, 0, 6, code), OATH_OK);
  std::free(key);
  (void)office.sign_in("anna-viewer", code);
  EXPECT_EQ(office.ask(office.sign_in_request("anna-viewer", password, code)).status, 401);
  (void)office.sign_in("anna-press", code);  // another person's, though the secret is the same
}

// --- what is asked

TEST(Desk, ForeignHostsAreRefusedWhateverTheyAskFor) {
  Office office;
  for (const auto* host : {"evil.example", "console.example.evil.example", "console.example:80", "", "console.example:443x"}) {
    auto request = Office::get("/");
    request.host = host;
    EXPECT_EQ(office.ask(request).status, 421) << host;
  }
  for (const auto* host : {"console.example", "CONSOLE.example", "console.example:443"}) {
    auto request = Office::get("/");
    request.host = host;
    EXPECT_EQ(office.ask(request).status, 200) << host;
  }
}

TEST(Desk, TheBackendGetsWhoAsksAndWhatForDecoded) {
  Office office;
  const auto badge = office.badge_of(Role::operator_);
  EXPECT_EQ(office.ask(Office::get("/api/v1/services/e%2Dtax%20%C3%AB?lang=sq&x=a%26b+c", badge)).status, 200);
  EXPECT_EQ(office.ask(Office::post("/api/v1/close", {{"services", json::array{"e-tax"}}}, badge)).status, 200);
  const auto calls = office.backend.calls();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].first, Endpoint::service);
  EXPECT_EQ(calls[0].second.path.at("id"), "e-tax ë");
  EXPECT_EQ(calls[0].second.query.at("x"), "a&b c");
  EXPECT_EQ(calls[0].second.caller.person, PersonId{"anna-operator"});
  EXPECT_EQ(calls[0].second.caller.roles, (Roles{Role::viewer, Role::operator_}));
  EXPECT_THAT(badge.cookie, Not(HasSubstr(calls[0].second.caller.session)));
  EXPECT_EQ(calls[1].second.body.at("services").at(0), "e-tax");
}

TEST(Desk, WhatIsNoJsonObjectIsRefused) {
  Office office;
  const auto badge = office.badge_of(Role::operator_);
  for (const auto* body : {"[]", "3", "{", "{\"a\":1}x", "\xff", "{\"a\":\"\xff\"}"}) {
    auto request = Office::post("/api/v1/close", {}, badge);
    request.body = body;
    EXPECT_EQ(office.ask(request).status, 400) << body;
  }
  EXPECT_TRUE(office.backend.calls().empty());
}

TEST(Desk, AnErrorOfTheBackendHasTheStatusOfItsCode) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  const std::map<Code, int> expected{{Code::not_found, 404},   {Code::refused, 409}, {Code::bad_argument, 400}, {Code::timed_out, 504},
                                     {Code::ledger_full, 503}, {Code::io, 500},      {Code::too_large, 413},    {Code::bad_signature, 403}};
  for (const auto& [code, status] : expected) {
    office.backend.errors.insert_or_assign(Endpoint::now, Error{code, "the reason"});
    const auto answer = office.ask(Office::get("/api/v1/now", badge));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(object_of(answer).at("error"), (json::object{{"code", name(code)}, {"what", "the reason"}}));
  }
}

TEST(Desk, WhatTheBackendThrowsEndsOneAnswer) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  office.backend.while_answering = [](Endpoint) { throw std::runtime_error{"broken"}; };
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", badge)).status, 500);
  office.backend.while_answering = {};
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", badge)).status, 200);
}

TEST(Desk, WhoAsksTooOftenWaitsAndOthersDoNot) {
  Office office;
  Answer answer;
  int served = 0;
  do answer = office.ask(Office::get("/health/live"));
  while (answer.status == 200 && ++served < 10'000);
  EXPECT_EQ(served, 600);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(header_of(answer, "Retry-After"), "1");
  auto other = Office::get("/health/live");
  other.network = "192.0.2.8";
  EXPECT_EQ(office.ask(other).status, 200);
}

TEST(Desk, AFloodFromTheSameNetworkDoesNotStopWhoIsSignedInOrWas) {
  Office office;
  const auto badge = office.badge_of(Role::operator_);
  for (int i = 0; i < 700; ++i) (void)office.ask(Office::get("/health/live"));
  EXPECT_EQ(office.ask(Office::get("/health/live")).status, 429);
  EXPECT_EQ(office.ask(Office::post("/api/v1/close", {{"services", json::array{"e-tax"}}}, badge)).status, 200);
  auto back = office.sign_in_request("anna-operator", password);
  EXPECT_EQ(office.ask(back).status, 429);
  back.cookie = badge.device;
  EXPECT_EQ(office.ask(back).status, 200);
}

TEST(Desk, ASessionHasALimitOfItsOwn) {
  Office office;
  const auto badge = office.badge_of(Role::viewer), other = office.badge_of(Role::press);
  int served = 0;
  while (office.ask(Office::get("/api/v1/now", badge)).status == 200 && ++served < 10'000) continue;
  EXPECT_EQ(served, 120);
  EXPECT_EQ(office.ask(Office::get("/api/v1/now", other)).status, 200);
}

TEST(Desk, OtherMethodsAreNamed) {
  Office office;
  auto request = Office::post("/api/v1/now", {});
  EXPECT_EQ(header_of(office.ask(request), "Allow"), "GET, HEAD");
  request = Office::get("/api/v1/statement");
  request.method = {};
  EXPECT_EQ(office.ask(request).status, 405);
  EXPECT_EQ(header_of(office.ask(request), "Allow"), "GET, HEAD, POST");
  EXPECT_EQ(error_of(office.ask(Office::get("/api/v1/nothing"))), "not_found");
}

TEST(Desk, LargeAnswersAreSqueezedOnceForAllWhoTakeIt) {
  Office office;
  office.backend.texts[Endpoint::now] = "{\"a\":\"" + std::string(5000, 'a') + "\"}";
  const auto badge = office.badge_of(Role::viewer);
  auto request = Office::get("/api/v1/now", badge);
  EXPECT_EQ(office.ask(request).gzip, nullptr);
  request.takes_gzip = true;
  const auto first = office.ask(request).gzip, second = office.ask(request).gzip;
  ASSERT_NE(first, nullptr);
  EXPECT_LT(first->size(), 200U);
  EXPECT_EQ(first, second);
}

TEST(Desk, AFileOfTheConsoleIsSentOnceAndKept) {
  Office office;
  auto request = Office::get("/assets/app.js");
  request.takes_gzip = true;
  const auto answer = office.ask(request);
  EXPECT_EQ(*answer.gzip, "squeezed");
  EXPECT_EQ(header_of(answer, "Cache-Control"), "no-cache");
  request.if_none_match = header_of(answer, "ETag");
  EXPECT_EQ(office.ask(request).status, 304);
  EXPECT_EQ(office.ask(request).body, nullptr);
  EXPECT_THAT(header_of(office.ask(Office::get("/assets/console-2FVX7QPA.js")), "Cache-Control"), HasSubstr("immutable"));
  for (const auto* path : {"/assets/..%2findex.html", "/assets/", "/assets/a/b.js", "/assets/nothing.js", "/index.html"})
    EXPECT_EQ(office.ask(Office::get(path)).status, 404) << path;
}

TEST(Desk, HealthNamesItsProblemsToThoseWhoAreSignedIn) {
  Office office;
  office.backend.state = {false, {"the ledger cannot be written"}};
  const auto anonymous = office.ask(Office::get("/health/ready"));
  EXPECT_EQ(anonymous.status, 503);
  EXPECT_EQ(object_of(anonymous), (json::object{{"ready", false}, {"problems", 1}}));
  EXPECT_EQ(object_of(office.ask(Office::get("/health/ready", office.badge_of(Role::viewer)))).at("what").at(0),
            "the ledger cannot be written");
}

TEST(Desk, HealthSaysThatTheAccountsCannotBeReadUntilTheyCan) {
  Office office;
  const auto badge = office.badge_of(Role::viewer);
  const auto problems = [&] { return object_of(office.ask(Office::get("/health/ready", badge))).at("what").as_array(); };
  EXPECT_THAT(problems(), IsEmpty());
  ::chmod(office.settings.accounts.c_str(), 0644);
  office.desk->tick();
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_THAT(std::string{problems().at(0).as_string()}, AllOf(StartsWith("accounts: "), HasSubstr("chmod 600")));
  EXPECT_EQ(object_of(office.ask(Office::get("/health/ready"))).at("problems"), 1);
  ::chmod(office.settings.accounts.c_str(), 0600);
  office.desk->tick();
  EXPECT_THAT(problems(), IsEmpty());
}

TEST(Desk, MetricsCountWhatWasRefused) {
  Office office;
  (void)office.ask(Office::get("/api/v1/now"));
  const auto answer = office.ask(Office::get("/metrics"));
  EXPECT_THAT(*answer.body, AllOf(HasSubstr("kulla_facts 7\n"), HasSubstr("\nkulla_console_refused_total 1\n")));
  EXPECT_EQ(answer.type, "text/plain; version=0.0.4; charset=utf-8");
}
}  // namespace
}  // namespace kulla::serve
