#include "daemon/api.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "daemon/evidence.hpp"
#include "daemon/question.hpp"

namespace kulla::daemon {
namespace {
using serve::Call;
using serve::Endpoint;

constexpr std::size_t name_limit = 64;
constexpr std::uint64_t facts_most = 1000;
constexpr std::chrono::milliseconds kept_within{2000};  // a fact, by a disk that is well; a worker waits meanwhile

Api::Text shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }
Result<Api::Text> shared(Result<std::string> text) {
  if (!text) return std::unexpected(std::move(text).error());
  return shared(std::move(*text));
}

std::string path_of(const Call& call, std::string_view name) {
  const auto found = call.path.find(name);
  return found == call.path.end() ? std::string{} : found->second;
}
std::optional<std::string> query_of(const Call& call, std::string_view name) {
  const auto found = call.query.find(name);
  return found == call.query.end() ? std::nullopt : std::optional{found->second};
}
Result<std::uint64_t> number_of(std::string_view name, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > std::uint64_t{integer_limit})
    return fail(Code::bad_argument, fmt::format("\"{}\" is a number", name));
  return number;
}
Result<std::uint64_t> number_in(const Call& call, std::string_view name, std::uint64_t otherwise) {
  const auto text = query_of(call, name);
  return text ? number_of(name, *text) : otherwise;
}
/// What a signature names must be who is signed in: nobody hands in another's.
Result<> is_callers(const json::object* object, std::string_view what, const Call& call) {
  const auto* person = object ? object->if_contains("person") : nullptr;
  if (!person || !person->is_string()) return fail(Code::bad_argument, fmt::format("\"{}\" names no person", what));
  if (person->get_string() == call.caller.person.str()) return {};
  return fail(Code::refused,
              fmt::format("it is {}'s to hand in: sign in as {}", std::string_view{person->get_string()}.substr(0, name_limit),
                          std::string_view{person->get_string()}.substr(0, name_limit)));
}
const json::object* object_in(const json::object& body, std::string_view key) {
  const auto* value = body.if_contains(key);
  return value ? value->if_object() : nullptr;
}
bool has(const Call& call, serve::Role role) { return call.caller.roles.contains(role); }
std::string_view problem_of(const json::object& health, std::string_view of) {
  const auto* part = health.if_contains(of);
  const auto* text = part && part->is_object() ? part->get_object().if_contains("problem") : nullptr;
  return text && text->is_string() ? std::string_view{text->get_string()} : std::string_view{};
}
}  // namespace

PersonId person_at_console(const PersonId& account) { return PersonId{"console:" + (account.empty() ? "?" : account.str())}; }

Result<Api::Text> Api::answer(Endpoint endpoint, const Call& call) {
  using Handler = std::function<Result<Text>(Api&, const Call&)>;
  const auto command = [](const char* name) -> Handler { return [name](Api& api, const Call& c) { return api.change(name, c); }; };
  static const std::map<Endpoint, Handler> handlers{
      {Endpoint::now, [](Api& api, const Call&) -> Result<Text> { return api.parts_.view.now(); }},
      {Endpoint::facts, &Api::facts},
      {Endpoint::fact, &Api::fact},
      {Endpoint::timeline, &Api::timeline},
      {Endpoint::service, [](Api& api, const Call& c) { return api.parts_.view.service(ServiceId{path_of(c, "id")}); }},
      {Endpoint::preview, [](Api& api, const Call& c) { return api.parts_.view.preview(ServiceId{path_of(c, "id")}); }},
      {Endpoint::offer, [](Api& api, const Call& c) { return shared(api.lines("offer", c, {{"service", path_of(c, "id")}})); }},
      {Endpoint::report, [](Api& api, const Call& c) { return api.parts_.commands.report_of(SystemId{path_of(c, "id")}); }},
      {Endpoint::backups,
       [](Api& api, const Call& c) {
         auto lines = api.lines("backups", c, {});
         if (lines) lines = "{\"datasets\":[" + *lines + "]}";
         return shared(std::move(lines));
       }},
      {Endpoint::approvers, [](Api& api, const Call& c) { return shared(api.lines("approvers", c, {})); }},
      {Endpoint::close, command("close")},
      {Endpoint::verify, command("verify")},
      {Endpoint::withdraw, command("withdraw")},
      {Endpoint::hold, command("hold")},
      {Endpoint::mode, &Api::mode},
      {Endpoint::approvals, &Api::approve},
      {Endpoint::to_sign, [](Api& api, const Call& c) { return shared(api.lines("to-sign", c, c.body)); }},
      {Endpoint::signed_texts, &Api::hand_in_signed},
      {Endpoint::offer_acceptance, &Api::offer_acceptance},
      {Endpoint::accept_findings, &Api::accept_findings},
      {Endpoint::reveal, &Api::reveal},
      {Endpoint::incident_report, [](Api& api, const Call&) { return api.parts_.view.incident_report(); }},
      {Endpoint::statement,
       [](Api& api, const Call& c) { return shared(api.lines("statement", c, {{"lang", query_of(c, "lang").value_or("")}})); }},
      {Endpoint::release_statement, command("release")}};
  const auto handler = handlers.find(endpoint);
  if (handler == handlers.end()) return fail(Code::not_found, "nobody answers this here");
  return handler->second(*this, call);
}

Result<std::string> Api::lines(std::string_view command, const Call& call, json::object question) {
  KULLA_TRY(const auto lines, parts_.commands.ask(command, std::move(question), person_at_console(call.caller.person)));
  return fmt::format("{}", fmt::join(lines, ","));
}

Result<Api::Text> Api::change(std::string_view command, const Call& call) {
  KULLA_CHECK(lines(command, call, call.body));
  return shared(std::string{"{\"ok\":true}"});
}

Result<Api::Text> Api::facts(const Call& call) {
  Timeline::Query query{.kind = query_of(call, "kind"), .service = query_of(call, "service")};
  query.newest = !query_of(call, "from");
  KULLA_TRY(query.from, number_in(call, "from", query.from));
  KULLA_TRY(query.before, number_in(call, "before", query.before));
  KULLA_TRY(const auto limit, number_in(call, "limit", query.limit));
  if (limit < 1 || limit > facts_most) return fail(Code::bad_argument, fmt::format("\"limit\" is from 1 to {}", facts_most));
  query.limit = limit;
  return parts_.view.facts(query);
}

Result<Api::Text> Api::fact(const Call& call) {
  KULLA_TRY(const auto number, number_of("number", path_of(call, "number")));
  return parts_.view.fact(number);
}

/// `from` and `to` are facts' numbers, or times.
Result<Api::Text> Api::timeline(const Call& call) {
  Timeline::Range range;
  for (const auto& [name, number, time] : {std::tuple{"from", &range.from, &range.since}, {"to", &range.to, &range.until}}) {
    const auto text = query_of(call, name);
    if (!text) continue;
    if (text->find('T') == std::string::npos) {
      KULLA_TRY(*number, number_of(name, *text));
    } else {
      KULLA_TRY(*time, parse_rfc3339(*text));
    }
  }
  return parts_.view.timeline(range);
}

Result<Api::Text> Api::mode(const Call& call) {
  KULLA_TRY(const auto wanted, text_of(call.body, "mode", name_limit));
  if (wanted == "act" && !has(call, serve::Role::operator_)) return fail(Code::refused, "an operator sets the mode to act");
  if (wanted != "act") {
    if (!has(call, serve::Role::approver)) return fail(Code::refused, "an approver's signature sets the mode to advise");
    KULLA_CHECK(is_callers(&call.body, "mode", call));
  }
  return change("mode", call);
}

Result<Api::Text> Api::approve(const Call& call) {
  KULLA_CHECK(is_callers(object_in(call.body, "approval"), "approval", call));
  return change("submit", call);
}

/// A text that names its person is that person's; one for other approvers is signed by several, and whoever has them all hands it in.
Result<Api::Text> Api::hand_in_signed(const Call& call) {
  const auto* text = object_in(call.body, "text");
  if (text && text->contains("person")) KULLA_CHECK(is_callers(text, "text", call));
  return change("signed", call);
}

Result<Api::Text> Api::reveal(const Call& call) {
  KULLA_TRY(auto reason, text_of(call.body, "reason"));
  input::EvidenceAsked asked{person_at_console(call.caller.person), {}, {}, std::move(reason)};
  if (call.body.contains("evidence")) {
    KULLA_TRY(const auto hex, text_of(call.body, "evidence", name_limit));
    KULLA_TRY(asked.evidence, digest_from_hex(hex));
  } else {
    KULLA_TRY(auto source, text_of(call.body, "source", name_limit));
    asked.source = SourceRef{std::move(source)};
  }
  KULLA_CHECK(record_first(std::move(asked), "nothing is shown"));
  return shared(behind(call));
}

/// Whoever fills the disk, or breaks it at the right moment, must not get what nobody will know of.
Result<> Api::record_first(InputBody input, std::string_view otherwise) {
  if (const auto now = parts_.health(); !problem_of(now, "ledger").empty())
    return fail(Code::ledger_full,
                fmt::format("what is asked cannot be recorded now, so {}; 'kulla status' says what is wrong with the ledger", otherwise));
  std::uint64_t newest = 0;
  if (!parts_.core.post(std::move(input)) || !parts_.core.ask([&](const incident::State& state) { newest = state.facts; }))
    return fail(Code::timed_out, "the core is busy");
  if (!parts_.becomes_durable(newest, kept_within))
    return fail(Code::ledger_full,
                fmt::format("what was asked is not safely in the ledger after 2 s, so {}; ask again when the disk is well", otherwise));
  return {};
}

Result<Api::Text> Api::offer_acceptance(const Call& call) {
  KULLA_TRY(auto system, text_of(call.body, "system", name_limit));
  KULLA_TRY(const auto report, parts_.commands.report_of(SystemId{std::move(system)}));
  KULLA_TRY(const auto offered, parts_.acceptance.offer(call.body, *report));
  return shared(json::serialize(offered));
}

/// First the fact, then the baseline: where only the first comes about, the findings stay.
Result<Api::Text> Api::accept_findings(const Call& call) {
  KULLA_TRY(const auto handed_in, parts_.acceptance.take(call.body, person_at_console(call.caller.person)));
  KULLA_CHECK(record_first(handed_in.accepted, "the baseline stays as it was"));
  KULLA_CHECK(parts_.acceptance.put(handed_in));
  return shared(std::string{"{\"ok\":true}"});
}

Result<std::string> Api::behind(const Call& call) const {
  if (call.body.contains("evidence")) {
    KULLA_TRY(const auto hash, digest_from_hex(std::string_view{call.body.at("evidence").as_string()}));
    KULLA_TRY(auto text, EvidenceStore::find(parts_.evidence, hash));
    return canonical(json::object{{"text", std::move(text)}});  // it may hold bytes that are no UTF-8
  }
  const auto address = parts_.addresses.of(SourceRef{std::string{call.body.at("source").as_string()}});
  if (!address) return fail(Code::not_found, "nobody remembers whose pseudonym this is: addresses are kept in memory only");
  return json::serialize(json::object{{"address", *address}});
}

void Api::record(const serve::Happening& happening) {
  const auto person = person_at_console(happening.person);
  std::optional<SourceRef> source;
  if (!happening.address.empty()) {
    source = SourceRef{parts_.addresses.pseudonyms().of(happening.address)};
    parts_.addresses.remember(*source, happening.address);
  }
  switch (happening.kind) {
    case serve::Happening::Kind::signed_in: parts_.core.post(input::SignedIn{person, happening.method, source}); return;
    case serve::Happening::Kind::signed_out: parts_.core.post(input::SignedOut{person}); return;
    case serve::Happening::Kind::sign_in_failed:
      parts_.core.post(input::SignInFailed{person, static_cast<std::int64_t>(happening.times), source});
      return;
  }
}

serve::Health Api::health() {
  constexpr std::chrono::seconds still_limit{5};
  constexpr std::uint64_t behind_limit = 10'000;
  serve::Health health;
  const auto now = parts_.health();
  const auto problem = [&](std::string_view of) {
    if (const auto text = problem_of(now, of); !text.empty()) health.problems.push_back(fmt::format("{}: {}", of, text));
  };
  problem("ledger");
  health.ready = health.problems.empty() && parts_.still() < still_limit;
  if (parts_.still() >= still_limit) health.problems.emplace_back("the core has not turned for 5 s");
  problem("gate");
  if (const auto behind = parts_.view.numbers().behind; behind > behind_limit)
    health.problems.push_back(fmt::format("the console lags {} facts behind", behind));
  return health;
}
}  // namespace kulla::daemon
