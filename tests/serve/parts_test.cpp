// The small parts of the server, each by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "serve/office.hpp"
#include "serve/places.hpp"

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// --- routes

TEST(Routes, APathHasOneMeaning) {
  const auto endpoint = [](std::string_view path) {
    const auto found = find_route(Method::get, path);
    const auto* matched = std::get_if<Matched>(&found);
    return matched ? std::string{matched->route->name} : std::string{};
  };
  EXPECT_EQ(endpoint("/"), "console");
  EXPECT_EQ(endpoint("/api/v1/facts"), "facts");
  EXPECT_EQ(endpoint("/api/v1/facts/7"), "fact");
  EXPECT_EQ(endpoint("/api/v1/services/a/preview"), "preview");
  for (const auto* path :
       {"", "api/v1/now", "//", "/api/v1/now/", "/api/v1//now", "/API/v1/now", "/api/v1/facts/", "/api/v1/facts/%", "/api/v1/facts/%00",
        "/api/v1/facts/%ff", "/api/v1/facts/%0a", "/a/b/c/d/e/f/g/h/i/j", "/api/v1/n%6fw", "http://console.example/"})
    EXPECT_EQ(endpoint(path), "") << path;
  EXPECT_EQ(endpoint("/api/v1/services/" + std::string(1024, 'a')), "service");
  EXPECT_EQ(endpoint("/api/v1/services/" + std::string(1025, 'a')), "");
}

TEST(Routes, NoTwoRoutesAreTheSame) {
  for (const auto& a : routes())
    for (const auto& b : routes()) EXPECT_TRUE(&a == &b || a.path != b.path || a.method != b.method) << a.path;
}

TEST(Routes, AQueryIsReadWholeOrNotAtAll) {
  EXPECT_EQ(parse_query(""), Parameters{});
  EXPECT_EQ(parse_query("a=1&b=%20+x&c"), (Parameters{{"a", "1"}, {"b", "  x"}, {"c", ""}}));
  for (const auto* query : {"a=1&a=2", "=1", "a=%", "a=%zz", "a=%ff", "a=%0d%0aX: y"}) EXPECT_EQ(parse_query(query), std::nullopt) << query;
  EXPECT_EQ(parse_query("a=" + std::string(1025, 'x')), std::nullopt);
  std::string many;
  for (int i = 0; i < 17; ++i) many += "a" + std::to_string(i) + "=&";
  EXPECT_EQ(parse_query(many), std::nullopt);
}

// --- limits

RC_GTEST_PROP(TokenBuckets, NeverGrantMoreThanTheirBurstAndWhatComesBack, ()) {
  const int burst = *rc::gen::inRange(1, 10);
  const auto each = Ticks{*rc::gen::inRange(1, 1000)};
  TokenBuckets buckets{{burst, each}};
  Ticks now{};
  int granted = 0;
  for (const auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 500))) {
    now += Ticks{step};
    const auto wait = buckets.take("a", now);
    if (!wait) ++granted;
    else RC_ASSERT(*wait > Ticks{} && *wait <= each);
    RC_ASSERT(granted <= burst + now / each);
  }
}

TEST(TokenBuckets, AWaitThatIsWaitedForIsEnough) {
  TokenBuckets buckets{{2, 100ms}};
  EXPECT_FALSE(buckets.take("a", 0ms));
  EXPECT_FALSE(buckets.take("a", 0ms));
  const auto wait = buckets.take("a", 30ms);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, 70ms);
  EXPECT_TRUE(buckets.take("a", 99ms));
  EXPECT_FALSE(buckets.take("a", 100ms));
}

TEST(TokenBuckets, ForgetWhoIsFullAgainAndHoldNoMoreThanTheirPlaces) {
  TokenBuckets buckets{{1, 100ms}, 2};
  EXPECT_FALSE(buckets.take("a", 0ms));
  EXPECT_FALSE(buckets.take("b", 50ms));
  EXPECT_TRUE(buckets.take("c", 60ms));
  EXPECT_FALSE(buckets.take("c", 100ms));
  EXPECT_EQ(buckets.size(), 2U);
}

// --- places

struct Rooms {
  Places places;
  std::vector<std::string> ended;
  Place* take(const std::string& network, const std::string& name, bool signed_in = false) {
    auto* place = places.take(network);
    if (!place) return nullptr;
    place->signed_in = signed_in;
    place->end = [this, name] { ended.push_back(name); };
    return place;
  }
};

TEST(Places, TheOldestStrangerOfACrowdedNetworkLeaves) {
  Rooms rooms{{10, 2}, {}};
  rooms.take("a", "a1");
  rooms.take("b", "b1");
  rooms.take("a", "a2");
  EXPECT_TRUE(rooms.take("a", "a3"));
  EXPECT_THAT(rooms.ended, ElementsAre("a1"));
  EXPECT_EQ(rooms.places.crowded(), 1U);
}

TEST(Places, WhoIsSignedInStaysAndStrangersFromEverywhereAreCrowdedOut) {
  Rooms rooms{{3, 3}, {}};
  rooms.take("a", "a1", true);
  rooms.take("b", "b1");
  rooms.take("c", "c1");
  EXPECT_TRUE(rooms.take("d", "d1"));
  EXPECT_THAT(rooms.ended, ElementsAre("b1"));
}

TEST(Places, WhereAllAreSignedInTheNewOneDoesNotComeIn) {
  Rooms rooms{{2, 2}, {}};
  auto* first = rooms.take("a", "a1", true);
  rooms.take("b", "b1", true);
  EXPECT_FALSE(rooms.take("c", "c1"));
  rooms.places.leave(first);
  EXPECT_TRUE(rooms.take("c", "c1"));
}

TEST(Places, WhoHasTooManyStreamsLosesTheOneThatBeganFirst) {
  Rooms rooms{{10, 10}, {}};
  auto* first = rooms.take("a", "a1", true);
  auto* second = rooms.take("a", "a2", true);
  auto* third = rooms.take("a", "a3", true);
  auto* others = rooms.take("a", "b1", true);
  rooms.places.begin_stream(others, "petrit", 2);
  rooms.places.begin_stream(third, "anna", 2);
  rooms.places.begin_stream(first, "anna", 2);
  EXPECT_THAT(rooms.ended, testing::IsEmpty());
  rooms.places.begin_stream(second, "anna", 2);
  EXPECT_THAT(rooms.ended, ElementsAre("a3"));
  rooms.places.leave(third);
  rooms.places.leave(first);
  rooms.places.begin_stream(rooms.take("a", "a4", true), "anna", 2);
  EXPECT_THAT(rooms.ended, ElementsAre("a3"));
}

RC_GTEST_PROP(Places, NeverHoldMoreThanTheyMay, ()) {
  Places places{5, 3};
  std::vector<Place*> held;
  for (const auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8))) {
    if (step < 5) {
      if (auto* place = places.take(std::string(1, static_cast<char>('a' + step)))) held.push_back(place);
    } else if (!held.empty()) {
      auto* place = held[static_cast<std::size_t>(step) % held.size()];
      if (step == 7) place->signed_in = true;
      else {
        std::erase(held, place);
        places.leave(place);
      }
    }
    RC_ASSERT(std::ranges::count_if(held, [](const Place* each) { return !each->ended; }) <= 5);
    for (const std::string network : {"a", "b", "c", "d", "e"})
      RC_ASSERT(std::ranges::count_if(held, [&](const Place* each) { return !each->ended && each->network == network; }) <= 3);
  }
  for (auto* place : held) places.leave(place);
  RC_ASSERT(places.size() == 0U);
}

// --- the stream's queue

TEST(Subscription, GivesEventsInOrderAndWakesAtEach) {
  Subscription subscription;
  int woken = 0;
  subscription.on_news([&] { ++woken; });
  EXPECT_TRUE(subscription.push(std::make_shared<std::string>("a")));
  EXPECT_TRUE(subscription.push(std::make_shared<std::string>("b")));
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(*subscription.pop(), "a");
  subscription.close();
  EXPECT_EQ(woken, 3);
  EXPECT_FALSE(subscription.push(std::make_shared<std::string>("c")));
  EXPECT_EQ(*subscription.pop(), "b");
  EXPECT_EQ(subscription.pop(), nullptr);
  EXPECT_FALSE(subscription.too_slow());
}

TEST(Subscription, ClosesOnAReaderWhoIsTooSlowAndFreesWhatWaited) {
  Subscription subscription{10};
  const auto event = std::make_shared<std::string>("123456");
  EXPECT_TRUE(subscription.push(event));
  EXPECT_EQ(*subscription.pop(), "123456");
  EXPECT_TRUE(subscription.push(event));
  EXPECT_FALSE(subscription.push(event));
  EXPECT_TRUE(subscription.too_slow());
  EXPECT_EQ(subscription.pop(), nullptr);
  EXPECT_EQ(event.use_count(), 1);
}

// --- guard

TEST(Hosts, ANameWithoutAPortMeansThePortListenedOn) {
  const Hosts hosts{{"console.example", "[::1]", "other.example:9"}, 8443, true};
  for (const auto* host : {"console.example", "console.example:8443", "[::1]:8443", "[::1]", "other.example:9"})
    EXPECT_TRUE(hosts.has(host)) << host;
  for (const auto* host : {"other.example", "console.example:443", "", ":8443"}) EXPECT_FALSE(hosts.has(host)) << host;
}

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(cookie("a=1; kulla=2; b=3", "kulla"), "2");
  EXPECT_EQ(cookie("kulla=", "kulla"), "");
  for (const auto* line : {"", "kull=2", "xkulla=2", "kulla", "kulla=2;kulla=3", "kullax=2"})
    EXPECT_EQ(cookie(line, "kulla"), std::nullopt) << line;
}

// --- gzip

TEST(Squeeze, GivesBackWhatWentIn) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "{\"number\":" + std::to_string(i) + "},";
  const auto small = squeeze(text);
  ASSERT_NE(small, nullptr);
  std::string out(text.size() + 1, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(small->data()));
  stream.avail_in = static_cast<uInt>(small->size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(out, text);
}

TEST(Squeeze, LeavesWhatIsSmallOrDoesNotShrink) {
  EXPECT_EQ(squeeze(std::string(1000, 'a')), nullptr);
  std::mt19937_64 random{7};
  std::string noise(5000, '\0');
  for (auto& each : noise) each = static_cast<char>(random());
  EXPECT_EQ(squeeze(noise), nullptr);
}

TEST(Squeeze, CompressesOnceWhatSeveralGet) {
  Squeezer squeezer;
  const Text text = std::make_shared<std::string>(10'000, 'a');
  const std::weak_ptr<const std::string> first = squeezer.of(text);
  EXPECT_EQ(squeezer.of(text), first.lock()) << "kept, as nobody held it";
  EXPECT_NE(first.lock(), nullptr);
}

TEST(Squeeze, KeepsNothingThatIsLarge) {
  Squeezer squeezer;
  Text text = std::make_shared<std::string>(Squeezer::kept_up_to + 1, 'a');
  auto small = squeezer.of(text);
  EXPECT_EQ(squeezer.of(text), small) << "shared while it is being sent";
  const std::weak_ptr<const std::string> kept_text = text, kept_small = small;
  text.reset(), small.reset();
  EXPECT_TRUE(kept_text.expired());
  EXPECT_TRUE(kept_small.expired());
}

// --- accounts

const std::string someone = "[[account]]\nperson = \"anna\"\nroles = [\"press\"]\npassword = \"$argon2id$x\"\n";

TEST(Accounts, AreReadAsTheyAreWritten) {
  Accounts accounts;
  accounts[PersonId{"anna"}] = {PersonId{"anna"}, {Role::viewer, Role::operator_}, "$argon2id$v=19$m=8,t=1,p=1$abc$def", ""};
  accounts[PersonId{"b.c@d"}] = {PersonId{"b.c@d"}, {Role::viewer}, "$argon2id$x", "JBSWY3DPEHPK3PXP"};
  EXPECT_EQ(parse_accounts(to_toml(accounts), "accounts.toml").value(), accounts);
}

TEST(Accounts, WhoeverHasAnyRoleMayRead) {
  EXPECT_EQ(parse_accounts(someone, "a").value().at(PersonId{"anna"}).roles, (Roles{Role::viewer, Role::press}));
}

TEST(Accounts, AMistakeNamesItsLine) {
  const std::map<std::string, std::string> wrong{
      {"[[account]]\nperson = \"anna smith\"\nroles = []\npassword = \"$argon2id$x\"\n", "a:2: account.person: write 1 to 64 letters"},
      {"[[account]]\nperson = \"anna\"\nroles = [\"root\"]\npassword = \"$argon2id$x\"\n",
       "a:3: account.roles: unknown role \"root\"; known: viewer"},
      {"[[account]]\nperson = \"anna\"\nroles = []\npassword = \"secret\"\n",
       "a:4: account.password: set it with 'kulla account password'"},
      {someone + someone, "a:6: account.person: has an account above already"},
      {someone + "admin = true\n", "unknown key \"admin\""},
      {"[[account]", "a:1: "}};
  for (const auto& [text, problem] : wrong) {
    const auto accounts = parse_accounts(text, "a");
    ASSERT_FALSE(accounts) << text;
    EXPECT_THAT(accounts.error().what, HasSubstr(problem));
  }
}

TEST(Accounts, AFileThatOthersMayReadIsRefused) {
  const auto folder = TemporaryFolder::make("serve-test").value();
  const auto file = folder.path() / "accounts.toml";
  ASSERT_TRUE(write_accounts(file, {}));
  struct stat found{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_TRUE(read_accounts(file));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_THAT(read_accounts(file).error().what, HasSubstr("chmod 600"));
}

TEST(Accounts, WhatRootWritesTheDaemonCanStillRead) {
  const auto folder = TemporaryFolder::make("serve-test").value();
  const auto file = folder.path() / "accounts.toml";
  ASSERT_TRUE(write_accounts(file, {}));
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(file.c_str(), 65534, 65533), 0);
  }
  ASSERT_EQ(::chmod(file.c_str(), 0400), 0);
  ASSERT_TRUE(change_accounts(file, [](Accounts& accounts) -> Result<> {
    accounts = parse_accounts(someone, "a").value();
    return {};
  }));
  struct stat found{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0400U);
  EXPECT_EQ(found.st_uid, root ? 65534 : ::geteuid());
  EXPECT_EQ(found.st_gid, root ? 65533 : ::getegid());
  EXPECT_EQ(read_accounts(file).value().size(), 1U);
}

TEST(Accounts, WhoChangesThemAtOnceLosesNothing) {
  const auto folder = TemporaryFolder::make("serve-test").value();
  const auto file = folder.path() / "accounts.toml";
  const auto add = [&](const std::string& prefix) {
    for (int i = 0; i < 20; ++i) {
      const auto changed = change_accounts(file, [&](Accounts& accounts) -> Result<> {
        const PersonId person{prefix + std::to_string(i)};
        accounts[person] = {person, {Role::viewer}, "$argon2id$x", ""};
        return {};
      });
      EXPECT_TRUE(changed);
    }
  };
  std::jthread one{add, "a"}, two{add, "b"}, three{add, "c"};
  one.join(), two.join(), three.join();
  EXPECT_EQ(read_accounts(file).value().size(), 60U);
}

TEST(Accounts, AChangeThatFailsLeavesTheFileAsItWas) {
  const auto folder = TemporaryFolder::make("serve-test").value();
  const auto file = folder.path() / "accounts.toml";
  EXPECT_FALSE(change_accounts(file, [](Accounts&) -> Result<> { return fail(Code::not_found, "nobody"); }));
  EXPECT_FALSE(std::filesystem::exists(file));
  ASSERT_TRUE(write_file_atomic(file, "not TOML", 0600));
  EXPECT_FALSE(change_accounts(file, [](Accounts&) -> Result<> { return {}; }));
  EXPECT_EQ(read_file(file, 100).value(), "not TOML");
}

TEST(Passwords, AreArgon2idAtTheRecommendedCost) {
  const auto hash = hash_password("correct horse battery").value();
  EXPECT_THAT(hash, testing::StartsWith("$argon2id$v=19$m=65536,t=3,p=1$"));
  EXPECT_TRUE(is_password(hash, "correct horse battery"));
  EXPECT_FALSE(is_password(hash, "correct horse batterz"));
  EXPECT_FALSE(is_password("", ""));
  EXPECT_FALSE(is_password("$argon2id$nonsense", "x"));
  EXPECT_FALSE(is_password(std::string(500, '$'), "x"));
  EXPECT_FALSE(hash_password("short"));
  EXPECT_FALSE(hash_password(std::string(2000, 'x')));
}

TEST(Totp, AgreesWithTheSpecification) {
  // RFC 6238, appendix B: the secret "12345678901234567890" with SHA-1, the last six digits.
  const std::string secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const std::map<std::int64_t, std::string> codes{{1111111109, "081804"}, {1234567890, "005924"}, {2000000000, "279037"}};
  for (const auto& [second, code] : codes) {
    const auto at = [&](std::int64_t by) { return totp_step(secret, code, Timestamp{std::chrono::seconds{second + by}}); };
    EXPECT_EQ(at(0), second / 30);
    EXPECT_EQ(at(30), second / 30);
    EXPECT_EQ(at(-30), second / 30);
    EXPECT_EQ(at(60), std::nullopt);
    EXPECT_EQ(at(-61), std::nullopt);
  }
  for (const auto* code : {"", "28708", "2870820", "28708a", " 287082"})
    EXPECT_EQ(totp_step(secret, code, Timestamp{59s}), std::nullopt) << code;
  EXPECT_EQ(totp_step(secret, "287082", Timestamp{59s}), 1);
  EXPECT_EQ(totp_step("not base32!", "287082", Timestamp{59s}), std::nullopt);
}

TEST(Totp, ASecretIsNewAndReadable) {
  const auto secret = new_totp_secret().value();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_NE(secret, new_totp_secret().value());
  EXPECT_EQ(totp_uri(PersonId{"anna"}, secret), "otpauth://totp/kulla:anna?secret=" + secret + "&issuer=kulla");
}
}  // namespace
}  // namespace kulla::serve
