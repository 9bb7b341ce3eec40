#include "daemon/view_preview.hpp"

#include <algorithm>
#include <ranges>

#include "base/visit.hpp"

namespace kulla::daemon {
namespace {
json::object told(const ServiceId& service, std::string action, std::string_view why) {
  return {{"service", service.str()}, {"action", std::move(action)}, {"why", why}};
}

/// What a fact does to a service; facts that only record do nothing.
std::optional<json::object> deed(const Fact& fact) {
  using Deed = std::optional<json::object>;
  return std::visit(
      Visit{[](const fact::Closed& closed) -> Deed { return told(closed.service, "close", closed.why); },
            [](const fact::Guarded& guarded) -> Deed { return told(guarded.service, "guard", guarded.why); },
            [](const fact::Advised& advised) -> Deed { return told(advised.service, "advise " + advised.action, advised.why); },
            [](const fact::VerificationVoided& voided) -> Deed { return told(voided.service, "void verification", voided.why); },
            [](const fact::PersonPaged& paged) -> Deed { return told(paged.service.value_or(ServiceId{}), "page", paged.why); },
            [](const fact::Refused& refused) -> Deed {
              return told(ServiceId{refused.about}, "refuse", boost::describe::enum_to_string(refused.why, "?"));
            },
            [](const auto&) -> Deed { return std::nullopt; }},
      fact.body);
}

json::array deeds(const std::vector<Fact>& facts) {
  json::array all;
  for (const auto& fact : facts)
    if (auto one = deed(fact)) all.push_back(std::move(*one));
  return all;
}

/// The worst that a sensor which may speak of it can say.
Alert worst_alert(const incident::State& state, const incident::ServiceRecord& record, Moment now) {
  Alert alert;
  alert.rule = RuleId{"preview"};
  alert.title = "an effect";
  alert.level = Level::critical;
  alert.nature = Nature::effect;
  alert.may_close = true;
  alert.happened = alert.seen = now.wall;
  const auto& systems = record.service.systems;
  for (const auto& [id, sensor] : state.sensors) {
    const bool owns = !systems.empty() && std::ranges::count(sensor.systems, systems.front());
    if (!owns && !sensor.all_services) continue;
    alert.sensor = id;
    alert.service = record.service.id;
    alert.system = owns ? std::optional{systems.front()} : std::nullopt;
    if (owns) break;
  }
  return alert;
}
}  // namespace

json::object preview_of(const incident::State& state, const ServiceId& service, Moment now, const incident::Policy& policy) {
  const auto close = input::CloseAsked{{service}, PersonId{"preview"}, "closed by a person"};
  json::object preview{{"would", deeds(incident::decide(state, {now, close}, policy))}};
  const auto* record = state.find(service);
  preview["neighbours"] =
      record ? deeds(incident::decide(state, {now, input::AlertRaised{worst_alert(state, *record, now)}}, policy)) : json::array{};
  return preview;
}
}  // namespace kulla::daemon
