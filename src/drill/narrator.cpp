#include "drill/narrator.hpp"

#include <fmt/format.h>

namespace kulla::drill {
namespace {
struct Narrator {
  Story& story;
  Timestamp at;

  template <typename... T>
  void tell(Lane lane, fmt::format_string<T...> format, T&&... values) const {
    story.tell(lane, fmt::format(format, std::forward<T>(values)...), at);
  }
  template <typename T>
  void operator()(const T&) const {}  // the rest is not for this audience

  void operator()(const fact::Alerted& fact) const {
    const auto& alert = fact.alert;
    tell(Lane::decision, "sees an effect on {}: {}",
         alert.system    ? alert.system->str()
         : alert.service ? alert.service->str()
                         : "?",
         alert.title);
  }
  void operator()(const fact::Closed& fact) const {
    tell(Lane::decision, "closes {}", fact.service.str());
    story.emit({{"kind", "closed"}, {"service", fact.service.str()}, {"closure", fact.closure.str()}, {"at", to_rfc3339(at)}});
  }
  void operator()(const fact::Opened& fact) const {
    tell(Lane::way_back, "{} is open again", fact.service.str());
    story.emit({{"kind", "open"}, {"service", fact.service.str()}, {"closure", fact.closure.str()}, {"at", to_rfc3339(at)}});
  }
  void operator()(const fact::GateConfirmed& fact) const {
    const Narrator then{story, fact.acknowledged};
    if (fact.entry.mode == GateMode::closed)
      then.tell(Lane::gate, "refuses {}; {} answers under way were cut", fact.service.str(), fact.streams_ended);
    if (fact.entry.mode == GateMode::trial) then.tell(Lane::gate, "lets {} % of clients in to {}", fact.entry.share, fact.service.str());
  }
  void operator()(const fact::Guarded& fact) const { tell(Lane::decision, "guards {}: {}", fact.service.str(), fact.why); }
  void operator()(const fact::PersonPaged& fact) const { tell(Lane::decision, "calls a person: {}", fact.why); }
  void operator()(const fact::GateDrifted& fact) const {
    tell(Lane::decision, "finds the gate changed for {}, and corrects it", fact.found.service.str());
  }
  void operator()(const fact::BeliefChanged& fact) const {
    const auto& belief = fact.belief;
    if (belief.seen != Seen::down) return;
    const auto width = std::chrono::duration<double, std::milli>(belief.first_bad - belief.last_good).count();
    const auto agreement = fact.agreement == Agreement::supports      ? "it agrees with our record"
                           : fact.agreement == Agreement::contradicts ? "it contradicts our record"
                                                                      : "it cannot be set against our record";
    tell(Lane::outside, "the vantage sees {} down, within {:.0f} ms; {}", belief.service.str(), width, agreement);
  }
  void operator()(const fact::Inspected& fact) const {
    const auto& report = fact.report;
    if (report.clean) tell(Lane::way_back, "{} inspected: clean, {} files", report.system.str(), report.files);
    else tell(Lane::way_back, "{} inspected: {} findings, worst: {}", report.system.str(), report.findings, report.worst);
  }
  void operator()(const fact::Proved& fact) const {
    const auto& proof = fact.proof;
    if (proof.passed) tell(Lane::way_back, "{} restored to a scratch place and compared: {} files", proof.dataset.str(), proof.files);
    else tell(Lane::way_back, "{} not proved: {}", proof.dataset.str(), proof.problem);
  }
  void operator()(const fact::Verified& fact) const {
    tell(Lane::way_back, "{} is verified; it waits for two signatures", fact.service.str());
  }
  void operator()(const fact::VerificationFailed& fact) const { tell(Lane::way_back, "{} stays closed: {}", fact.service.str(), fact.why); }
  void operator()(const fact::VerificationVoided& fact) const {
    tell(Lane::way_back, "the verification of {} no longer counts: {}", fact.service.str(), fact.why);
  }
  void operator()(const fact::Approved& fact) const {
    tell(Lane::way_back, "{} signs for {}", fact.approval.person.str(), fact.approval.service.str());
  }
  void operator()(const fact::Refused& fact) const {
    tell(Lane::way_back, "refused: {} ({})", fact.command, boost::describe::enum_to_string(fact.why, "?"));
  }
};
}  // namespace

void narrate(const Fact& fact, Story& story) { std::visit(Narrator{story, fact.at.wall}, fact.body); }
}  // namespace kulla::drill
