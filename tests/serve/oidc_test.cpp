// Signing in by an identity provider that runs beside the test (idp.py): with its real keys, and with each thing that may be wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <fstream>
#include <thread>

#include "base/process.hpp"
#include "serve/running.hpp"

namespace kulla::serve {
namespace {
using test::HttpPeer;
using test::Reply;
using test::Running;
using testing::HasSubstr;
using testing::StartsWith;

class Provider {
 public:
  Provider() {
    Child::Options options;
    options.out = options.err = folder_.path() / "out";
    child_ = Child::start({"python3", KULLA_SOURCE_DIR "/tests/serve/idp.py", folder_.path().string()}, options).value();
    std::string port;
    test::wait_for([&] {
      std::ifstream in{options.out};
      return static_cast<bool>(std::getline(in, port)) && !in.eof();
    });
    address = "127.0.0.1:" + port;
    std::ofstream{folder_.path() / "secret"} << "a secret of the client\n";
    std::filesystem::permissions(folder_.path() / "secret", std::filesystem::perms::owner_read);
  }
  Reply get(const std::string& target) { return HttpPeer{address}.ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"); }
  OidcSettings settings() const {
    OidcSettings settings;
    settings.issuer = "http://" + address;
    settings.client = "kulla";
    settings.secret = folder_.path() / "secret";
    settings.return_url = "http://localhost/api/v1/session/oidc/return";
    settings.person_claim = "preferred_username";
    settings.roles = {{"kulla-operators", Role::operator_}, {"kulla-press", Role::press}};
    return settings;
  }
  std::string address;

 private:
  TemporaryFolder folder_ = *TemporaryFolder::make("serve-test");
  std::optional<Child> child_;
};

std::string after(const std::string& url, std::string_view end) { return url.substr(url.find(end) + end.size()); }
test::Badge with_cookie(const Reply& reply) {
  const auto line = reply.headers.at("set-cookie");
  return {line.substr(0, line.find(';')), ""};
}
/// Where a browser is sent, below the host.
std::string target_of(const Reply& reply) { return "/" + after(after(reply.headers.at("location"), "://"), "/"); }

struct Browser {
  Provider provider;
  // By the clock on the wall: the provider's tokens are made by it.
  SystemClock clock;
  Running running{[this](ServerSettings& settings) {
    settings.oidc = provider.settings();
    settings.heartbeat = std::chrono::milliseconds{5};
  }};
  std::unique_ptr<Server> server = Server::start(running.settings, running.office.backend, clock).value();

  Reply get(const std::string& target, const test::Badge& badge = {}) {
    return HttpPeer{server->address()}.ask(
        fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", target, server->address(), badge.cookie));
  }
  struct Back {
    std::string target;
    test::Badge badge;
  };
  /// To the provider and back, up to our own page.
  Back come_back() {
    const auto start = get("/api/v1/session/oidc/start");
    EXPECT_EQ(start.status, 302) << start.body;
    const auto back = provider.get(target_of(start));
    EXPECT_EQ(back.status, 302) << back.body;
    return {target_of(back), with_cookie(start)};
  }
  Reply sign_in(const std::string& fault = {}) {
    const auto back = come_back();
    if (!fault.empty()) {
      EXPECT_EQ(provider.get("/next?" + fault).status, 200);
    }
    return get(back.target, back.badge);
  }
};

TEST(Oidc, WhoComesBackIsSignedInWithTheRolesOfTheirGroups) {
  Browser browser;
  const auto reply = browser.sign_in();
  ASSERT_EQ(reply.status, 302) << reply.body;
  EXPECT_EQ(reply.headers.at("location"), "/");
  EXPECT_THAT(reply.headers.at("set-cookie"), StartsWith("kulla="));
  const auto session = browser.get("/api/v1/session", with_cookie(reply));
  ASSERT_EQ(session.status, 200);
  EXPECT_EQ(parse_json(session.body).value().at("person"), "ana");
  EXPECT_EQ(parse_json(session.body).value().at("roles"), (json::array{"viewer", "operator"}));
  EXPECT_EQ(browser.running.office.backend.happenings().back().method, "oidc");
  EXPECT_EQ(parse_json(browser.get("/api/v1/sign-in").body).value().at("methods"), (json::array{"password", "oidc"}));
}

TEST(Oidc, PeopleAreCalledByWhatTheyCannotChooseUnlessTheConfigSaysOtherwise) {
  Browser browser;
  browser.running.settings.oidc->person_claim = OidcSettings{}.person_claim;
  browser.server = Server::start(browser.running.settings, browser.running.office.backend, browser.clock).value();
  EXPECT_EQ(browser.sign_in("sub=S-4711").status, 302);
  EXPECT_EQ(browser.running.office.backend.happenings().back().person, PersonId{"S-4711"});
}

TEST(Oidc, NobodyComesInUnderTheNameOfAnAccount) {
  Browser browser;
  const auto refused = browser.sign_in("preferred_username=anna-operator");
  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_EQ(refused.headers.count("set-cookie"), 0U);
  EXPECT_EQ(browser.server->counts().sessions_now, 0U);
}

TEST(Oidc, AnAccountThatIsMadeEndsTheSessionsOfItsName) {
  Browser browser;
  const auto badge = with_cookie(browser.sign_in());
  const auto status = [&] { return browser.get("/api/v1/session", badge).status; };
  auto& office = browser.running.office;
  office.write({});
  test::wait_for([&] { return browser.sign_in("preferred_username=anna-press").status == 302; });
  EXPECT_EQ(status(), 200) << "another account's change leaves it";
  auto accounts = office.accounts;
  accounts[PersonId{"ana"}] = {PersonId{"ana"}, {Role::viewer}, office.accounts.begin()->second.password, ""};
  office.write(accounts);
  test::wait_for([&] { return status() == 401; });
}

TEST(Oidc, TheProvidersEllipticKeyCountsToo) {
  Browser browser;
  EXPECT_EQ(browser.sign_in("sign=ES256").status, 302);
  EXPECT_EQ(browser.sign_in("aud=[\"kulla\"]").status, 302);
  EXPECT_EQ(browser.sign_in("aud=[\"kulla\",\"b\"]&azp=kulla").status, 302);
  EXPECT_EQ(browser.sign_in("groups=kulla-press").status, 302);
}

TEST(Oidc, ATokenThatIsWrongInAnyWaySignsNobodyIn) {
  Browser browser;
  for (const auto* fault : {"sign=none", "sign=HS256", "sign=stranger", "iss=http://evil.example", "iss=@", "aud=other", "aud=@",
                            "aud=[\"kulla\",\"b\"]", "nonce=old", "nonce=@", "exp=1000", "exp=@", "iat=1000", "iat=99999999999",
                            "groups=[\"staff\"]", "groups=@", "preferred_username=@", "preferred_username=a%20b", "preferred_username=7"}) {
    const auto reply = browser.sign_in(fault);
    EXPECT_THAT(reply.status, testing::AnyOf(401, 503)) << fault << reply.body;
    EXPECT_EQ(reply.headers.count("set-cookie"), 0U) << fault;
  }
  EXPECT_EQ(browser.server->counts().sessions_now, 0U);
}

TEST(Oidc, ASignInCountsOnceAndInTheBrowserThatBeganIt) {
  Browser browser;
  const auto back = browser.come_back(), other = browser.come_back();
  EXPECT_EQ(browser.get(back.target).status, 400);
  EXPECT_EQ(browser.get(back.target, other.badge).status, 400);
  EXPECT_EQ(browser.get(back.target, back.badge).status, 302);
  EXPECT_EQ(browser.get(back.target, back.badge).status, 400);
  EXPECT_EQ(browser.get("/api/v1/session/oidc/return?state=x&code=y", other.badge).status, 400);
}

TEST(Oidc, APersonInABrowserIsLedBackToThePageWhichSaysWhy) {
  Browser browser;
  const auto led = [&](const std::string& target, const test::Badge& badge = {}) {
    const auto& server = *browser.server;
    const auto reply = HttpPeer{server.address()}.ask(fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Mode: navigate\r\n\r\n", target, server.address(), badge.cookie));
    EXPECT_EQ(reply.status, 302) << reply.body;
    return reply.headers.contains("location") ? reply.headers.at("location") : "";
  };
  EXPECT_EQ(led("/api/v1/session/oidc/return?state=x&code=y"), "/?sign_in=sign_in_expired");
  for (const auto& [fault, why] : {std::pair{"groups=@", "no_role"}, {"preferred_username=anna-operator", "name_taken"}}) {
    const auto back = browser.come_back();
    EXPECT_EQ(browser.provider.get(std::string{"/next?"} + fault).status, 200);
    EXPECT_EQ(led(back.target, back.badge), std::string{"/?sign_in="} + why);
  }
  {
    Provider gone;
    browser.running.settings.oidc = gone.settings();
  }
  browser.server = Server::start(browser.running.settings, browser.running.office.backend, browser.clock).value();
  EXPECT_EQ(led("/api/v1/session/oidc/start"), "/?sign_in=no_provider");
}

TEST(Oidc, ACodeOfAnotherSignInIsWorthNothing) {
  Browser browser;
  const auto mine = browser.come_back(), stolen = browser.come_back();
  const auto code = after(stolen.target, "code=").substr(0, after(stolen.target, "code=").find('&'));
  const auto state = after(mine.target, "state=");
  EXPECT_NE(browser.get("/api/v1/session/oidc/return?code=" + code + "&state=" + state, mine.badge).status, 302);
}

TEST(Oidc, AProviderThatIsAwayIsSaidSo) {
  Browser browser;
  {
    Provider gone;
    browser.running.settings.oidc = gone.settings();
  }
  browser.server = Server::start(browser.running.settings, browser.running.office.backend, browser.clock).value();
  EXPECT_EQ(browser.get("/api/v1/session/oidc/start").status, 503);
}

/// Takes connections and never answers, until it goes.
class SilentProvider {
 public:
  std::string issuer() const { return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  /// How many have come since the last look; they are cut off.
  int came() {
    int count = 0;
    for (boost::system::error_code none; !none;) {
      boost::asio::ip::tcp::socket socket{context_};
      acceptor_.accept(socket, none);
      if (!none) ++count;
    }
    return count;
  }
  /// Whether whoever came first has not given up yet; is cut off.
  bool is_waited_for() {
    boost::asio::ip::tcp::socket socket{context_};
    boost::system::error_code error;
    acceptor_.accept(socket, error);
    if (!error) socket.non_blocking(true);
    for (std::array<char, 4096> bytes; !error;) (void)socket.read_some(boost::asio::buffer(bytes), error);
    return error == boost::asio::error::would_block;
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_ = [this] {
    boost::asio::ip::tcp::acceptor acceptor{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    acceptor.non_blocking(true);
    return acceptor;
  }();
};

TEST(Oidc, AProviderThatKeepsUsWaitingDelaysNobodyElse) {
  auto provider = std::make_unique<SilentProvider>();
  Running running{[&](ServerSettings& settings) {
    settings.oidc = OidcSettings{.issuer = provider->issuer(),
                                 .client = "kulla",
                                 .return_url = "http://localhost/api/v1/session/oidc/return",
                                 .roles = {{"a", Role::press}}};
    settings.workers = 1;
  }};
  std::vector<std::unique_ptr<HttpPeer>> strangers;
  for (int i = 0; i < 8; ++i) {
    strangers.push_back(std::make_unique<HttpPeer>(running.server().address()));
    strangers.back()->say(running.get("/api/v1/session/oidc/start"));
  }
  test::wait_for([&] { return running.server().counts().requests == 8; });
  const auto badge = running.sign_in("anna-operator");
  EXPECT_EQ(running.peer().ask(running.get("/api/v1/now", badge)).status, 200);
  EXPECT_EQ(running.peer().ask(running.send("POST", "/api/v1/close", "{}", badge)).status, 200);
  EXPECT_TRUE(provider->is_waited_for()) << "they were answered only once it was given up";
  provider.reset();
  for (const auto& each : strangers) EXPECT_EQ(each->read().status, 503);
}

TEST(Oidc, AProviderThatDidNotAnswerIsNotAskedByEachWhoComes) {
  SilentProvider provider;
  Running running{[&](ServerSettings& settings) {
    settings.oidc = OidcSettings{.issuer = provider.issuer(),
                                 .client = "kulla",
                                 .return_url = "http://localhost/api/v1/session/oidc/return",
                                 .roles = {{"a", Role::press}}};
  }};
  const auto start = [&] {
    auto peer = std::make_unique<HttpPeer>(running.server().address());
    peer->say(running.get("/api/v1/session/oidc/start"));
    return peer;
  };
  const auto first = start();
  test::wait_for([&] { return provider.came() == 1; });
  const auto away = first->read();
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.headers.at("retry-after"), "10");
  EXPECT_EQ(start()->read().status, 503);
  EXPECT_EQ(provider.came(), 0);
  running.office.clock.go_on(std::chrono::seconds{10});
  const auto later = start();
  test::wait_for([&] { return provider.came() == 1; });
  EXPECT_EQ(later->read().status, 503);
}

TEST(Oidc, StrangersWhoBeginSignInsEndOnlyTheOldest) {
  OidcSignIns sign_ins;
  const auto oldest = sign_ins.begin({}), next = sign_ins.begin({});
  for (std::size_t i = 2; i <= OidcSignIns::most; ++i) (void)sign_ins.begin({});
  EXPECT_FALSE(sign_ins.end(oldest.state, oldest.browser, {}));
  EXPECT_TRUE(sign_ins.end(next.state, next.browser, {}));
  EXPECT_FALSE(sign_ins.end(next.state, next.browser, {}));
  const auto newest = sign_ins.begin({}), late = sign_ins.begin({});
  EXPECT_TRUE(sign_ins.end(newest.state, newest.browser, OidcSignIns::patience - Ticks{1}));
  EXPECT_FALSE(sign_ins.end(late.state, late.browser, OidcSignIns::patience));
}

TEST(Oidc, ASettingThatWouldNotBeSafeIsRefused) {
  SystemClock clock;
  const auto problem = [&clock](const std::function<void(OidcSettings&)>& change) {
    OidcSettings settings{.issuer = "https://idp.example",
                          .client = "kulla",
                          .return_url = "https://console.example/api/v1/session/oidc/return",
                          .roles = {{"a", Role::press}}};
    change(settings);
    const auto made = IdentityProvider::make(settings, clock);
    return made ? std::string{} : made.error().what;
  };
  EXPECT_EQ(problem([](OidcSettings&) {}), "");
  EXPECT_THAT(problem([](OidcSettings& settings) { settings.issuer = "http://idp.example"; }),
              HasSubstr("issuer: \"http://idp.example\": write https://"));
  EXPECT_THAT(problem([](OidcSettings& settings) { settings.return_url = "http://console.example/api/v1/session/oidc/return"; }),
              HasSubstr("return_url"));
  EXPECT_THAT(problem([](OidcSettings& settings) { settings.roles = {}; }), HasSubstr("roles"));
}
}  // namespace
}  // namespace kulla::serve
