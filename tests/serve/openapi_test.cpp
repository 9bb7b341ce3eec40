// docs/openapi.json against the table of routes, both ways, and against a running server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/process.hpp"
#include "serve/embedded.hpp"
#include "serve/running.hpp"

namespace kulla::serve {
namespace {
using test::Running;

json::object document() { return parse_json(openapi_document()).value().as_object(); }

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& each : result) each = static_cast<char>(std::tolower(each));
  return result;
}

/// "get /api/v1/now now", and whether anyone may: of the document.
std::map<std::string, bool> described() {
  std::map<std::string, bool> operations;
  const auto paths = document().at("paths").as_object();
  for (const auto& [path, methods] : paths)
    for (const auto& [method, operation] : methods.as_object()) {
      const auto* security = operation.as_object().if_contains("security");
      operations[fmt::format("{} {} {}", std::string_view{method}, std::string_view{path},
                             std::string_view{operation.at("operationId").as_string()})] = security && security->as_array().empty();
    }
  return operations;
}

TEST(OpenApi, DescribesEachRouteAndNothingElse) {
  std::map<std::string, bool> served;
  for (const auto& route : routes())
    served[fmt::format("{} {} {}", lower(name(route.method)), route.path, route.name)] = route.who == Route::Who::anyone;
  EXPECT_EQ(described(), served);
}

TEST(OpenApi, NamesTheRolesOfEachRoute) {
  const auto paths = document().at("paths").as_object();
  for (const auto& route : routes()) {
    if (route.who != Route::Who::role) continue;
    std::string roles;
    for (const auto role : {Role::viewer, Role::approver, Role::operator_, Role::press, Role::auditor})
      if (route.allows({role})) roles += (roles.empty() ? "" : " or ") + std::string{name(role)};
    if (route.endpoint == Endpoint::mode) roles = "operator or approver";
    const auto text = paths.at(route.path).at(lower(name(route.method))).at("description").as_string();
    EXPECT_THAT(std::string{text}, testing::StartsWith("Role: " + roles + ".")) << route.name;
  }
}

TEST(OpenApi, NamesAllParametersOfAPath) {
  const auto paths = document().at("paths").as_object();
  for (const auto& route : routes()) {
    std::set<std::string> in_path, named;
    for (auto at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1))
      in_path.emplace(route.path.substr(at + 1, route.path.find('}', at) - at - 1));
    const auto operation = paths.at(route.path).at(lower(name(route.method))).as_object();
    if (const auto* parameters = operation.if_contains("parameters"))
      for (const auto& each : parameters->as_array())
        if (each.at("in") == "path") named.emplace(each.at("name").as_string());
    EXPECT_EQ(named, in_path) << route.name;
  }
}

/// What the daemon answers, as short as it may be.
const std::map<Endpoint, std::string> shapes{
    {Endpoint::now, R"({"number":2,"at":"2022-07-15T10:00:00Z","mode":"act","version":"0","incident":null,
      "ledger":{"facts":2,"durable":2,"head":"00","problem":""},"gate":{"problem":""},"sensors":{},"vantages":[{"id":"v","heard":null,"trusted":true}],
      "next_update":{"by":"2022-07-15T11:00:00Z","overdue":true},
      "services":[{"id":"tax"}],"institutions":[],"alerts":[],"paged":[],"waiting":[],"approvers":[{"person":"anna","services":null,"until":null}],
      "kinds":{"closed":1},"closed_by_attempts":0})"},
    {Endpoint::facts, R"({"facts":[{"number":1,"durable":true,"fact":{}}],"next":null})"},
    {Endpoint::fact, R"({"number":1,"fact":{},"hash":"00","previous":"00","head":{"number":1,"hash":"00"},"durable":true})"},
    {Endpoint::timeline, R"({"first":1,"last":1,"kinds":["closed"],"services":[],"states":[],
      "columns":{"number":[1],"at":[0],"kind":[0],"service":[-1],"lane":[1],"flag":[0],"state":[-1]},
      "onsets":{"number":[1],"earliest":[0],"latest":[1]}})"},
    {Endpoint::service,
     R"({"service":{"id":"tax"},"graph":{"nodes":[],"edges":[]},"closure":null,"history":[],"reports":[],"proofs":[],"trial":null})"},
    {Endpoint::preview, R"({"would":[],"neighbours":[],"requests_an_hour":null})"},
    {Endpoint::backups, R"({"datasets":[]})"},
    {Endpoint::reveal, R"({"address":"192.0.2.1"})"},
    {Endpoint::offer_acceptance,
     R"({"text":{"kulla":"baseline/4","sha256":"00"},"system":"web-1","report":"00","findings":1,"left":0,"signers":["00"]})"},
    {Endpoint::statement,
     R"({"lang":"sq","at":"2022-07-15T10:00:00Z","version":"00","sentences":[],"cannot":[],"withdrawn":[],"released":null})"}};

TEST(OpenApi, IsTrueOfARunningServer) {
  Running running;
  running.office.backend.texts = shapes;
  auto chief = running.office.accounts.at(PersonId{"anna-viewer"});
  chief.person = PersonId{"chief"};
  for (const auto& [role, text] : role_names) chief.roles.insert(role);
  running.office.accounts[chief.person] = chief;
  running.office.write(running.office.accounts);
  const auto badge = running.sign_in("chief");
  std::vector<std::string> command{
      "python3", KULLA_SOURCE_DIR "/tests/serve/api_check.py", running.server().url(), "--cookie", badge.cookie, "--csrf", badge.csrf};
  for (const auto& route : routes())
    if (route.served != Served::own) command.insert(command.end(), {"--expect-ok", std::string{route.name}});
  const auto checked = run(command);
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->exit_code, 0) << checked->out << checked->err;
  EXPECT_THAT(checked->out, testing::HasSubstr(" 0 problems"));
}

TEST(OpenApi, TheCheckFindsAnAnswerThatDoesNotFit) {
  Running running;
  running.office.backend.texts = shapes;
  running.office.backend.texts[Endpoint::backups] = R"({"datasets":{}})";
  const auto badge = running.sign_in();
  const auto checked =
      run({"python3", KULLA_SOURCE_DIR "/tests/serve/api_check.py", running.server().url(), "--cookie", badge.cookie, "--only-read"});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->exit_code, 1) << checked->out << checked->err;
  EXPECT_THAT(checked->out, testing::HasSubstr("GET /api/v1/backups: status 200: at datasets"));
}
}  // namespace
}  // namespace kulla::serve
