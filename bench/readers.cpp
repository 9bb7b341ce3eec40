// What reading text costs: lines a second on one core for each format, the bytes in memory, every field there is looked at once.
// bench_readers
#include <fmt/format.h>

#include <string>

#include "event/text/readers.hpp"
#include "support/cpu.hpp"

namespace {
using namespace kulla;
using bench::cpu;

constexpr std::size_t lines_made = 50'000;
constexpr int rounds = 20;
constexpr std::size_t piece = std::size_t{1} << 20;
constexpr double wanted_rate = 1'000'000;  // of combined lines: 20 times what the daemon must keep up with

std::string combined(std::size_t n) {
  return fmt::format(
      R"(198.51.{}.{} - - [17/Oct/2022:14:{:02}:{:02} +0200] "GET /search{}?q=opening+hours&page={}&back=%2Fpermits HTTP/1.1" 200 {} "https://e-tax.example/" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.0.0 Safari/537.36")"
      "\n",
      n / 250 % 250, n % 250, n / 60 % 60, n % 60, n % 7, n, n % 9000);
}
std::string haproxy(std::size_t n) {
  return fmt::format(
      "Nov 14 22:45:27 lb haproxy[760]: 198.51.{}.{}:{} [14/Nov/2015:22:45:25.439] main app/app1 1/0/1/0/{} 200 {} - - ---- 3/3/0/0/0 0/0 "
      "\"GET /search?q=opening+hours HTTP/1.1\"\n",
      n / 250 % 250, n % 250, 1024 + n % 60000, n % 2000, n % 9000);
}
std::string syslog(std::size_t n) {
  return fmt::format("<38>Oct  5 11:{:02}:{:02} web1 sshd[{}]: Failed password for invalid user admin from 198.51.100.{} port {} ssh2\n",
                     n / 60 % 60, n % 60, n % 30000, n % 250, 1024 + n % 60000);
}
std::string rfc5424(std::size_t n) {
  return fmt::format(
      "<165>1 2025-10-11T22:14:15.{:03}Z mail.example evntslog {} ID47 [ex@32473 iut=\"3\" eventSource=\"Application\"] An event of some "
      "kind happened\n",
      n % 1000, n);
}
std::string auditd(std::size_t n) {
  return fmt::format(
      "type=SYSCALL msg=audit(1700000000.500:{0}): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e items=2 ppid=1 pid=2 "
      "auid=1000 uid=0 comm=\"cp\" exe=\"/bin/cp\" key=\"exec\"\n"
      "type=EXECVE msg=audit(1700000000.500:{0}): argc=3 a0=\"cp\" a1=\"/etc/shadow\" a2=2F746D702F6120622E747874\n"
      "type=PROCTITLE msg=audit(1700000000.500:{0}): proctitle=6370002F6574632F736861646F77\n",
      n);
}
std::string journald(std::size_t n) {
  return fmt::format(
      "__CURSOR=s={0}\n__REALTIME_TIMESTAMP={1}\nPRIORITY=6\n_COMM=sshd\n_PID={0}\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=Failed password for "
      "root from 198.51.100.7\n\n",
      n, 1'697'000'000'000'000 + n);
}
std::string csv(std::size_t n) {
  return n == 0 ? "time,user,action,comment\n" : fmt::format("2024-01-02T03:04:05Z,user{},sign-in,\"from here, with \"\"quotes\"\"\"\n", n);
}

struct Figure {
  double lines, bytes;  // a second
};
Figure measure(event::Format format, std::string (*line_of)(std::size_t)) {
  std::string text;
  for (std::size_t n = 0; n < lines_made; ++n) text += line_of(n);
  const auto size = text.size();
  text.append(event::read_padding, '\n');
  const auto reader = event::make_text_reader(format, {.seen = Timestamp{std::chrono::days{20'000}}});
  std::size_t touched = 0;
  const event::Reader::OnRecord touch = [&touched](const event::Event& event) {
    for (const auto& [name, value, form, key] : event.fields()) touched += name.size() + value.size();
  };
  const double start = cpu();
  for (int round = 0; round < rounds; ++round)
    for (std::size_t at = 0; at < size; at += piece)
      reader->read(std::string_view{text}.substr(at, std::min(piece, size - at)), false, touch);
  const double took = cpu() - start;
  if (touched == 0 || reader->losses().records > static_cast<std::size_t>(rounds))
    fmt::print("  {}: {} faults\n", name(format), reader->losses().records);
  const auto lines = static_cast<double>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
  return {lines * rounds / took, static_cast<double>(size) * rounds / took};
}
}  // namespace

int main() {
  fmt::print("readers: one core, {} records {} times\n", lines_made, rounds);
  double combined_rate = 0;
  const auto show = [&](std::string_view what, event::Format format, std::string (*line_of)(std::size_t)) {
    const auto figure = measure(format, line_of);
    if (combined_rate == 0) combined_rate = figure.lines;
    fmt::print("  {:<28}{:>12.0f} lines/s {:>8.0f} MB/s\n", what, figure.lines, figure.bytes / 1e6);
  };
  show("web, combined", event::Format::web_access, combined);
  show("web, HAProxy behind syslog", event::Format::web_access, haproxy);
  show("syslog, RFC 3164", event::Format::syslog, syslog);
  show("syslog, RFC 5424", event::Format::syslog, rfc5424);
  show("auditd, three records joined", event::Format::auditd, auditd);
  show("journald export", event::Format::journald, journald);
  show("CSV", event::Format::csv, csv);
  fmt::print("  wanted of combined logs {:>12.0f} lines/s\n", wanted_rate);
  return combined_rate >= wanted_rate ? 0 : 1;
}
