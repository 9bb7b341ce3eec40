#include "detect/hunt_piece.hpp"

#include <algorithm>
#include <array>

#include "event/time_told.hpp"

namespace kulla::detect {
namespace {
constexpr std::size_t value_limit = 4096;  // bytes of a value that is shown

std::string shown(std::string_view value) { return std::string{value.substr(0, value_limit)}; }

std::string host_of(const event::Event& event) {
  constexpr std::array<std::string_view, 6> names{"Computer", "Hostname", "hostname", "host", "_HOSTNAME", "node"};
  for (const auto name : names)
    if (const auto value = event.field(name)) return shown(*value);
  return {};
}
}  // namespace

PieceHunter::PieceHunter(std::shared_ptr<sigma::Programs> programs, const sigma::Correlator& correlator, const HuntSettings& settings)
    : matcher_(std::move(programs)), correlator_(correlator), settings_(settings) {}

PieceResult PieceHunter::take(event::Reader& reader, std::string_view bytes, bool last) {
  result_ = {};
  reader.read(bytes, last, [this](const event::Event& event) { look(event); });
  result_.losses = reader.losses();
  result_.last_number = reader.last_number();
  return std::move(result_);
}

void PieceHunter::look(const event::Event& event) {
  ++result_.events;
  if (settings_.since || settings_.until) {
    const auto time = event::time_told(event);
    const bool outside = (settings_.since && time < *settings_.since) || (settings_.until && time >= *settings_.until);
    if (time != Timestamp{} && outside) {
      ++result_.outside;
      return;
    }
  }
  const auto or_forced = [](std::string_view own, const std::string& forced) { return own.empty() ? std::string_view{forced} : own; };
  const auto& forced = settings_.source;
  const sigma::Matcher::Source source{or_forced(event.category, forced.category), or_forced(event.product, forced.product),
                                      or_forced(event.service, forced.service)};
  for (const auto rule : matcher_.match(event, source)) {
    auto& match = result_.matches.emplace_back(PieceMatch{rule, describe(rule, event), {}, result_.events});
    if (!correlator_.wants(rule)) continue;
    for (std::size_t at = 0; at < event.fields().size(); ++at) match.all.emplace_back(event.fields()[at].name, event.text(at));
  }
}

HuntMatch PieceHunter::describe(std::size_t rule, const event::Event& event) const {
  const auto& rules = matcher_.rules();
  HuntMatch match;
  match.rule = &rules.rule(rule);
  match.record = event.number;
  match.record_id = shown(event.field("EventRecordID").value_or(""));
  if (const auto time = event::time_told(event); time != Timestamp{}) match.time = time;
  match.host = host_of(event);
  for (const auto field : rules.fields_of(rule))
    for (std::size_t at = 0; at < event.fields().size(); ++at)
      if (rules.fields().find(event.fields()[at].name) == field) match.fields.emplace_back(event.fields()[at].name, shown(event.text(at)));
  return match;
}

}  // namespace kulla::detect
