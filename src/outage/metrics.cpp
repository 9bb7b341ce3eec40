#include "outage/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <functional>
#include <optional>
#include <sstream>
#include <vector>

namespace kulla::outage {
namespace {
using Value = std::optional<double>;  // nothing: this observation has no such metric

double seconds(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }
bool good(const Observation& each) { return each.failed == Layer::none && each.notice == NoticeSeen::none; }
Value ip_protocol(const Observation& each) {
  if (!each.address) return std::nullopt;
  return each.address->find(':') == std::string::npos ? 4 : 6;
}
Value expiry(const Observation& each) {
  if (!each.certificate_ends) return std::nullopt;
  return static_cast<double>(each.certificate_ends->time_since_epoch() / std::chrono::seconds{1});
}

struct Family {
  const char* name;
  const char* help;
  Value (*value)(const Observation&);
};
constexpr std::array families{
    Family{"probe_success", "Displays whether or not the probe was a success", [](const Observation& each) -> Value { return good(each); }},
    Family{"probe_duration_seconds", "Returns how long the probe took to complete in seconds",
           [](const Observation& each) -> Value { return seconds(each.took_us); }},
    Family{"probe_dns_lookup_time_seconds", "Returns the time taken for probe dns lookup in seconds",
           [](const Observation& each) -> Value { return seconds(each.phases.resolve_us); }},
    Family{"probe_http_status_code", "Response HTTP status code", [](const Observation& each) -> Value { return each.status; }},
    Family{"probe_http_ssl", "Indicates if SSL was used for the final redirect",
           [](const Observation& each) -> Value { return each.phases.tls_us > 0 || each.certificate_ends; }},
    Family{"probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime", expiry},
    Family{"probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6", ip_protocol},
    Family{"probe_failed_due_to_regex", "Indicates if probe failed due to regex",
           [](const Observation& each) -> Value { return each.failed == Layer::body; }},
    Family{"kulla_probe_notice", "Closure notice: 0 none, 1 unverified, 2 valid, 3 expired, 4 foreign",
           [](const Observation& each) -> Value { return static_cast<double>(each.notice); }},
    Family{"kulla_probe_layer", "Where the probe failed, by its place in docs/observation-format.md; 0 where it did not",
           [](const Observation& each) -> Value { return static_cast<double>(each.failed); }},
    Family{"kulla_probe_timestamp_seconds", "When the probe was sent",
           [](const Observation& each) -> Value { return seconds(each.sent.time_since_epoch().count()); }},
};

prometheus::ClientMetric metric_of(const Observation& each, double value) {
  prometheus::ClientMetric metric;
  metric.label = {{"target", each.target.str()}, {"vantage", each.vantage.str()}};
  metric.gauge.value = value;
  return metric;
}
prometheus::MetricFamily family_of(const char* name, const char* help) {
  prometheus::MetricFamily family;
  family.name = name, family.help = help, family.type = prometheus::MetricType::Gauge;
  return family;
}
/// blackbox_exporter's phases; what remains of the whole is the transfer.
std::array<std::pair<const char*, std::int64_t>, 5> phases_of(const Observation& each) {
  const auto& phases = each.phases;
  const auto known = phases.resolve_us + phases.connect_us + phases.tls_us + phases.first_byte_us;
  const auto transfer = phases.first_byte_us > 0 && each.took_us > known ? each.took_us - known : 0;
  return {{{"resolve", phases.resolve_us},
           {"connect", phases.connect_us},
           {"tls", phases.tls_us},
           {"processing", phases.first_byte_us},
           {"transfer", transfer}}};
}
}  // namespace

void Metrics::take(const Observation& observation) {
  ++taken_;
  const std::pair key{observation.target, observation.vantage};
  const auto found = newest_.find(key);
  if (found == newest_.end() && newest_.size() >= most) ++left_out_;
  else if (found == newest_.end()) newest_.emplace(key, observation);
  else if (observation.sent >= found->second.sent) found->second = observation;
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> all;
  for (const auto& family : families) {
    auto& made = all.emplace_back(family_of(family.name, family.help));
    for (const auto& [key, each] : newest_)
      if (const auto value = family.value(each)) made.metric.push_back(metric_of(each, *value));
  }
  auto& durations =
      all.emplace_back(family_of("probe_http_duration_seconds", "Duration of http request by phase, summed over all redirects"));
  for (const auto& [key, each] : newest_)
    for (const auto& [phase, micros] : phases_of(each)) {
      auto metric = metric_of(each, seconds(micros));
      metric.label.push_back({"phase", phase});
      durations.metric.push_back(std::move(metric));
    }
  for (const auto& [name, help, count] : {std::tuple{"kulla_observations_total", "Observations taken", taken_},
                                          {"kulla_observations_left_out_total", "Of more targets than are shown", left_out_}}) {
    auto& counter = all.emplace_back(family_of(name, help));
    counter.type = prometheus::MetricType::Counter;
    counter.metric.emplace_back().counter.value = static_cast<double>(count);
  }
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, all);
  return out.str();
}
}  // namespace kulla::outage
