// The public status page of 1,225 services: how long a writing takes, and how many requests nginx answers from it, with no daemon at all.
// usage: bench_status_page [SECONDS]
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/process.hpp"
#include "serve/status_site.hpp"
#include "support/cpu.hpp"
#include "support/load.hpp"

namespace kulla::bench {
namespace {
using namespace std::chrono;
using serve::StatusState;
constexpr int services = 1225;  // Albania's e-services of July 2022
constexpr int institutions = 60, rate = 10'000;
constexpr double write_limit = 1.0;

template <typename Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "bench: {}\n", result.error().message());
  std::exit(2);
}

void must(const Result<>& result) {
  if (result) return;
  fmt::print(stderr, "bench: {}\n", result.error().message());
  std::exit(2);
}

serve::StatusPicture picture(Timestamp time, int closed) {
  static const Timestamp now = *parse_rfc3339("2026-11-28T01:52:20Z");  // of what happened before
  serve::StatusPicture told{.time = time};
  for (int i = 0; i < institutions; ++i)
    told.institutions.push_back(
        {fmt::format("i{}", i), {{"sq", fmt::format("Institucioni {}", i)}, {"en", fmt::format("Institution {}", i)}}});
  for (int i = 0; i < services; ++i) {
    serve::StatusService service{.id = ServiceId{fmt::format("s{}", i)}, .institution = fmt::format("i{}", i % institutions)};
    service.name = {{"sq", fmt::format("Shërbimi {}", i)}, {"en", fmt::format("Service {}", i)}};
    service.address = fmt::format("s{}.gov.example", i);
    service.meanwhile.text = {{"sq", "Paraqiteni në zyrë."}, {"en", "Hand it in at the office."}};
    service.state = StatusState::working;
    for (int day = 80; day > 0; day -= 9)
      service.spans.push_back({serve::SpanKind::down, now - days{day}, now - days{day} + minutes{i % 50}, {}});
    if (i < closed) {
      service.state = StatusState::closed, service.since = now - minutes{41}, service.closure = ClosureId{"c1"};
      service.spans.push_back({serve::SpanKind::closed, *service.since, {}, service.closure});
    }
    told.services.push_back(std::move(service));
  }
  told.head = {4821, std::string(64, 'a')};
  return told;
}

/// Seconds by the clock and of processor.
struct Took {
  double wall, processor;
};
Took write(serve::StatusSite& site, const serve::StatusPicture& told, const char* what) {
  const auto begun = steady_clock::now();
  const auto used = cpu();
  const auto done = must(site.write(told));
  const Took took{duration<double>(steady_clock::now() - begun).count(), cpu() - used};
  fmt::print("{:<34} {:>5} of {} files in {:.3f} s, {:.3f} s of processor (limit {:.0f} s)\n", what, done.files, done.of, took.wall,
             took.processor, write_limit);
  return took;
}

std::string request(const std::string& path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: status.example\r\nAccept-Encoding: gzip\r\nUser-Agent: Mozilla/5.0\r\n\r\n", path);
}
std::vector<std::string> requests() {
  std::vector<std::string> all;
  for (int i = 0; i < services; ++i)
    for (const auto& path : {std::string{"/"}, std::string{"/style.css"}, fmt::format("/service/s{}.html", i), std::string{"/time.json"}})
      all.push_back(request(path));
  return all;
}

Child start_nginx(const std::filesystem::path& folder, const std::filesystem::path& site, int port) {
  const auto config = fmt::format(
      "daemon off;\n{3}master_process off;\npid {0}/nginx.pid;\nerror_log {0}/error.log;\nevents {{ worker_connections 1024; }}\nhttp {{\n "
      " "
      "types {{ "
      "text/html html; text/css css; text/javascript js; application/json json; application/atom+xml xml; image/svg+xml svg; }}\n  "
      "access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 100000000;\n  client_body_temp_path {0}/t1;\n  "
      "proxy_temp_path "
      "{0}/t2;\n  fastcgi_temp_path {0}/t3;\n  uwsgi_temp_path {0}/t4;\n  scgi_temp_path {0}/t5;\n  server {{ listen 127.0.0.1:{1}; root "
      "{2}; "
      "index index.html; gzip_static on; }}\n}}\n",
      folder.string(), port, site.string(), ::getuid() == 0 ? "user root;\n" : "");
  must(write_file_atomic(folder / "nginx.conf", config));
  auto child = must(Child::start({"nginx", "-e", (folder / "error.log").string(), "-c", (folder / "nginx.conf").string()},
                                 {.environment = {}, .out = folder / "out", .err = folder / "out", .dies_with_parent = true}));
  std::this_thread::sleep_for(seconds{1});
  return child;
}

int measure(int length) {
  auto folder = must(TemporaryFolder::make("kulla-status"));
  const auto place = folder.path() / "site";
  auto site = must(serve::StatusSite::open({.folder = place, .url = "https://status.example/", .time_zone = "Europe/Tirane"}));
  const auto now = *parse_rfc3339("2026-11-28T01:52:20Z");
  std::vector<Took> took;
  took.push_back(write(site, picture(now, 9), "everything, the first time"));
  took.push_back(write(site, picture(now + seconds{5}, 9), "again, nothing changed"));
  took.push_back(write(site, picture(now + seconds{10}, 12), "three services more are closed"));
  took.push_back(write(site, picture(now + seconds{15}, services), "all are closed at once"));
  const bool fast = std::ranges::all_of(took, [](const Took& each) { return each.wall <= write_limit; });

  must(site.write(picture(now + seconds{20}, 9)));
  const int port = free_port();
  auto nginx = start_nginx(folder.path(), place, port);
  Load load{{port, 64, requests(), rate, {}, {}}};
  std::this_thread::sleep_for(seconds{1});
  const auto before = load.answered();
  const auto used = processor_time(nginx.pid());
  const auto begun = steady_clock::now();
  std::this_thread::sleep_for(seconds{length});
  const auto counted = static_cast<double>(load.answered() - before);
  const auto answered = counted / duration<double>(steady_clock::now() - begun).count();
  const auto cost = static_cast<double>((processor_time(nginx.pid()) - used).count()) / counted;
  load.stop();
  const auto wrong = load.failed() + load.refused();
  fmt::print(
      "nginx alone, one worker: {:.0f} requests/s for {} s of {} asked, {} failed or not 200 (limit {}, 0); {:.0f} us of its processor "
      "time a request\n",
      answered, length, rate, wrong, rate, cost);
  Load most{{port, 64, requests(), 0, {}, {}}};
  std::this_thread::sleep_for(seconds{length});
  most.stop();
  fmt::print("as fast as it goes: {:.0f} requests/s\n", static_cast<double>(most.answered()) / length);
  nginx.stop();
  return fast && answered >= rate * 0.99 && wrong == 0 ? 0 : 1;
}
}  // namespace
}  // namespace kulla::bench

int main(int argc, char** argv) { return kulla::bench::measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 10); }
