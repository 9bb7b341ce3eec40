// Where rules and counting meet: each match becomes an alert, unless the same was said a moment ago.
#include "detect/detector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "detect/sigma/correlator.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "detect/traffic/traffic.hpp"

namespace kulla::detect {
namespace {
using event::Event;

/// When the same thing was said last, and how often it was seen since.
struct Said {
  bool ever = false;
  Timestamp at;
  std::uint64_t since = 0;
};

// The gate's log tells of requests at a web server; rules for proxies speak of our own people's browsing, which it never shows.
bool gate_can_tell(const sigma::Logsource& source) { return source == sigma::Logsource{"webserver", "", ""}; }

/// Whatever a rule claims, success needs an answer that says so.
bool answered_well(const Event& event) {
  const auto status = event.field("sc-status").value_or("");
  return status.size() == 3 && status.front() == '2';
}

Alert alert_of(const sigma::Rule& rule, bool succeeded) {
  Alert alert;
  alert.rule = rule.id, alert.title = rule.title, alert.level = rule.level;
  alert.succeeded = succeeded, alert.may_close = rule.may_close, alert.techniques = rule.techniques;
  return alert;
}
Alert alert_of(const traffic::Hit& hit) {
  Alert alert;
  alert.rule = RuleId{hit.kind->rule}, alert.title = hit.kind->title, alert.level = hit.kind->level;
  alert.techniques = {hit.kind->technique};
  return alert;
}

class GateDetector final : public Detector {
 public:
  GateDetector(const Settings& settings, sigma::Loaded loaded, traffic::Traffic traffic, const Pseudonyms& pseudonyms, SensorId sensor)
      : repeat_after_(settings.repeat_after),
        rules_(loaded.rules),
        rejected_(std::move(loaded.rejected)),
        rules_for_others_(loaded.other_sources),
        matcher_(std::move(loaded.rules)),
        correlator_(std::move(loaded.correlations)),
        traffic_(std::move(traffic)),
        pseudonyms_(pseudonyms),
        sensor_(std::move(sensor)),
        said_(settings.tracked_limit) {}

  void look(const Event& event, std::string_view line, const std::function<void(Detection)>& raise) override {
    if (event.field("kulla-verdict") != "pass") {
      ++refused_by_gate_;
      return;
    }
    ++looked_at_;
    for (const auto index : matcher_.match(event)) {
      if (!correlator_.silent(index)) say(rules_->rule(index), 1, event, line, raise);
      const auto field = [&](std::string_view name) { return event.field(name); };
      for (const auto& found : correlator_.on_match(index, event.recorded, field, looked_at_))
        say(correlator_.correlation(found.correlation).head, found.finding.events, event, line, raise);
    }
    for (const auto& hit : traffic_.look(event))
      if (const auto count = worth_saying(hit.kind->rule, false, event, hit.count)) raise(filled(alert_of(hit), event, line, *count));
  }
  const std::vector<Rejected>& rejected() const override { return rejected_; }
  std::size_t rules() const override { return rules_->size(); }
  std::size_t rules_for_others() const override { return rules_for_others_; }
  std::uint64_t refused_by_gate() const override { return refused_by_gate_; }
  std::uint64_t suppressed() const override { return suppressed_; }

 private:
  /// What a rule, or a correlation, has to say of `count` events of which this is the last.
  void say(const sigma::Rule& rule, std::uint64_t count, const Event& event, std::string_view line,
           const std::function<void(Detection)>& raise) {
    const bool succeeded = rule.succeeded && answered_well(event);
    if (const auto worth = worth_saying(rule.id.str(), succeeded, event, count))
      raise(filled(alert_of(rule, succeeded), event, line, *worth));
  }
  /// How many matches an alert now stands for; nothing if the same rule, source and service was told of too shortly before.
  /// A failure does not silence the success that follows it.
  std::optional<std::uint64_t> worth_saying(std::string_view rule, bool succeeded, const Event& event, std::uint64_t first) {
    key_.assign(rule)
        .append(1, succeeded ? '+' : '\n')
        .append(event.field("c-ip").value_or("-"))
        .append(1, '\n')
        .append(event.field("kulla-service").value_or("-"));
    auto& said = said_.of(key_);
    const bool lately = event.recorded < said.at + repeat_after_ && event.recorded + repeat_after_ > said.at;  // or the clock was set back
    if (said.ever && lately) {
      ++said.since, ++suppressed_;
      return std::nullopt;
    }
    const auto count = said.ever ? said.since + 1 : first;
    said = {true, event.recorded, 0};
    return count;
  }

  // Nature stays what it is by default, an attempt: a log of requests cannot show an effect.
  Detection filled(Alert alert, const Event& event, std::string_view line, std::uint64_t count) const {
    alert.sensor = sensor_, alert.count = count;
    alert.happened = event.happened, alert.seen = event.seen;
    Detection detection{std::move(alert), std::string{event.field("c-ip").value_or("")}, std::string{line}};
    auto& filled = detection.alert;
    if (!detection.address.empty()) filled.source = SourceRef{pseudonyms_.of(detection.address)};
    if (const auto service = event.field("kulla-service")) filled.service = ServiceId{std::string{*service}};
    const auto path = event.field("kulla-path");
    if (filled.service && path) filled.object = object_ref(pseudonyms_, *filled.service, *path);
    return detection;
  }

  const std::chrono::seconds repeat_after_;
  std::shared_ptr<const sigma::RuleSet> rules_;
  std::vector<Rejected> rejected_;
  std::size_t rules_for_others_;
  sigma::Matcher matcher_;
  sigma::Correlator correlator_;
  sigma::Token looked_at_ = 0;
  traffic::Traffic traffic_;
  Pseudonyms pseudonyms_;
  SensorId sensor_;
  traffic::Recent<Said> said_;
  std::string key_;
  std::uint64_t refused_by_gate_ = 0, suppressed_ = 0;
};
}  // namespace

Result<std::unique_ptr<Detector>> Detector::make(const Settings& settings, const Pseudonyms& pseudonyms, SensorId sensor) {
  KULLA_TRY(auto traffic, traffic::Traffic::make(settings));
  KULLA_TRY(auto loaded, sigma::load(settings.rules, {.wanted = gate_can_tell}));
  if (loaded.rules->size() == 0) {
    const auto why = loaded.rejected.empty() ? std::string{"none of category webserver found"}
                                             : fmt::format("{}:{}: {}", loaded.rejected.front().file.string(), loaded.rejected.front().line,
                                                           loaded.rejected.front().reason);
    return fail(Code::bad_rule, fmt::format("no rule is left: {}", why));
  }
  return std::make_unique<GateDetector>(settings, std::move(loaded), std::move(traffic), pseudonyms, std::move(sensor));
}

}  // namespace kulla::detect
