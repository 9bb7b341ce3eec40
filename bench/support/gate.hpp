// The gate of the figures: 1,225 services behind a real HAProxy on loopback.
#pragma once
#include <fmt/format.h>

#include <thread>

#include "base/process.hpp"
#include "gate/folder.hpp"
#include "gate/haproxy.hpp"
#include "gate/render.hpp"
#include "load.hpp"

namespace kulla::bench {
inline constexpr int service_count = 1225;  // Albania's e-services of July 2022

inline std::string host_of(int number) { return fmt::format("s{}.gov.example", number); }
inline ServiceId id_of(int number) { return ServiceId{fmt::format("s{}", number)}; }
inline std::string request_to(int number) {
  return fmt::format(
      "GET /services/form-{}.html HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/102.0\r\n"
      "Accept: text/html\r\nReferer: http://{}/services/\r\n\r\n",
      number % 40, host_of(number), host_of(number));
}
inline std::vector<std::string> all_requests() {
  std::vector<std::string> requests;
  for (int i = 0; i < service_count; ++i) requests.push_back(request_to(i));
  return requests;
}
inline gate::Settings settings_of(const std::filesystem::path& folder, int upstream) {
  gate::Settings settings;
  settings.folder = folder;
  settings.http = fmt::format("127.0.0.1:{}", free_port());
  settings.threads = 2;
  for (int i = 0; i < service_count; ++i) {
    Service service;
    service.id = id_of(i), service.host = host_of(i);
    settings.backends.push_back({service, fmt::format("127.0.0.1:{}", upstream)});
  }
  return settings;
}
inline int port_of(const gate::Settings& settings) { return std::stoi(settings.http.substr(settings.http.find(':') + 1)); }

template <typename Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "bench: {}\n", result.error().message());
  std::exit(2);
}
inline void must(const Result<>& result) {
  if (result) return;
  fmt::print(stderr, "bench: {}\n", result.error().message());
  std::exit(2);
}

/// Starts HAProxy on what is rendered in `settings.folder`, and waits until it answers.
inline Child start(const gate::Settings& settings) {
  auto child =
      must(Child::start(gate::haproxy_command(settings),
                        {.environment = {}, .out = settings.folder / "out", .err = settings.folder / "out", .dies_with_parent = true}));
  gate::HaproxyGate gate{settings};
  for (int i = 0; i < 2000 && !gate.workers(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  (void)must(gate.workers());
  return child;
}
}  // namespace kulla::bench
