// A desk with a fake backend, a clock that stands still, and an account for each role: anna-ROLE, with the password below.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "base/file.hpp"
#include "serve/desk.hpp"
#include "serve/fake_backend.hpp"

namespace kulla::serve::test {

class StandingClock final : public Clock {
 public:
  std::atomic<std::int64_t> mono = 1'000'000;
  [[nodiscard]] Moment now() const override {
    const Ticks since{mono.load()};
    return {Timestamp{std::chrono::hours{24 * 365 * 50}} + since, since};
  }
  [[nodiscard]] std::string boot() const override { return "boot"; }
  void go_on(Ticks by) { mono += by.count(); }
};

inline const std::string password = "correct horse battery";
/// As cheap as libsodium has it: what a hash costs is tested nowhere but in accounts_test.
constexpr PasswordCost cheap{1, 8192};

/// Who is signed in, as a browser holds it.
struct Badge {
  std::string cookie, csrf;
  std::string device = {};  ///< the cookie by which the browser is known from then on
};

class Office {
 public:
  explicit Office(bool tls = true, std::string totp = {});
  [[nodiscard]] std::unique_ptr<Desk> make_desk();  ///< as after a restart: with the same key for devices
  [[nodiscard]] Answer ask(const Request& request);  ///< work for other threads is done at once; a stream is 200
  [[nodiscard]] static Request get(std::string path, const Badge& badge = {});
  [[nodiscard]] static Request post(std::string path, const json::object& body, const Badge& badge = {});
  [[nodiscard]] Request sign_in_request(const std::string& person, const std::string& secret, const std::string& code = {}) const;
  [[nodiscard]] Badge sign_in(const std::string& person, const std::string& code = {});
  [[nodiscard]] Badge badge_of(Role role) { return sign_in("anna-" + std::string{name(role)}); }
  void write(const Accounts& accounts) const;

  bool tls;
  TemporaryFolder folder = *TemporaryFolder::make("serve-test");
  StandingClock clock;
  FakeBackend backend;
  Tally tally{};
  ServerSettings settings;
  Accounts accounts;
  std::unique_ptr<Desk> desk;
};

/// The first of that name.
[[nodiscard]] std::string header_of(const Answer& answer, std::string_view name);
/// Names and values of the cookies that are set.
[[nodiscard]] std::vector<std::string> cookies_set_by(const Answer& answer);
[[nodiscard]] json::object object_of(const Answer& answer);
/// {"error":{"code":…}}
[[nodiscard]] std::string error_of(const Answer& answer);

}  // namespace kulla::serve::test
