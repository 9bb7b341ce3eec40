#include "serve/desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include "serve/embedded.hpp"

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;
// A console asks for about ten things as it loads, and then for little; fifty of them behind one address may come back at once.
constexpr TokenBuckets::Rate for_a_client{600, 10ms}, for_a_session{120, 50ms};
constexpr std::size_t body_limit = std::size_t{64} << 10;

/// A body of JSON is an object; one that is not there is empty.
Result<json::object> body_of(const Request& request) {
  if (request.body.empty()) return json::object{};
  KULLA_TRY(auto value, parse_json(request.body, body_limit));
  if (!value.is_object()) return fail(Code::bad_json, "the body is not a JSON object");
  return std::move(value.get_object());
}

/// As esbuild names files: console-2FVX7QPA.js.
bool names_its_content(std::string_view file) {
  const auto end = file.rfind('.');
  const auto begin = file.rfind('-', end);
  if (begin == std::string_view::npos || end == std::string_view::npos || end - begin != 9) return false;
  return file.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", begin + 1) == end;
}

Lane lane_of(const Route& route) {
  static constexpr std::array reports{Endpoint::timeline, Endpoint::facts, Endpoint::report, Endpoint::incident_report,
                                      Endpoint::offer_acceptance};
  if (std::ranges::find(reports, route.endpoint) != reports.end()) return Lane::reports;
  return route.changes() ? Lane::changes : Lane::reads;
}

/// What a library or the backend throws ends one answer, not the server.
template <typename Work>
Answer guarded(const Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return refusal(500, "internal", fmt::format("this could not be answered: {}", error.what()));
  }
}
}  // namespace

Desk::Desk(const ServerSettings& settings, Hosts hosts, Devices devices, bool tls, AccountsFile accounts, Backend& backend,
           const Clock& clock, Tally& tally, std::shared_ptr<IdentityProvider> provider)
    : settings_(settings),
      hosts_(std::move(hosts)),
      devices_(devices),
      tls_(tls),
      accounts_(std::move(accounts)),
      backend_(backend),
      clock_(clock),
      tally_(tally),
      sessions_({.idle = settings.session_idle, .age = settings.session_age, .most = settings.sessions}),
      clients_(for_a_client),
      people_(for_a_session),
      browsers_(for_a_session),
      provider_(std::move(provider)),
      openapi_(std::make_shared<std::string>(openapi_document())) {
  for (const auto& [name, asset] : settings.assets)
    assets_[name] = {&asset, std::make_shared<std::string>(asset.content),
                     asset.gzip.empty() ? nullptr : std::make_shared<std::string>(asset.gzip),
                     fmt::format("\"{}\"", to_hex(sha256(asset.content)).substr(0, 32))};
}

Desk::Handler Desk::handler_of(const Route& route) {
  static const std::map<Endpoint, Handler> own{{Endpoint::session, &Desk::show_session},
                                               {Endpoint::sign_in, &Desk::sign_in},
                                               {Endpoint::sign_out, &Desk::sign_out},
                                               {Endpoint::sign_in_methods, &Desk::sign_in_methods},
                                               {Endpoint::oidc_start, &Desk::oidc_start},
                                               {Endpoint::oidc_return, &Desk::oidc_return},
                                               {Endpoint::stream, &Desk::stream},
                                               {Endpoint::openapi, &Desk::openapi},
                                               {Endpoint::metrics, &Desk::metrics},
                                               {Endpoint::health_live, &Desk::health_live},
                                               {Endpoint::health_ready, &Desk::health_ready},
                                               {Endpoint::console, &Desk::console},
                                               {Endpoint::asset, &Desk::asset}};
  return route.served == Served::own ? own.at(route.endpoint) : &Desk::call_backend;
}

const Session* Desk::session_of(const Request& request, bool uses) {
  const auto token = cookie(request.cookie, tls_ ? "__Host-kulla" : "kulla");
  return token ? sessions_.find(*token, clock_.now().mono, uses) : nullptr;
}
bool Desk::knows(const Request& request) { return session_of(request, false) != nullptr; }
bool Desk::still_in(std::string_view session) const { return sessions_.named(session, clock_.now().mono) != nullptr; }

Desk::Outcome Desk::receive(const Request& request) {
  ++tally_.requests;
  if (!hosts_.has(request.host)) {
    ++tally_.refused;
    return refusal(421, "foreign_host", "this server does not answer for that host; the config's [console] hosts names those it does");
  }
  if (const auto wait = too_soon(request)) {
    ++tally_.limited;
    return too_many(*wait);
  }
  const auto found = find_route(request.method, request.path);
  if (const auto* other = std::get_if<OtherMethods>(&found)) {
    auto answer = refusal(405, "no_such_method", fmt::format("this path takes {}", other->allow));
    answer.headers.emplace_back("Allow", other->allow);
    return answer;
  }
  if (const auto* matched = std::get_if<Matched>(&found)) return dispatch(request, *matched);
  return refusal(404, "not_found", "no such path; /api/v1/openapi.json lists them");
}

/// Strangers share what their network may ask; who is signed in, or comes from a browser in which somebody was, is not held up by them.
std::optional<Ticks> Desk::too_soon(const Request& request) {
  const auto now = clock_.now();
  if (const auto* session = session_of(request, false)) return people_.take(session->name, now.mono);
  if (const auto device = devices_.any(request.cookie, now.wall)) return browsers_.take(*device, now.mono);
  return clients_.take(request.network, now.mono);
}

std::optional<Answer> Desk::refuse(const Request& request, const Matched& matched, const Session* session) {
  const auto& route = *matched.route;
  if (route.who != Route::Who::anyone && !session) return refusal(401, "not_signed_in", "sign in first");
  if (session && !route.allows(session->roles)) return refusal(403, "not_your_role", "your roles do not allow this");
  if (!route.changes()) return {};
  if (!hosts_.same_origin(request)) return refusal(403, "foreign_page", "a page of another server may not do this");
  if (route.who != Route::Who::anyone && !same_secret(request.csrf, session->csrf))
    return refusal(403, "no_csrf_token", "send the session's csrf in X-Kulla-Csrf");
  if (route.method == Method::post && !is_json(request.content_type))
    return refusal(415, "not_json", "send Content-Type: application/json");
  return {};
}

Desk::Outcome Desk::dispatch(const Request& request, const Matched& matched) {
  const auto* session = session_of(request, matched.route->endpoint != Endpoint::stream);
  if (auto refused = refuse(request, matched, session)) {
    ++tally_.refused;
    return std::move(*refused);
  }
  const auto query = parse_query(request.query);
  if (!query) return refusal(400, "bad_query", "the query is malformed, says a name twice, or is too long");
  auto body = body_of(request);
  if (!body) return refusal(body.error());
  Asked asked{request, matched, *query, session, std::move(*body)};
  return (this->*handler_of(*matched.route))(asked);
}

// --- the backend's

Desk::Outcome Desk::call_backend(Asked& asked) {
  const auto& route = *asked.matched.route;
  Call call{{asked.session->person, asked.session->roles, asked.session->name}, asked.matched.path, asked.query, std::move(asked.body)};
  auto work = [&backend = backend_, squeezer = squeezer_, &route, call = std::move(call), gzip = asked.request.takes_gzip]() -> Finish {
    auto answer = guarded([&]() -> Answer {
      auto text = backend.answer(route.endpoint, call);
      if (!text) return refusal(text.error());
      Answer good{.body = std::move(*text)};
      if (gzip) good.gzip = squeezer->of(good.body);
      if (route.served == Served::page) good.type = "text/html; charset=utf-8", good.policy = Policy::page;
      return good;
    });
    return [answer = std::move(answer)] { return answer; };
  };
  return Later{lane_of(route), std::move(work), asked.session->name};
}

Desk::Outcome Desk::stream(Asked& asked) {
  std::uint64_t from = 0;
  if (const auto text = asked.query.find("from"); text != asked.query.end()) {
    const auto* end = text->second.data() + text->second.size();
    if (const auto [at, error] = std::from_chars(text->second.data(), end, from); at != end || error != std::errc{})
      return refusal(400, "bad_argument", "from is a fact's number");
  }
  if (tally_.streams_now >= settings_.streams) {
    ++tally_.limited;
    return too_many(10s);
  }
  return Live{from, asked.session->name, asked.session->person};
}

// --- what programs ask for

Desk::Outcome Desk::metrics(Asked&) {
  auto work = [&backend = backend_, own = own_metrics()]() -> Finish {
    auto answer = guarded([&] { return Answer{.body = std::make_shared<std::string>(backend.metrics() + own)}; });
    if (answer.status == 200) answer.type = "text/plain; version=0.0.4; charset=utf-8";
    return [answer = std::move(answer)] { return answer; };
  };
  return Later{Lane::programs, std::move(work)};
}

std::string Desk::own_metrics() const {
  struct Line {
    std::string_view name, type, help;
    const std::atomic<std::uint64_t>& value;
  };
  const std::array lines{Line{"connections_total", "counter", "Connections taken.", tally_.connections},
                         Line{"requests_total", "counter", "Requests read.", tally_.requests},
                         Line{"streams", "gauge", "Live streams.", tally_.streams_now},
                         Line{"sessions", "gauge", "Sessions.", tally_.sessions_now},
                         Line{"crowded_total", "counter", "Connections that found no place or had to leave it.", tally_.crowded},
                         Line{"timed_out_total", "counter", "Handshakes, requests and answers that took too long.", tally_.timed_out},
                         Line{"malformed_total", "counter", "Requests that are not HTTP or over a limit.", tally_.malformed},
                         Line{"limited_total", "counter", "Requests answered 429.", tally_.limited},
                         Line{"refused_total", "counter", "Requests refused for their host, session, role, page or token.", tally_.refused},
                         Line{"slow_readers_total", "counter", "Streams cut off as their reader was too slow.", tally_.slow_readers}};
  std::string text;
  for (const auto& each : lines)
    text += fmt::format("# HELP kulla_console_{0} {1}\n# TYPE kulla_console_{0} {2}\nkulla_console_{0} {3}\n", each.name, each.help,
                        each.type, each.value.load());
  return text;
}

std::vector<std::string> Desk::own_problems() const {
  std::vector<std::string> problems;
  if (!accounts_.problem().empty()) problems.push_back(fmt::format("accounts: {}", accounts_.problem()));
  if (!certificate_problem_.empty()) problems.push_back(fmt::format("certificate: {}", certificate_problem_));
  return problems;
}

Desk::Outcome Desk::health_live(Asked&) { return json_answer({{"live", true}}); }

Desk::Outcome Desk::health_ready(Asked& asked) {
  auto work = [&backend = backend_, named = asked.session != nullptr, own = own_problems()]() -> Finish {
    auto answer = guarded([&] {
      auto health = backend.health();
      health.problems.insert(health.problems.end(), own.begin(), own.end());
      json::object told{{"ready", health.ready}, {"problems", health.problems.size()}};
      if (named) told["what"] = json::array(health.problems.begin(), health.problems.end());
      auto good = json_answer(told);
      good.status = health.ready ? 200 : 503;
      return good;
    });
    return [answer = std::move(answer)] { return answer; };
  };
  return Later{Lane::programs, std::move(work)};
}

Desk::Outcome Desk::openapi(Asked& asked) {
  Answer answer{.body = openapi_};
  if (asked.request.takes_gzip) answer.gzip = squeezer_->of(openapi_);
  return answer;
}

// --- the console's files

Desk::Outcome Desk::console(Asked& asked) { return asset_answer(asked.request, "index.html"); }
Desk::Outcome Desk::asset(Asked& asked) { return asset_answer(asked.request, asked.matched.path.at("file")); }

Answer Desk::asset_answer(const Request& request, std::string_view name) const {
  const auto found = assets_.find(name);
  if (found == assets_.end()) return refusal(404, "not_found", "the console has no such file");
  const auto& kept = found->second;
  Answer answer{.type = kept.asset->type, .may_be_kept = true};
  answer.headers = {{"ETag", kept.etag},
                    {"Cache-Control", names_its_content(name) ? "public, max-age=31536000, immutable" : "no-cache"},
                    {"Vary", "Accept-Encoding"}};
  if (request.if_none_match == kept.etag) {
    answer.status = 304;
    return answer;
  }
  answer.body = kept.content;
  if (request.takes_gzip) answer.gzip = kept.gzip;
  return answer;
}

}  // namespace kulla::serve
