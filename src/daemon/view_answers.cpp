// What readers ask of the view, as JSON texts.
#include <fmt/format.h>

#include <ranges>

#include "daemon/view.hpp"
#include "daemon/view_detail.hpp"
#include "daemon/view_preview.hpp"
#include "daemon/view_report.hpp"
#include "model/codec.hpp"

namespace kulla::daemon {
namespace {
constexpr std::chrono::seconds snapshot_age{1};  // of what the snapshot says besides the facts
constexpr std::size_t report_most = 5'000;       // facts in a report: some hundred printed pages
constexpr std::uint64_t facts_before = 2;        // between the alert that opens an incident and the fact that says so

View::Text shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

json::array approvers_of(const incident::State& state) {
  json::array approvers;
  for (const auto& approver : state.approvers) {
    json::object each{
        {"person", approver.person.str()}, {"fingerprint", fingerprint(approver.key)}, {"services", nullptr}, {"until", nullptr}};
    if (approver.services) each["services"] = codec::encode(*approver.services);
    if (approver.until) each["until"] = to_rfc3339(*approver.until);
    approvers.push_back(std::move(each));
  }
  return approvers;
}
}  // namespace

View::Text View::now() {
  auto vantages = surroundings_.vantages();
  auto promised = next_update();
  const std::scoped_lock lock{mutex_};
  const auto now = clock_.now();
  if (now_ && now_number_ == picture_.number() && now.mono - now_made_ < snapshot_age) return now_;
  auto health = this->health();
  json::object kinds;
  for (const auto& [kind, count] : picture_.kinds()) kinds[kind] = count;
  json::object rest{{"at", to_rfc3339(now.wall)},
                    {"number", picture_.number()},
                    {"mode", stream_head().mode},
                    {"version", KULLA_VERSION},
                    {"half_life_ms", settings_.policy.half_life.count()},
                    {"ledger", health["ledger"]},
                    {"gate", health["gate"]},
                    {"sensors", health["sensors"]},
                    {"examining", health["examining"]},
                    {"vantages", std::move(vantages)},
                    {"next_update", std::move(promised)},
                    {"institutions", settings_.institutions},
                    {"approvers", approvers_of(picture_.state())},
                    {"kinds", std::move(kinds)},
                    {"closed_by_attempts", picture_.closed_by_attempts()}};
  auto text = json::serialize(rest);
  text.pop_back();
  text += ",\"incident\":" + incident_json() + ",\"alerts\":" + lines_of(picture_.alerts()) + ",\"paged\":" + lines_of(picture_.pages()) +
          ",\"waiting\":" + picture_.waiting() + ",\"services\":" + picture_.rows() + "}";
  now_ = shared(std::move(text));
  now_number_ = picture_.number(), now_made_ = now.mono;
  return now_;
}

View::Text View::timeline(const Timeline::Range& range) {
  const auto part = [&] {
    const std::scoped_lock lock{mutex_};
    return picture_.timeline().part(range);
  }();
  return shared(part.json());
}

Result<View::Text> View::facts(const Timeline::Query& query) {
  std::vector<std::uint64_t> numbers;
  std::uint64_t end = 0, durable = 0;
  {
    const std::scoped_lock lock{mutex_};
    end = std::min(query.before, picture_.number() + 1), durable = durable_.number;
    if (query.kind || query.service) numbers = picture_.timeline().find(query);
  }
  const auto begin = std::max<std::uint64_t>(query.from, 1);
  if (!query.kind && !query.service && begin < end) {
    const auto count = std::min<std::uint64_t>(query.limit, end - begin);
    const auto first = query.newest ? end - count : begin;
    for (auto number = first; number < first + count; ++number) numbers.push_back(number);
  }
  std::string lines;
  for (std::size_t i = 0; i < numbers.size();) {  // a stretch without gaps is read at once
    std::size_t together = 1;
    while (i + together < numbers.size() && numbers[i + together] == numbers[i] + together) ++together;
    KULLA_TRY(const auto recorded, past_.facts(numbers[i], together));
    for (const auto& each : recorded) lines += (lines.empty() ? "" : ",") + fact_line(each.number, each.number <= durable, each.fact);
    i += together;
  }
  const bool more = numbers.size() == query.limit && (query.newest ? numbers.front() > begin : numbers.back() + 1 < end);
  const auto next = !more ? std::string{"null"} : std::to_string(query.newest ? numbers.front() : numbers.back() + 1);
  return shared(fmt::format("{{\"facts\":[{}],\"next\":{}}}", lines, next));
}

Result<View::Text> View::fact(std::uint64_t number) {
  if (const auto place = past_.place(number)) {
    std::string head = "null";
    if (place->head)
      head = json::serialize(json::object{{"number", place->head->number},
                                          {"hash", to_hex(place->head->hash)},
                                          {"at", place->head->at},
                                          {"signature", to_hex(place->head->signature)}});
    return shared(fmt::format("{{\"number\":{},\"hash\":\"{}\",\"previous\":\"{}\",\"head\":{},\"durable\":true,\"fact\":{}}}", number,
                              to_hex(place->stored.hash), to_hex(place->previous), head, place->stored.bytes));
  }
  KULLA_TRY(const auto recorded, past_.facts(number, 1));
  if (number == 0 || recorded.empty()) return fail(Code::not_found, fmt::format("no fact {}", number));
  return shared(fmt::format("{{\"number\":{},\"hash\":null,\"previous\":null,\"head\":null,\"durable\":false,\"fact\":{}}}", number,
                            recorded.front().fact));
}

/// Found anew by its name: what is shown of it is made under the lock, what is read of the past is not.
Result<View::Text> View::service(const ServiceId& id) {
  json::object detail;
  std::string row;
  std::vector<std::uint64_t> history;
  std::uint64_t durable = 0;
  {
    const std::scoped_lock lock{mutex_};
    const auto* record = picture_.state().find(id);
    const auto* shown = picture_.find(id);
    if (!record || !shown) return fail(Code::not_found, fmt::format("no service \"{}\"", id.str()));
    detail = detail_of(picture_, *record, settings_.policy);
    row = shown->row;
    history.assign(shown->history.begin(), shown->history.end());
    durable = durable_.number;
  }
  std::string lines;
  for (const auto number : history) {
    KULLA_TRY(const auto recorded, past_.facts(number, 1));
    for (const auto& each : recorded) lines += (lines.empty() ? "" : ",") + fact_line(each.number, each.number <= durable, each.fact);
  }
  auto text = json::serialize(detail);
  text.back() = ',';
  return shared(text + "\"service\":" + row + ",\"history\":[" + lines + "]}");
}

Result<View::Text> View::preview(const ServiceId& id) {
  const auto answers = surroundings_.requests_an_hour ? surroundings_.requests_an_hour(id) : std::nullopt;
  const std::scoped_lock lock{mutex_};
  if (!picture_.state().find(id)) return fail(Code::not_found, fmt::format("no service \"{}\"", id.str()));
  auto preview = preview_of(picture_.state(), id, clock_.now(), settings_.policy);
  preview["requests_an_hour"] = answers ? json::value(*answers) : json::value(nullptr);
  return shared(json::serialize(preview));
}

Result<View::Text> View::incident_report() {
  IncidentReport report{
      .incident = {}, .made = clock_.now().wall, .version = KULLA_VERSION, .facts = {}, .head = {}, .key = settings_.ledger_key};
  std::vector<std::uint64_t> numbers;
  {
    const std::scoped_lock lock{mutex_};
    if (!picture_.incident()) return fail(Code::not_found, "there was no incident");
    report.incident = *picture_.incident();
    report.head = durable_;
    Timeline::Query query{.kind = {}, .service = {}, .limit = report_most, .newest = false, .without_attempts = true};
    query.from = report.incident.number - std::min(report.incident.number - 1, facts_before);  // the alert that it began with
    query.before = report.incident.ended != 0 ? report.incident.ended + 1 : picture_.number() + 1;
    numbers = picture_.timeline().find(query);
    report.cut = numbers.size() == report_most || query.from < picture_.timeline().first();
    if (!numbers.empty()) report.attempts = numbers.back() - numbers.front() + 1 - numbers.size();
  }
  for (const auto number : numbers) {
    KULLA_TRY(auto recorded, past_.facts(number, 1));
    if (recorded.empty()) continue;
    KULLA_TRY(auto fact, recorded.front().parsed());
    ReportedFact reported{.number = number, .fact = std::move(fact), .json = std::move(recorded.front().fact)};
    if (const auto place = number <= report.head.number ? past_.place(number) : fail(Code::not_found, "")) {
      reported.hash = place->stored.hash, reported.previous = place->previous;
      reported.json = place->stored.bytes;
    }
    report.facts.push_back(std::move(reported));
  }
  return shared(to_html(report));
}
}  // namespace kulla::daemon
