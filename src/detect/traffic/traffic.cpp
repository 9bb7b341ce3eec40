#include "detect/traffic/traffic.hpp"

#include <fmt/format.h>

#include <functional>

namespace kulla::detect::traffic {
namespace {
Result<> check(std::string_view key, int limit, std::chrono::seconds window) {
  if (limit >= 1 && limit <= limit_limit && window >= std::chrono::seconds{1} && window <= std::chrono::hours{24}) return {};
  return fail(Code::bad_config, fmt::format("{}: a limit of 1 to {} and a window of 1 s to 24 h expected", key, limit_limit));
}
}  // namespace

Result<Traffic> Traffic::make(const Settings& settings) {
  KULLA_CHECK(check("failure_rate", settings.failure_rate.failures, settings.failure_rate.window));
  KULLA_CHECK(check("path_scan", settings.path_scan.paths, settings.path_scan.window));
  return Traffic{settings};
}

Traffic::Traffic(const Settings& settings)
    : failure_rate_(settings.failure_rate),
      path_scan_(settings.path_scan),
      refused_(settings.tracked_limit),
      missing_(settings.tracked_limit) {}

const std::vector<Hit>& Traffic::look(const event::Event& event) {
  hits_.clear();
  const auto status = event.field("sc-status");
  const auto address = event.field("c-ip");
  if (!status || !address) return hits_;
  if (*status == "401" || *status == "403") count_refused(event, *address);
  else if (*status == "404") count_missing(event, *address);
  return hits_;
}

void Traffic::count_refused(const event::Event& event, std::string_view address) {
  key_.assign(address).append(1, '\n').append(event.field("kulla-service").value_or("-"));
  const auto limit = static_cast<std::size_t>(failure_rate_.failures);
  const auto count = refused_.of(key_).add(event.recorded, failure_rate_.window, limit);
  if (count > limit) hits_.push_back({&guessing, count});
}

// Over all services: a scanner asks each a little.
void Traffic::count_missing(const event::Event& event, std::string_view address) {
  key_.assign(event.field("cs-host").value_or("-")).append(1, '\n').append(event.field("cs-uri-stem").value_or("-"));
  const auto thing = std::hash<std::string>{}(key_);
  const auto limit = static_cast<std::size_t>(path_scan_.paths);
  const auto count = missing_.of(address).add(thing, event.recorded, path_scan_.window, limit);
  if (count > limit) hits_.push_back({&scanning, count});
}

}  // namespace kulla::detect::traffic
