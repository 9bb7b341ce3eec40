// /metrics: numbers without names; packaging/grafana/kulla.json draws them.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <boost/describe/enum_to_string.hpp>
#include <sstream>

#include "daemon/api.hpp"

namespace kulla::daemon {
namespace {
using prometheus::MetricType;
using Label = std::pair<std::string, std::string>;

class Families {
 public:
  void add(const char* name, const char* help, MetricType type) {
    auto& family = all_.emplace_back();
    family.name = name, family.help = help, family.type = type;
  }
  /// Of the family that was added last.
  void value(double value, std::initializer_list<Label> labels = {}) {
    auto& metric = all_.back().metric.emplace_back();
    for (const auto& [name, text] : labels) metric.label.push_back({name, text});
    (all_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  template <typename T>
  void one(const char* name, const char* help, MetricType type, T number) {
    add(name, help, type);
    value(static_cast<double>(number));
  }
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, all_);
    return out.str();
  }

 private:
  std::vector<prometheus::MetricFamily> all_;
};

double number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_number() ? value->to_number<double>() : 0;
}
json::object part_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : json::object{};
}
bool has_problem(const json::object& part) {
  const auto* problem = part.if_contains("problem");
  return problem && problem->is_string() && !problem->get_string().empty();
}

void add_view(Families& families, const View::Numbers& view) {
  families.add("kulla_facts_total", "Facts recorded, by kind", MetricType::Counter);
  for (const auto& [kind, count] : view.kinds) families.value(static_cast<double>(count), {{"kind", kind}});
  families.one("kulla_fact_number", "The newest fact that the console shows", MetricType::Gauge, view.number);
  families.one("kulla_view_behind_facts", "Facts that the console does not show yet", MetricType::Gauge, view.behind);
  families.one("kulla_view_reread_facts_total", "Facts that the console had to read again", MetricType::Counter, view.caught_up);
  families.one("kulla_incident_open", "1 while there is an incident", MetricType::Gauge, view.in_incident ? 1 : 0);
  families.add("kulla_services", "Services, by state", MetricType::Gauge);
  for (int i = 0; i <= static_cast<int>(incident::ServiceState::trial); ++i) {
    const auto state = static_cast<incident::ServiceState>(i);
    const auto found = view.services.find(state);
    families.value(found == view.services.end() ? 0 : static_cast<double>(found->second),
                   {{"state", boost::describe::enum_to_string(state, "?")}});
  }
  const auto kind = [&](std::string_view name) {
    const auto found = view.kinds.find(name);
    return found == view.kinds.end() ? 0.0 : static_cast<double>(found->second);
  };
  families.add("kulla_alerts_total", "Alerts: attempts, effects, and those of what their sensor may not speak of", MetricType::Counter);
  families.value(kind("alerted") - static_cast<double>(view.effects), {{"shows", "attempt"}});
  families.value(static_cast<double>(view.effects), {{"shows", "effect"}});
  families.value(kind("out_of_scope"), {{"shows", "out_of_scope"}});
  families.one("kulla_stream_readers", "Readers of the live stream", MetricType::Gauge, view.readers);
  families.one("kulla_stream_cut_off_total", "Readers of the live stream who were too slow", MetricType::Counter, view.cut_off);
}

/// Each number that a sensor counts; hosts' logs are named by their systems, so they are added up.
void add_sensors(Families& families, const json::object& sensors) {
  std::map<std::pair<std::string, std::string>, double> counts;
  for (const auto& [name, value] : sensors) {
    if (!value.is_object()) continue;
    const auto of = name.starts_with("log:") ? std::string{"hosts"} : std::string{name};
    for (const auto& [what, count] : value.get_object())
      if (count.is_number()) counts[{of, std::string{what}}] += count.to_number<double>();
  }
  families.add("kulla_sensor_total", "What sensors counted", MetricType::Counter);
  for (const auto& [key, count] : counts) families.value(count, {{"sensor", key.first}, {"what", key.second}});
  families.one("kulla_inbox_dropped_total", "Letters to the core that found no room", MetricType::Counter, number_at(sensors, "dropped"));
  families.one("kulla_evidence_lost_total", "Evidence that could not be stored", MetricType::Counter, number_at(sensors, "evidence_lost"));
}
}  // namespace

std::string Api::metrics() {
  Families families;
  const auto health = parts_.health();
  const auto ledger = part_of(health, "ledger");
  families.add("kulla_info", "The running version", MetricType::Gauge);
  families.value(1, {{"version", KULLA_VERSION}});
  add_view(families, parts_.view.numbers());
  families.one("kulla_ledger_durable_number", "The newest fact that is on the disk", MetricType::Gauge, number_at(ledger, "facts"));
  families.one("kulla_ledger_waiting_facts", "Facts that wait for the disk", MetricType::Gauge, number_at(ledger, "waiting"));
  families.one("kulla_ledger_problem", "1 while the ledger or a witness cannot be written", MetricType::Gauge, has_problem(ledger) ? 1 : 0);
  families.one("kulla_gate_problem", "1 while the gate does not do what it is told", MetricType::Gauge,
               has_problem(part_of(health, "gate")) ? 1 : 0);
  families.one("kulla_core_still_seconds", "Since the core last turned", MetricType::Gauge,
               std::chrono::duration<double>(parts_.still()).count());
  const auto* examining = health.if_contains("examining");
  families.one("kulla_examinations", "Inspections and proofs under way or waiting", MetricType::Gauge,
               examining && examining->is_array() ? examining->get_array().size() : 0);
  add_sensors(families, part_of(health, "sensors"));
  return families.text();
}
}  // namespace kulla::daemon
