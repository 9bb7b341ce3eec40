#include "daemon/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <ranges>

#include "daemon/examiners.hpp"
#include "daemon/question.hpp"
#include "model/codec.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t name_limit = 64;   // as in the config; what is refused goes into the ledger with its name
constexpr std::size_t names_beyond = 8;  // unknown ones, so that a mistake is told by name

/// Until when what is signed now counts, with time to hand it in.
std::string until(const incident::State& state, Timestamp now) {
  return to_rfc3339(incident::expiry_time(state, now) + incident::approval_lifetime - std::chrono::minutes{1});
}

json::object describe(const incident::ServiceRecord& record) {
  return {{"service", record.service.id.str()},
          {"state", boost::describe::enum_to_string(record.state, "?")},
          {"closure", record.closure ? record.closure->id.str() : ""},
          {"share", record.state == incident::ServiceState::trial ? record.wanted.share : (incident::is_closed(record.state) ? 0 : 100)},
          {"why", record.closure ? record.closure->why : ""},
          {"waits_for", incident::waits_for(record)},
          {"confirmed", record.wanted == record.confirmed},
          {"protected", record.service.is_protected}};
}
}  // namespace

Result<> Commands::answer(const Conversation& conversation) {
  using Handler = Result<> (Commands::*)(const Conversation&);
  static const std::map<std::string, Handler, std::less<>> handlers{
      {"status", &Commands::status},       {"timeline", &Commands::timeline}, {"close", &Commands::close},
      {"verify", &Commands::verify},       {"withdraw", &Commands::withdraw}, {"offer", &Commands::offer},
      {"submit", &Commands::submit},       {"mode", &Commands::mode},         {"report", &Commands::report},
      {"hold", &Commands::hold},           {"to-sign", &Commands::to_sign},   {"signed", &Commands::signed_by_people},
      {"approvers", &Commands::approvers}, {"backups", &Commands::backups},   {"statement", &Commands::statement},
      {"release", &Commands::release}};
  KULLA_TRY(const auto command, text_of(conversation.question, "command"));
  const auto handler = handlers.find(command);
  if (handler == handlers.end()) return fail(Code::bad_argument, fmt::format("unknown command \"{}\"", command));
  return (this->*handler->second)(conversation);
}

Result<std::vector<std::string>> Commands::ask(std::string_view command, json::object question, const PersonId& by) {
  std::vector<std::string> lines;
  question["command"] = command;
  KULLA_CHECK(answer({std::move(question), by,
                      [&lines](std::string_view line) {
                        lines.emplace_back(line);
                        return true;
                      },
                      [] { return false; }}));
  return lines;
}

Result<> Commands::status(const Conversation& conversation) {
  std::vector<json::object> lines;
  auto head = health_();  // here, and not on the core's thread: it asks who may be busy
  const bool answered = core_.ask([&](const incident::State& state) {
    head["mode"] = state.mode == Mode::act ? "act" : "advise";
    head["incident"] = state.incident ? json::value(state.incident->str()) : json::value(nullptr);
    head["facts"] = state.facts;
    lines.push_back(std::move(head));
    for (const auto& [id, record] : state.services)
      if (!record.retired) lines.push_back(describe(record));
  });
  if (!answered) return fail(Code::timed_out, "the core is busy");
  for (const auto& line : lines)
    if (!conversation.send(line)) break;
  return {};
}

Result<> Commands::timeline(const Conversation& conversation) {
  const auto* from = conversation.question.if_contains("from");
  const auto* follow = conversation.question.if_contains("follow");
  auto following = feed_.follow(from && from->is_int64() && from->get_int64() > 0 ? static_cast<std::uint64_t>(from->get_int64()) : 1);
  for (const auto& line : following.past)
    if (!conversation.send_line(*line)) return {};
  while (follow && follow->is_bool() && follow->get_bool() && !conversation.stopping()) {
    const auto line = following.follower->pop(std::chrono::milliseconds{100});
    if (line && !conversation.send_line(**line)) return {};
    if (!line && !following.follower->open()) return fail(Code::too_large, "this follower was too slow and was cut off");
  }
  return {};
}

Result<std::vector<ServiceId>> Commands::services_of(const Conversation& conversation) {
  std::vector<ServiceId> services;
  if (const auto* all = conversation.question.if_contains("all"); all && all->is_bool() && all->get_bool()) {
    for (const auto& service : config_.catalogue.services) services.push_back(service.id);
    return services;
  }
  const auto* named = conversation.question.if_contains("services");
  if (!named || !named->is_array() || named->get_array().empty()) return fail(Code::bad_argument, "\"services\" is missing");
  if (named->get_array().size() > config_.catalogue.services.size() + names_beyond)  // each that is unknown becomes a fact
    return fail(Code::too_large,
                fmt::format("\"services\" holds more names than there are services ({})", config_.catalogue.services.size()));
  for (const auto& each : named->get_array()) {
    if (!each.is_string() || each.get_string().size() > name_limit)
      return fail(Code::bad_argument, "\"services\" holds names of at most 64 bytes");
    if (each.get_string().empty()) return fail(Code::bad_argument, "\"services\" holds an empty name");
    services.emplace_back(std::string(each.get_string()));
  }
  std::ranges::sort(services);
  const auto twice = std::ranges::unique(services);
  services.erase(twice.begin(), twice.end());
  return services;
}

Result<> Commands::post(const PersonId& by, InputBody input) {
  const auto before = feed_.newest();
  if (!core_.post(std::move(input))) return fail(Code::timed_out, "the core is busy, and takes nothing more");
  if (!core_.ask([](const incident::State&) {})) return fail(Code::timed_out, "the core is busy; what was asked for waits there");
  std::string refused;
  for (const auto& line : feed_.follow(before + 1).past) {
    const auto value = parse_json(*line);
    const auto* fact = value ? value->as_object().if_contains("fact") : nullptr;
    if (!fact || fact->as_object().at("kind") != "refused") continue;
    const auto& object = fact->as_object();
    if (object.at("by").as_string() != by.str()) continue;  // somebody else's, at the same time
    refused += fmt::format("{}{} {}: {}", refused.empty() ? "" : "; ", object.at("command").as_string().c_str(),
                           object.at("about").as_string().c_str(), object.at("why").as_string().c_str());
  }
  if (!refused.empty()) return fail(Code::refused, std::move(refused));
  return {};
}

Result<> Commands::close(const Conversation& conversation) {
  KULLA_TRY(auto services, services_of(conversation));
  KULLA_TRY(auto reason, text_of(conversation.question, "reason"));
  return post(conversation.peer, input::CloseAsked{std::move(services), conversation.peer, std::move(reason)});
}

Result<> Commands::verify(const Conversation& conversation) {
  KULLA_TRY(auto services, services_of(conversation));
  std::optional<Timestamp> since;
  if (conversation.question.contains("since")) {
    KULLA_TRY(const auto text, text_of(conversation.question, "since"));
    KULLA_TRY(since, parse_rfc3339(text));
    if (*since > clock_.now().wall) return fail(Code::bad_argument, "\"since\" is yet to come");
  }
  return post(conversation.peer, input::VerifyAsked{std::move(services), conversation.peer, since});
}

Result<> Commands::withdraw(const Conversation& conversation) {
  KULLA_TRY(auto closure, text_of(conversation.question, "closure"));
  KULLA_TRY(auto reason, text_of(conversation.question, "reason"));
  return post(conversation.peer, input::WithdrawAsked{ClosureId{std::move(closure)}, conversation.peer, std::move(reason)});
}

Result<> Commands::offer(const Conversation& conversation) {
  KULLA_TRY(const auto service, text_of(conversation.question, "service"));
  std::optional<json::object> offer;
  std::string why = fmt::format("no service \"{}\"", service);
  const auto now = clock_.now().wall;
  const bool answered = core_.ask([&](const incident::State& state) {
    const auto* record = state.find(ServiceId{service});
    if (!record) return;
    if (record->state != incident::ServiceState::verified || !incident::is_complete(state, *record)) {
      why = fmt::format("{} is {}, not verified; it waits for {}", service, boost::describe::enum_to_string(record->state, "?"),
                        incident::waits_for(*record));
      return;
    }
    const auto basis = incident::basis_of(*record);
    offer = json::object{{"approval",
                          {{"purpose", boost::describe::enum_to_string(basis.purpose, "?")},
                           {"service", service},
                           {"closure", basis.closure.str()},
                           {"basis", to_hex(*record->closure->basis)},
                           {"expires", until(state, now)}}},
                         {"closed", {{"at", to_rfc3339(basis.closed)}, {"why", basis.why}}},
                         {"first_evidence", basis.first_evidence ? json::value(to_rfc3339(*basis.first_evidence)) : json::value(nullptr)},
                         {"reports", codec::encode(basis.reports)},
                         {"proofs", codec::encode(basis.proofs)}};
  });
  if (!answered) return fail(Code::timed_out, "the core is busy");
  if (!offer) return fail(Code::refused, why);
  conversation.send(*offer);
  return {};
}

Result<> Commands::submit(const Conversation& conversation) {
  const auto* value = conversation.question.if_contains("approval");
  if (!value) return fail(Code::bad_argument, "\"approval\" is missing");
  auto approval = codec::decode<Approval>(*value);
  if (!approval) return std::unexpected(std::move(approval).error().in("approval"));
  for (const auto& each : {approval->service.str(), approval->closure.str(), approval->person.str()})
    if (each.size() > name_limit) return fail(Code::too_large, "approval: a name of more than 64 bytes");
  return post(approval->person, input::ApprovalSubmitted{*approval});
}

Result<> Commands::mode(const Conversation& conversation) {
  KULLA_TRY(const auto wanted, text_of(conversation.question, "mode"));
  if (wanted == "act") return post(conversation.peer, input::ModeAsked{Mode::act, conversation.peer, {}, {}});
  if (wanted != "advise") return fail(Code::bad_argument, "the mode is \"act\" or \"advise\"");
  KULLA_TRY(auto person, text_of(conversation.question, "person"));
  KULLA_TRY(const auto signature_text, text_of(conversation.question, "signature"));
  KULLA_TRY(const auto signature, signature_from_hex(signature_text));
  KULLA_TRY(const auto expires_text, text_of(conversation.question, "expires"));
  KULLA_TRY(const auto expires, parse_rfc3339(expires_text));
  const PersonId by{std::move(person)};
  return post(by, input::ModeAsked{Mode::advise, by, signature, expires});
}

// --- what people sign on any machine

namespace {
constexpr std::size_t approvers_most = 100, signatures_most = 100;

const json::object* object_in(const json::object& question, std::string_view key) {
  const auto* value = question.if_contains(key);
  return value ? value->if_object() : nullptr;
}
Result<std::vector<Approver>> approvers_in(const json::object& text, std::string_view key) {
  const auto* value = text.if_contains(key);
  const auto* array = value ? value->if_array() : nullptr;
  if (!array || array->size() > approvers_most)
    return fail(Code::bad_argument, fmt::format("\"{}\": a list of at most {}", key, approvers_most));
  std::vector<Approver> approvers;
  for (const auto& each : *array) {
    KULLA_TRY(auto approver, codec::decode<Approver>(each));
    if (approver.person.empty() || approver.person.str().size() > name_limit)
      return fail(Code::bad_argument, fmt::format("\"{}\": names of at most {} bytes", key, name_limit));
    if (approver.services && std::ranges::any_of(*approver.services, [](const ServiceId& id) { return id.str().size() > name_limit; }))
      return fail(Code::bad_argument, fmt::format("\"{}\": services' names of at most {} bytes", key, name_limit));
    approvers.push_back(std::move(approver));
  }
  return approvers;
}
Result<std::vector<input::ApproversAsked::Signed>> signatures_in(const json::object& question) {
  const auto* value = question.if_contains("signatures");
  const auto* array = value ? value->if_array() : nullptr;
  if (!array || array->empty() || array->size() > signatures_most) return fail(Code::bad_argument, "\"signatures\" is missing");
  std::vector<input::ApproversAsked::Signed> signatures;
  for (const auto& each : *array) {
    if (!each.is_object()) return fail(Code::bad_argument, "\"signatures\": objects of \"key\" and \"signature\"");
    KULLA_TRY(const auto key_text, text_of(each.get_object(), "key"));
    KULLA_TRY(const auto signature_text, text_of(each.get_object(), "signature"));
    KULLA_TRY(const auto key, public_key_from_hex(key_text));
    KULLA_TRY(const auto signature, signature_from_hex(signature_text));
    signatures.push_back({key, signature});
  }
  return signatures;
}
json::array listed(const std::vector<Approver>& approvers) {
  json::array array;
  for (const auto& approver : approvers) array.push_back(codec::encode(approver));
  return array;
}
}  // namespace

Result<> Commands::hold(const Conversation& conversation) {
  KULLA_TRY(auto service, text_of(conversation.question, "service"));
  KULLA_TRY(auto reason, text_of(conversation.question, "reason"));
  return post(conversation.peer, input::HoldAsked{ServiceId{std::move(service)}, conversation.peer, std::move(reason)});
}

/// Each data set with its last proofs, newest first.
Result<> Commands::backups(const Conversation& conversation) {
  std::vector<json::object> lines;
  const bool answered = core_.ask([&](const incident::State& state) {
    for (const auto& [dataset, place] : config_.datasets) {
      json::array proofs;
      if (const auto known = state.proofs.find(dataset); known != state.proofs.end())
        for (const auto& proof : known->second | std::views::reverse) proofs.push_back(codec::encode(proof));
      lines.push_back({{"dataset", dataset.str()},
                       {"repository", backup::shown_location(place.repository)},
                       {"proving", state.proving.contains(dataset)},
                       {"proofs", std::move(proofs)}});
    }
  });
  if (!answered) return fail(Code::timed_out, "the core is busy");
  for (const auto& line : lines)
    if (!conversation.send(line)) break;
  return {};
}

Result<> Commands::approvers(const Conversation& conversation) {
  json::object answer;
  if (!core_.ask([&](const incident::State& state) {
        answer["approvers"] = listed(state.approvers);
        answer["recovery"] = state.recovery ? codec::encode(*state.recovery) : json::value(nullptr);
      }))
    return fail(Code::timed_out, "the core is busy");
  conversation.send(answer);
  return {};
}

namespace {
json::object mode_to_sign(const incident::State& state) {
  return {{"kulla", "mode/2"}, {"mode", "advise"}, {"set_by", state.mode_set_by}, {"person", ""}};
}
/// Empty where there is nothing to resume.
json::object resume_to_sign(const incident::State& state, const ServiceId& service) {
  const auto* record = state.find(service);
  if (!record || record->state != incident::ServiceState::trial || record->closure->held.empty()) return {};
  return {{"kulla", "resume/2"},
          {"service", service.str()},
          {"closure", record->closure->id.str()},
          {"held_by", record->closure->held_by},
          {"held", record->closure->held},
          {"person", ""}};
}
json::object approvers_to_sign(const incident::State& state, const std::vector<Approver>& next) {
  return {{"kulla", "approvers/2"}, {"present", listed(state.approvers)}, {"set_by", state.approvers_set_by}, {"next", listed(next)}};
}
}  // namespace

/// The text of what is asked, to be signed elsewhere.
Result<> Commands::to_sign(const Conversation& conversation) {
  KULLA_TRY(const auto about, text_of(conversation.question, "about"));
  std::function<json::object(const incident::State&)> make;
  std::string service;
  if (about == "resume") {
    KULLA_TRY(service, text_of(conversation.question, "service"));
    make = [&](const incident::State& state) { return resume_to_sign(state, ServiceId{service}); };
  } else if (about == "approvers") {
    KULLA_TRY(auto next, approvers_in(conversation.question, "next"));
    make = [next = std::move(next)](const incident::State& state) { return approvers_to_sign(state, next); };
  } else if (about == "mode") {  // handed in with `mode`
    make = mode_to_sign;
  } else {
    return fail(Code::bad_argument, "\"about\" is \"resume\", \"approvers\" or \"mode\"");
  }
  json::object text;
  const auto now = clock_.now().wall;
  if (!core_.ask([&](const incident::State& state) {
        text = make(state);
        if (!text.empty()) text["expires"] = until(state, now);
      }))
    return fail(Code::timed_out, "the core is busy");
  if (text.empty()) return fail(Code::refused, fmt::format("{} is in no trial that is held", service));
  conversation.send({{"text", std::move(text)}});
  return {};
}

Result<> Commands::signed_by_people(const Conversation& conversation) {
  const auto* text = object_in(conversation.question, "text");
  if (!text) return fail(Code::bad_argument, "\"text\" is missing");
  KULLA_TRY(auto signatures, signatures_in(conversation.question));
  KULLA_TRY(const auto kind, text_of(*text, "kulla"));
  KULLA_TRY(const auto expires_text, text_of(*text, "expires"));
  KULLA_TRY(const auto expires, parse_rfc3339(expires_text));
  if (kind == "approvers/2") {
    KULLA_TRY(auto next, approvers_in(*text, "next"));
    return post({}, input::ApproversAsked{std::move(next), expires, std::move(signatures)});
  }
  if (kind != "resume/2") return fail(Code::bad_argument, fmt::format("nobody signs \"{}\" for this", kind.substr(0, name_limit)));
  KULLA_TRY(auto service, text_of(*text, "service"));
  KULLA_TRY(auto closure, text_of(*text, "closure"));
  KULLA_TRY(auto person, text_of(*text, "person"));
  for (const auto& name : {service, closure, person})
    if (name.size() > name_limit) return fail(Code::too_large, "a name of more than 64 bytes");
  const PersonId by{std::move(person)};
  return post(by,
              input::ResumeAsked{ServiceId{std::move(service)}, ClosureId{std::move(closure)}, by, signatures.front().signature, expires});
}

// --- what the public is told

Result<> Commands::statement(const Conversation& conversation) {
  const auto* lang = conversation.question.if_contains("lang");
  KULLA_TRY(auto answer, statements_.show(lang && lang->is_string() ? std::string_view{lang->get_string()} : ""));
  if (const auto* cap = conversation.question.if_contains("cap"); cap && cap->is_bool() && cap->get_bool()) {
    KULLA_TRY(answer["cap"], statements_.cap());
  }
  conversation.send(answer);
  return {};
}

/// What is released is what was shown: any fact that came in between has it refused, here or by the core.
Result<> Commands::release(const Conversation& conversation) {
  KULLA_TRY(auto asked, statements_.release(conversation.question, conversation.peer));
  return post(conversation.peer, std::move(asked));
}

Result<Reports::Text> Commands::report_of(const SystemId& system) {
  if (!config_.systems.contains(system)) return fail(Code::not_found, fmt::format("no system \"{}\"", system.str()));
  return reports_.of(system, Examiners::report_file(config_, system));
}

Result<> Commands::report(const Conversation& conversation) {
  KULLA_TRY(auto system, text_of(conversation.question, "system"));
  KULLA_TRY(const auto text, report_of(SystemId{std::move(system)}));
  conversation.send_line(*text);
  return {};
}
}  // namespace kulla::daemon
