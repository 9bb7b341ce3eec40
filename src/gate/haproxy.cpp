#include "gate/haproxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <thread>

#include "gate/folder.hpp"
#include "gate/map_files.hpp"
#include "gate/render.hpp"

namespace kulla::gate {
using namespace std::chrono;
namespace {
constexpr auto between_rounds = 2ms;
constexpr auto silence = 1s;             // after which a worker that gave no answer is asked again,
constexpr auto brief_patience = 100ms;   // for so long
constexpr std::size_t closings_a_line = 32;  // HAProxy takes a line of 16 KiB; the commands of one closing have up to 400 bytes

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
/// Asks how many there are, and ends them.
std::vector<std::string> commands_to_end_streams(const ServiceId& service) {
  return {"show servers conn " + backend_name(service), "shutdown sessions server " + server_name(service)};
}
Result<> wanted(const StillWanted& still_wanted) {
  return !still_wanted || still_wanted() ? Result<>{} : fail(Code::gate_refused, "the opening no longer stands");
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
      master_(settings_.master_socket(), patience),
      forestalling_(settings_.runtime_socket(), patience) {}

std::string HaproxyGate::file_problem() const {
  const std::scoped_lock lock{file_};
  return state_problem_.empty() || source_problem_.empty() ? state_problem_ + source_problem_ : state_problem_ + "; " + source_problem_;
}

std::vector<std::string> HaproxyGate::problems() const {
  std::vector<std::string> found;
  if (auto file = file_problem(); !file.empty()) found.push_back(std::move(file));
  if (failed_reloads_ > 0) found.emplace_back("the last reload of HAProxy failed: it goes on with the configuration from before");
  for (const auto& [pid, when] : silent_) found.push_back(fmt::format("worker {} gives no answer: what it lets in is not known", pid));
  return found;
}

Result<bool> HaproxyGate::restore_file(const std::map<ServiceId, GateEntry>& entries) {
  const std::scoped_lock lock{file_};
  std::error_code error;
  if (std::filesystem::symlink_status(settings_.state_map(), error).type() != std::filesystem::file_type::not_found) return false;
  KULLA_CHECK(write_file_atomic(settings_.state_map(), format_state_map(entries), 0600));
  return true;
}

// ---- orders ----

Result<GateApplied> HaproxyGate::set(const ServiceId& service, const GateEntry& entry, bool opens, const StillWanted& still_wanted) {
  const auto is_it = [&](const Backend& backend) { return backend.service.id == service; };
  if (std::ranges::none_of(settings_.backends, is_it)) return fail(Code::not_found, fmt::format("service \"{}\"", service.str()));
  return opens && entry.mode != GateMode::closed ? open(service, entry, still_wanted) : close(service, entry);
}

HaproxyGate::Change HaproxyGate::state_change(const ServiceId& service, const GateEntry& entry) const {
  const bool ends = entry.mode == GateMode::closed || entry.mode == GateMode::trial;
  return {settings_.state_map().string(), service.str(), to_map_value(entry), ends ? std::optional{service} : std::nullopt, {}};
}

Result<GateApplied> HaproxyGate::close(const ServiceId& service, const GateEntry& entry) {
  const auto change = state_change(service, entry);
  KULLA_TRY(const auto live, apply_everywhere(change, [&] { write_closing(service, entry); }));
  // Once more in all: in those that read the file before it was written, and against a request that was between the rules and its server.
  KULLA_TRY(const auto again, apply_everywhere(change));
  auto applied = live.applied;
  for (const auto worker : again.done)
    if (!live.has(worker)) applied.acknowledged = again.applied.acknowledged;
  applied.workers = again.applied.workers;
  applied.streams_ended += again.applied.streams_ended + ended_before(service);
  return applied;
}

Result<GateApplied> HaproxyGate::open(const ServiceId& service, const GateEntry& entry, const StillWanted& still_wanted) {
  KULLA_CHECK(all_awake());
  KULLA_CHECK(wanted(still_wanted));
  const auto write = [&] {
    const std::scoped_lock lock{file_};
    auto before = replace_state(settings_.state_map(), service, entry);
    state_problem_ = before ? "" : before.error().what;
    return before;
  };
  KULLA_TRY(const auto before, write());
  auto change = state_change(service, entry);
  change.end_streams.reset();
  change.still_wanted = still_wanted;
  auto live = apply_everywhere(change);
  if (live) return live->applied;
  take_back(service, before);
  return std::unexpected(std::move(live).error());
}

void HaproxyGate::take_back(const ServiceId& service, const GateEntry& entry) {
  (void)apply_everywhere(state_change(service, entry));  // as far as it goes: the opening's own error is what is reported
  write_closing(service, entry);
}

void HaproxyGate::write_closing(const ServiceId& service, const GateEntry& entry) {
  const std::scoped_lock lock{file_};
  const auto file = overwrite_state(settings_.state_map(), service, entry);
  state_problem_ = file ? "" : file.error().what;
}

int HaproxyGate::ended_before(const ServiceId& service) {
  const std::scoped_lock lock{file_};
  const auto ended = ended_before_.extract(service);
  return ended ? ended.mapped() : 0;
}

void HaproxyGate::forestall(const std::vector<order::SetGate>& closings) {
  const std::scoped_lock lock{forestall_};
  forestalling_.close();  // after a reload, only a new connection reaches the new worker
  for (auto rest = std::span{closings}; !rest.empty(); rest = rest.subspan(std::min(rest.size(), closings_a_line))) {
    const auto some = rest.first(std::min(rest.size(), closings_a_line));
    std::vector<std::string> commands;
    for (const auto& [service, entry, opens] : some) {
      commands.push_back(fmt::format("set map {} {} {}", settings_.state_map().string(), service.str(), to_map_value(entry)));
      for (auto& command : commands_to_end_streams(service)) commands.push_back(std::move(command));
    }
    const auto answers = forestalling_.ask_all(commands);
    if (!answers) break;  // `set` says what is wrong
    const std::scoped_lock counting{file_};
    for (std::size_t i = 0; i < some.size(); ++i) ended_before_[some[i].service] += parse_used_connections((*answers)[3 * i + 1]);
  }
  for (const auto& closing : closings) write_closing(closing.service, closing.entry);
}

Result<> HaproxyGate::block(const std::string& address) { return change_source(address, true); }
Result<> HaproxyGate::unblock(const std::string& address) { return change_source(address, false); }

Result<> HaproxyGate::change_source(const std::string& address, bool blocked) {
  KULLA_TRY(const auto source, canonical_address(address));
  const Change change{settings_.source_map().string(), source, blocked ? "blocked" : "", {}, {}};
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
  failed_reloads_ = parse_failed_reloads(answer);
  if (found.empty()) return fail(Code::gate_unreachable, fmt::format("{}: HAProxy has no worker", settings_.master_socket().string()));
  std::erase_if(silent_, [&](const auto& one) { return std::ranges::find(found, one.first, &Worker::pid) == found.end(); });
  return found;
}

Result<HaproxyGate::Progress> HaproxyGate::apply_everywhere(const Change& change, const std::function<void()>& before_the_others) {
  Progress progress;
  std::map<pid_t, Error> given_up;
  auto end = steady_clock::time_point::max();
  /// False where it is worth trying again: one that has just ended stands in the master's list until the master has noticed.
  const auto visit = [&](const Worker& worker) {
    auto ended = apply(worker, change);
    if (ended) progress.add(worker.pid, *ended);
    else if (ended.error().code == Code::timed_out || steady_clock::now() > end || !wanted(change.still_wanted))
      given_up.emplace(worker.pid, std::move(ended).error().in(describe(worker)));
    else return false;
    return true;
  };
  // The worker that we already talk to first, and at once: the master is silent while it reloads.
  if (!runtime_.connected()) meet_runtime();
  if (runtime_pid_) visit({runtime_pid_, false});
  if (before_the_others) before_the_others();
  end = steady_clock::now() + patience_;
  for (bool complete = false, failed = false; !complete; failed = false) {
    KULLA_TRY(const auto present, workers());
    complete = true;
    for (const auto& worker : present) {
      if (progress.has(worker.pid) || given_up.contains(worker.pid)) continue;
      complete = false;
      failed |= !visit(worker);
    }
    if (failed) std::this_thread::sleep_for(between_rounds);
  }
  if (!given_up.empty()) return std::unexpected(given_up.begin()->second);
  return progress;
}

Result<int> HaproxyGate::apply(const Worker& worker, const Change& change) {
  KULLA_CHECK(put(worker, change));
  return change.end_streams ? end_streams(worker, *change.end_streams) : 0;
}

Result<> HaproxyGate::put(const Worker& worker, const Change& change) {
  const auto entry = fmt::format("{} {}", change.map, change.key);
  const auto get = "get map " + entry;
  if (change.still_wanted) {
    KULLA_CHECK(is_there(worker));
    KULLA_CHECK(wanted(change.still_wanted));
  }
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

Result<> HaproxyGate::all_awake() {
  const auto ask_each = [&]() -> Result<> {
    KULLA_TRY(const auto present, workers());
    for (const auto& worker : present) KULLA_CHECK(is_there(worker));
    return {};
  };
  for (const auto end = steady_clock::now() + patience_;; std::this_thread::sleep_for(between_rounds)) {
    auto asked = ask_each();
    if (asked || asked.error().code != Code::gate_refused || steady_clock::now() > end) return asked;  // one has just ended: as above
  }
}

Result<int> HaproxyGate::end_streams(const Worker& worker, const ServiceId& service) {
  if (worker.old) return end_streams_singly(worker, service);
  KULLA_TRY(const auto answers, ask(worker, commands_to_end_streams(service)));
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
  const auto known = silent_.find(worker.pid);
  const bool silent = known != silent_.end();
  if (!silent || steady_clock::now() >= known->second) {
    auto answers = ask_within(worker, commands, silent ? brief_patience : patience_);
    if (answers) silent_.erase(worker.pid);
    if (answers || answers.error().code != Code::timed_out) return answers;
    silent_[worker.pid] = steady_clock::now() + silence;
  }
  return fail(Code::timed_out, "no answer");
}

Result<std::vector<std::string>> HaproxyGate::ask_within(const Worker& worker, const std::vector<std::string>& commands,
                                                         Milliseconds patience) {
  if (reaches(worker)) {
    auto answers = runtime_.ask_all(commands, patience);
    if (answers || answers.error().code == Code::timed_out) return answers;
    runtime_pid_ = 0;
  }
  std::vector<std::string> answers;
  for (const auto& command : commands) {
    KULLA_TRY(auto answer, ask_master(fmt::format("@!{} {}", worker.pid, command), patience));
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<std::string> HaproxyGate::ask_master(std::string_view command, std::optional<Milliseconds> patience) {
  const auto end = steady_clock::now() + patience_;
  for (bool again = false;; again = true) {
    auto answer = master_.ask(command, patience);
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
    if (!read && worker.old && read.error().code == Code::timed_out) continue;  // it hides nobody else
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
  const std::scoped_lock lock{file_};
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
