// Any bytes as a request of somebody with all roles: the first line is the method and the target, the rest is the body. Whatever comes, there
// is an answer, and the backend sees only what is within its contract.
#include <unistd.h>

#include <filesystem>

#include "serve/desk.hpp"

using namespace kulla;
using namespace kulla::serve;
namespace {
class Watching final : public Backend {
 public:
  Result<std::shared_ptr<const std::string>> answer(Endpoint endpoint, const Call& call) override {
    KULLA_ASSERT(route_of(endpoint).served != Served::own && route_of(endpoint).allows(call.caller.roles));
    for (const auto* parameters : {&call.path, &call.query})
      for (const auto& [name, value] : *parameters) {
        KULLA_ASSERT(!name.empty() && value.size() <= 1024);
        KULLA_ASSERT(parse_json(json::serialize(json::string(value))));
      }
    (void)canonical_size(call.body);
    return std::make_shared<std::string>("{}");
  }
  std::shared_ptr<Subscription> subscribe(std::uint64_t) override { return std::make_shared<Subscription>(); }
  void record(const Happening& happening) override { KULLA_ASSERT(happening.person.empty() || happening.person == PersonId{"chief"}); }
  std::string metrics() override { return {}; }
  Health health() override { return {}; }

 private:
  static std::size_t canonical_size(const json::object& body) { return json::serialize(body).size(); }
};

/// A second a request, so that no limit is what answers.
class Hurrying final : public Clock {
 public:
  [[nodiscard]] Moment now() const override {
    ++ticks_;
    return {Timestamp{ticks_}, ticks_};
  }
  [[nodiscard]] std::string boot() const override { return "boot"; }

 private:
  mutable std::chrono::seconds ticks_{1};
};

struct Setting {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("kulla-fuzz-api-" + std::to_string(::getpid()));
  Watching backend;
  Hurrying clock;
  Tally tally{};
  ServerSettings settings;
  std::unique_ptr<Desk> desk;
  std::string cookie, csrf;

  Setting() {
    std::filesystem::create_directories(folder);
    settings.accounts = folder / "accounts.toml";
    settings.session_idle = settings.session_age = std::chrono::hours{24 * 365 * 1000};
    Account chief{PersonId{"chief"}, {}, hash_password("correct horse battery", {1, 8192}).value(), {}};
    for (const auto& [role, name] : role_names) chief.roles.insert(role);
    KULLA_ASSERT(write_accounts(settings.accounts, {{chief.person, chief}}));
    desk = std::make_unique<Desk>(settings, Hosts{{"h"}, 80, false}, Devices{sha256("device key"), false}, false,
                                  AccountsFile::open(settings.accounts).value(), backend, clock, tally);
    std::filesystem::remove_all(folder);
    sign_in();
  }
  void sign_in() {
    const auto answer = ask(Method::post, "/api/v1/session", R"({"person":"chief","password":"correct horse battery"})", "first");
    cookie = answer.headers.front().second;
    cookie.resize(cookie.find(';'));
    csrf = parse_json(*answer.body).value().at("csrf").as_string();
  }
  Answer ask(std::optional<Method> method, std::string target, std::string body, std::string network) {
    Request request;
    request.method = method;
    const auto mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
    request.host = "h";
    request.content_type = "application/json";
    request.network = std::move(network);
    request.cookie = cookie;
    request.csrf = csrf;
    request.body = std::move(body);
    auto outcome = desk->receive(request);
    if (auto* answer = std::get_if<Answer>(&outcome)) return std::move(*answer);
    if (auto* later = std::get_if<Desk::Later>(&outcome)) {
      // What passwords cost is not what is looked at here.
      if ((later->lane == Lane::strangers || later->lane == Lane::familiar) && !csrf.empty()) return {};
      return later->work()();
    }
    return {};
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static Setting setting;
  static std::uint64_t number = 0;
  const std::string_view text{data, size};
  const auto line_end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, line_end);
  const std::string body{text.substr(std::min(line_end + 1, text.size()))};
  std::optional<Method> method;
  for (const auto each : {Method::get, Method::post, Method::delete_})
    if (line.starts_with(std::string{name(each)} + ' ')) method = each, line.remove_prefix(name(each).size() + 1);
  if (method == Method::delete_) return 0;  // it would sign out
  const auto answer = setting.ask(method, std::string{line}, body, std::to_string(++number));
  KULLA_ASSERT(answer.status >= 200 && answer.status < 600);
  KULLA_ASSERT(answer.status < 400 || parse_json(*answer.body));
  return 0;
}
