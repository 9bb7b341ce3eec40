#include "gate/haproxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "gate/folder.hpp"
#include "gate/map_files.hpp"
#include "gate/render.hpp"

namespace kulla::gate {
using namespace std::chrono;
namespace {
constexpr auto between_rounds = 2ms;

Timestamp now() { return time_point_cast<microseconds>(system_clock::now()); }

/// The address as HAProxy writes it, or bad_argument: nothing else may stand in a command.
Result<std::string> canonical_address(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, address.c_str(), bytes.data()) == 1 && ::inet_ntop(family, bytes.data(), text.data(), text.size()))
      return std::string(text.data());
  return fail(Code::bad_argument, fmt::format("'{}' is not an IP address", address.substr(0, 80)));
}
std::string describe(const Worker& worker) { return fmt::format("worker {}{}", worker.pid, worker.old ? " (old)" : ""); }
}  // namespace

void HaproxyGate::Progress::add(pid_t worker, int streams_ended) {
  done.push_back(worker);
  applied.workers = static_cast<int>(done.size());
  applied.streams_ended += streams_ended;
  applied.acknowledged = now();
}
bool HaproxyGate::Progress::has(pid_t worker) const { return std::ranges::find(done, worker) != done.end(); }

HaproxyGate::HaproxyGate(Settings settings, milliseconds patience)
    : settings_(std::move(settings)),
      patience_(patience),
      runtime_(settings_.runtime_socket(), patience),
      master_(settings_.master_socket(), patience) {}

std::string HaproxyGate::file_problem() const {
  return state_problem_.empty() || source_problem_.empty() ? state_problem_ + source_problem_ : state_problem_ + "; " + source_problem_;
}

// ---- orders ----

Result<GateApplied> HaproxyGate::set(const ServiceId& service, const GateEntry& entry, bool opens) {
  const auto is_it = [&](const Backend& backend) { return backend.service.id == service; };
  if (std::ranges::none_of(settings_.backends, is_it)) return fail(Code::not_found, fmt::format("service \"{}\"", service.str()));
  return opens && entry.mode != GateMode::closed ? open(service, entry) : close(service, entry);
}

HaproxyGate::Change HaproxyGate::state_change(const ServiceId& service, const GateEntry& entry) const {
  const bool ends = entry.mode == GateMode::closed || entry.mode == GateMode::trial;
  return {settings_.state_map().string(), service.str(), to_map_value(entry), ends ? std::optional{service} : std::nullopt};
}

Result<GateApplied> HaproxyGate::close(const ServiceId& service, const GateEntry& entry) {
  const auto change = state_change(service, entry);
  auto live = apply_everywhere(change);
  const auto file = overwrite_state(settings_.state_map(), service, entry);
  state_problem_ = file ? "" : file.error().what;
  KULLA_CHECK(live);
  // Once more in all: in those that read the file before it was written, and against a request that was between the rules and its server.
  KULLA_TRY(const auto again, apply_everywhere(change));
  auto applied = live->applied;
  for (const auto worker : again.done)
    if (!live->has(worker)) applied.acknowledged = again.applied.acknowledged;
  applied.workers = again.applied.workers;
  applied.streams_ended += again.applied.streams_ended;
  return applied;
}

Result<GateApplied> HaproxyGate::open(const ServiceId& service, const GateEntry& entry) {
  auto before = replace_state(settings_.state_map(), service, entry);
  state_problem_ = before ? "" : before.error().what;
  KULLA_CHECK(before);
  auto change = state_change(service, entry);
  change.end_streams.reset();
  auto live = apply_everywhere(change);
  if (live) return live->applied;
  take_back(service, *before);
  return std::unexpected(std::move(live).error());
}

void HaproxyGate::take_back(const ServiceId& service, const GateEntry& entry) {
  (void)apply_everywhere(state_change(service, entry));  // as far as it goes: the opening's own error is what is reported
  const auto file = overwrite_state(settings_.state_map(), service, entry);
  state_problem_ = file ? "" : file.error().what;
}

Result<> HaproxyGate::block(const std::string& address) { return change_source(address, true); }
Result<> HaproxyGate::unblock(const std::string& address) { return change_source(address, false); }

Result<> HaproxyGate::change_source(const std::string& address, bool blocked) {
  KULLA_TRY(const auto source, canonical_address(address));
  const Change change{settings_.source_map().string(), source, blocked ? "blocked" : "", {}};
  const auto write = [&] {
    const auto file = blocked ? add_source(settings_.source_map(), source) : remove_source(settings_.source_map(), source);
    source_problem_ = file ? "" : file.error().what;
    return file;
  };
  if (!blocked) KULLA_CHECK(write());
  auto live = apply_everywhere(change);
  if (blocked) (void)write();
  KULLA_CHECK(live);
  if (blocked) KULLA_CHECK(apply_everywhere(change));
  return {};
}

// ---- every worker ----

Result<std::vector<Worker>> HaproxyGate::workers() {
  KULLA_TRY(const auto answer, ask_master("show proc"));
  KULLA_TRY(auto found, parse_workers(answer));
  if (found.empty()) return fail(Code::gate_unreachable, fmt::format("{}: HAProxy has no worker", settings_.master_socket().string()));
  return found;
}

Result<HaproxyGate::Progress> HaproxyGate::apply_everywhere(const Change& change) {
  Progress progress;
  // The worker that we already talk to first, and at once: the master is silent while it reloads.
  if (!runtime_.connected()) meet_runtime();
  if (runtime_pid_)
    if (const auto ended = apply({runtime_pid_, false}, change)) progress.add(runtime_pid_, *ended);
  const auto end = steady_clock::now() + patience_;
  for (bool complete = false, failed = false; !complete; failed = false) {
    KULLA_TRY(const auto present, workers());
    complete = true;
    for (const auto& worker : present) {
      if (progress.has(worker.pid)) continue;
      complete = false;
      auto ended = apply(worker, change);
      if (ended) progress.add(worker.pid, *ended);
      // One that has just ended stands in the master's list until the master has noticed.
      else if (steady_clock::now() > end) return std::unexpected(std::move(ended).error().in(describe(worker)));
      failed |= !ended;
    }
    if (failed) std::this_thread::sleep_for(between_rounds);
  }
  return progress;
}

Result<int> HaproxyGate::apply(const Worker& worker, const Change& change) {
  KULLA_CHECK(put(worker, change));
  return change.end_streams ? end_streams(worker, *change.end_streams) : 0;
}

Result<> HaproxyGate::put(const Worker& worker, const Change& change) {
  const auto entry = fmt::format("{} {}", change.map, change.key);
  const auto get = "get map " + entry;
  KULLA_TRY(auto answers, change.value.empty() ? ask(worker, {"del map " + entry, get})
                                               : ask(worker, {fmt::format("set map {} {}", entry, change.value), get}));
  KULLA_TRY(auto found, parse_found(answers[1]));
  if (!found && !change.value.empty()) {  // `set map` knows only keys that are there
    KULLA_TRY(answers, ask(worker, {fmt::format("add map {} {}", entry, change.value), get}));
    KULLA_TRY(found, parse_found(answers[1]));
  }
  if (found.value_or("") != change.value)
    return fail(Code::gate_refused, fmt::format("{} stays '{}': {}", change.key, found.value_or("absent"), answers[0].substr(0, 200)));
  return {};
}

Result<int> HaproxyGate::end_streams(const Worker& worker, const ServiceId& service) {
  if (worker.old) return end_streams_singly(worker, service);
  KULLA_TRY(const auto answers,
            ask(worker, {"show servers conn " + backend_name(service), "shutdown sessions server " + server_name(service)}));
  if (answers[1].empty()) return parse_used_connections(answers[0]);
  return end_streams_singly(worker, service);  // it has become an old one, where this is refused
}

Result<int> HaproxyGate::end_streams_singly(const Worker& worker, const ServiceId& service) {
  int ended = 0;
  for (const auto end = steady_clock::now() + patience_; steady_clock::now() < end; std::this_thread::sleep_for(between_rounds)) {
    KULLA_TRY(const auto answers, ask(worker, {"show sess"}));
    const auto streams = parse_streams(answers[0], backend_name(service));
    if (streams.empty()) return ended;
    std::vector<std::string> commands;
    for (const auto& stream : streams) commands.push_back("shutdown session " + stream);
    KULLA_CHECK(ask(worker, commands));
    ended = std::max(ended, static_cast<int>(streams.size()));
  }
  return fail(Code::timed_out, fmt::format("streams of {} do not end", service.str()));
}

// ---- the way to a worker: its own socket where that is the one we are connected to, else through the master ----

Result<std::vector<std::string>> HaproxyGate::ask(const Worker& worker, const std::vector<std::string>& commands) {
  if (reaches(worker)) {
    if (auto answers = runtime_.ask_all(commands)) return answers;
    runtime_pid_ = 0;
  }
  std::vector<std::string> answers;
  for (const auto& command : commands) {
    KULLA_TRY(auto answer, ask_master(fmt::format("@!{} {}", worker.pid, command)));
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<std::string> HaproxyGate::ask_master(std::string_view command) {
  const auto end = steady_clock::now() + patience_;
  for (bool again = false;; again = true) {
    auto answer = master_.ask(command);
    if (answer || answer.error().code != Code::gate_unreachable || steady_clock::now() > end) return answer;
    // A reload hangs up, and takes the socket away until the configuration is read: as long as a worker answers, it is worth waiting.
    if (again) meet_runtime();
    if (again && !runtime_pid_) return answer;
    if (again) std::this_thread::sleep_for(between_rounds);
  }
}

bool HaproxyGate::reaches(const Worker& worker) {
  if (runtime_pid_ == worker.pid && runtime_.connected()) return true;
  if (worker.old) return false;
  meet_runtime();
  return runtime_pid_ == worker.pid;
}

void HaproxyGate::meet_runtime() {
  runtime_.close();
  const auto info = runtime_.ask("show info");
  const auto pid = info ? parse_pid(*info) : Result<pid_t>{0};
  runtime_pid_ = pid.value_or(0);
}

// ---- reading back ----

Result<std::vector<GateFound>> HaproxyGate::read_back() {
  const auto end = steady_clock::now() + patience_;
  for (;; std::this_thread::sleep_for(between_rounds)) {
    auto found = read_workers();
    if (!found && steady_clock::now() < end && found.error().code == Code::gate_refused) continue;  // one has just ended: as above
    KULLA_CHECK(found);
    read_file_into(*found);
    return found;
  }
}

Result<std::vector<GateFound>> HaproxyGate::read_workers() {
  std::vector<GateFound> found;
  KULLA_TRY(const auto present, workers());
  for (const auto& worker : present) {
    auto read = read_worker(worker);
    if (!read) return std::unexpected(std::move(read).error().in(describe(worker)));
    found.insert(found.end(), std::make_move_iterator(read->begin()), std::make_move_iterator(read->end()));
  }
  return found;
}

Result<std::vector<GateFound>> HaproxyGate::read_worker(const Worker& worker) {
  KULLA_TRY(const auto answers, ask(worker, {"show map " + settings_.state_map().string()}));
  KULLA_TRY(const auto lines, parse_map(answers[0]));
  // An empty answer is that of a worker that has ended as well as that of an empty map: in both cases ask who is there.
  if (lines.empty()) KULLA_CHECK(is_there(worker));
  std::map<std::string_view, std::string_view> values;
  for (const auto& line : lines) values.emplace(line.key, line.value);  // HAProxy takes the first of two as well
  std::vector<GateFound> found;
  for (const auto& backend : settings_.backends) {
    const auto value = values.find(backend.service.id.str());
    found.push_back({backend.service.id, value == values.end() ? GateEntry{} : read_leniently(value->second), std::to_string(worker.pid)});
  }
  return found;
}

Result<> HaproxyGate::is_there(const Worker& worker) {
  KULLA_TRY(const auto answers, ask(worker, {"show info"}));
  KULLA_CHECK(parse_pid(answers[0]));
  return {};
}

void HaproxyGate::read_file_into(std::vector<GateFound>& found) {
  const auto map = read_state_map(settings_);
  state_problem_ = map ? "" : map.error().what;
  if (!map) return;  // a file that cannot be read says nothing of what the workers do; it is a problem of its own, and said as one
  for (const auto& backend : settings_.backends) {
    const auto& service = backend.service.id;
    const bool stands = map->contains(service);
    found.push_back({service, stands ? map->at(service) : GateEntry{}, "map file"});
  }
}
}  // namespace kulla::gate
