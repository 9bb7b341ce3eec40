// The two kinds of detectors by rules: of the gate's log, which counts besides, and of a host's own logs.
#include "detect/detector.hpp"

#include <fmt/format.h>

#include "detect/backtest.hpp"
#include "detect/rule_detector.hpp"
#include "detect/traffic/traffic.hpp"

namespace kulla::detect {
namespace {
using event::Event;

// The gate's log tells of requests at a web server; rules for proxies speak of our own people's browsing, which it never shows.
bool gate_can_tell(const sigma::Logsource& source) { return source == sigma::Logsource{"webserver", "", ""}; }

Alert alert_of(const traffic::Hit& hit) {
  Alert alert;
  alert.rule = RuleId{hit.kind->rule}, alert.title = hit.kind->title, alert.level = hit.kind->level;
  alert.techniques = {hit.kind->technique};
  return alert;
}

class GateDetector final : public RuleDetector {
 public:
  GateDetector(const Settings& settings, std::shared_ptr<const Rules> rules, traffic::Traffic traffic, const Pseudonyms& pseudonyms,
               SensorId sensor)
      : RuleDetector(settings, std::move(rules), pseudonyms, std::move(sensor)), traffic_(std::move(traffic)) {}

  void adopt(Detector& older) override {
    RuleDetector::adopt(older);
    auto& old = dynamic_cast<GateDetector&>(older);
    traffic_ = std::move(old.traffic_), refused_by_gate_ = old.refused_by_gate_;
  }

  void look(const Event& event, std::string_view line, const Raise& raise) override {
    if (event.field("kulla-verdict") != "pass") {
      ++refused_by_gate_;
      return;
    }
    const Seen seen{event, line, event.recorded, event.recorded};
    look_with_rules(seen, raise);
    for (const auto& hit : traffic_.look(event))
      if (const auto count = worth_saying(hit.kind->rule, false, seen, hit.count)) raise(filled(alert_of(hit), seen, *count));
  }
  std::uint64_t refused_by_gate() const override { return refused_by_gate_; }

 private:
  // Nature stays what it is by default, an attempt: a log of requests cannot show an effect.
  Detection filled(Alert alert, const Seen& seen, std::uint64_t count) const override {
    const auto& event = seen.event;
    alert.sensor = sensor_, alert.count = count;
    alert.happened = event.happened, alert.seen = event.seen;
    Detection detection{std::move(alert), std::string{event.field("c-ip").value_or("")}, std::string{seen.line}};
    auto& filled = detection.alert;
    if (!detection.address.empty()) filled.source = SourceRef{pseudonyms_.of(detection.address)};
    if (const auto service = event.field("kulla-service")) filled.service = ServiceId{std::string{*service}};
    const auto path = event.field("kulla-path");
    if (filled.service && path) filled.object = object_ref(pseudonyms_, *filled.service, *path);
    return detection;
  }
  /// Whatever a rule claims, success needs an answer that says so.
  bool went_well(const Event& event) const override {
    const auto status = event.field("sc-status").value_or("");
    return status.size() == 3 && status.front() == '2';
  }
  void tell_apart(const Event& event, std::string& key) const override {
    key.append(event.field("c-ip").value_or("-")).append(1, '\n').append(event.field("kulla-service").value_or("-"));
  }

  traffic::Traffic traffic_;
  std::uint64_t refused_by_gate_ = 0;
};

class HostDetector final : public RuleDetector {
 public:
  HostDetector(const Settings& settings, std::shared_ptr<const Rules> rules, HostLog log, const Pseudonyms& pseudonyms, const Clock& clock)
      : RuleDetector(settings, std::move(rules), pseudonyms, log.sensor), log_(std::move(log)), clock_(clock) {}
  void look(const Event& event, std::string_view line, const Raise& raise) override {
    look_with_rules({event, line, clock_.now().wall, event.happened}, raise);
  }

 private:
  // Addresses in a host's log are what a stranger's text may have put there, or our own: nobody is blocked for them.
  Detection filled(Alert alert, const Seen& seen, std::uint64_t count) const override {
    alert.sensor = sensor_, alert.system = log_.system, alert.count = count;
    alert.nature = log_.nature;
    alert.happened = seen.happened, alert.seen = seen.at;
    return {std::move(alert), {}, std::string{seen.line.empty() ? seen.event.json : seen.line}};
  }
  bool went_well(const Event&) const override { return false; }
  void tell_apart(const Event& event, std::string& key) const override {
    for (const auto* field : {"Computer", "User", "TargetUserName", "c-ip"}) key.append(event.field(field).value_or("-")).append(1, '\n');
  }

  const HostLog log_;
  const Clock& clock_;
};

Result<std::shared_ptr<const Rules>> load(const Settings& settings, sigma::LoadOptions how, std::string_view none) {
  how.cache = settings.cache;
  KULLA_TRY(auto loaded, sigma::load(settings.rules, how));
  if (loaded.rules->size() == 0) {
    const auto why = loaded.rejected.empty() ? std::string{none}
                                             : fmt::format("{}:{}: {}", loaded.rejected.front().file.string(), loaded.rejected.front().line,
                                                           loaded.rejected.front().reason);
    return fail(Code::bad_rule, fmt::format("no rule is left: {}", why));
  }
  std::vector<Backtest> backtests;
  for (const auto& file : settings.backtests) {
    KULLA_TRY(auto backtest, read_backtest(file));
    backtests.push_back(std::move(backtest));
  }
  auto cleared = within_budget(backtests, settings.noise_budget);
  return std::make_shared<const Rules>(std::move(loaded), std::move(cleared));
}
}  // namespace

Result<std::unique_ptr<Detector>> Detector::make(const Settings& settings, const Pseudonyms& pseudonyms, SensorId sensor) {
  KULLA_TRY(auto traffic, traffic::Traffic::make(settings));
  KULLA_TRY(auto rules, load(settings, {.wanted = gate_can_tell}, "none of category webserver found"));
  return std::make_unique<GateDetector>(settings, std::move(rules), std::move(traffic), pseudonyms, std::move(sensor));
}

Result<std::shared_ptr<const Rules>> Detector::rules_for_hosts(const Settings& settings) {
  auto pipelines = sigma::Pipelines::standard();
  if (!pipelines) return fail(Code::bad_rule, fmt::format("standard pipelines: {}", pipelines.error().reason));
  return load(settings, {.pipelines = std::move(*pipelines)}, "none found");
}

std::unique_ptr<Detector> Detector::for_host(const Settings& settings, std::shared_ptr<const Rules> rules, HostLog log,
                                             const Pseudonyms& pseudonyms, const Clock& clock) {
  return std::make_unique<HostDetector>(settings, std::move(rules), std::move(log), pseudonyms, clock);
}

}  // namespace kulla::detect
