// kulla probe: be a vantage, that asks services from outside and tells the daemon; or ask once.
#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "cli/command.hpp"
#include "model/codec.hpp"
#include "outage/archivist.hpp"
#include "outage/known_pages.hpp"
#include "outage/probe_config.hpp"
#include "outage/reporter.hpp"
#include "outage/store.hpp"
#include "outage/store_folder.hpp"
#include "outage/tracker.hpp"

namespace kulla::cli {
namespace {
using outage::Layer;
using outage::Observation;

struct Choice {
  std::string config, bind, timeout = "2s", format = "text";
  std::vector<std::string> once;
};

std::atomic<bool> stop = false;  // a signal handler reaches nothing else
static_assert(std::atomic<bool>::is_always_lock_free);
void stop_on_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop = true; };
  for (int number : {SIGTERM, SIGINT}) ::sigaction(number, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// Where nobody takes what is asked for, a probe ends as by a signal; written on the prober's thread alone.
int unwritten = 0;
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const auto text = fmt::format(format, std::forward<Arguments>(arguments)...);
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
  unwritten = errno;
  stop = true;
}
Result<> all_said() {
  if (unwritten == 0) return {};
  return fail(Code::io, fmt::format("standard output: {}", std::generic_category().message(unwritten)));
}
/// For a person, who may be gone: asking goes on. Any thread.
void tell(const std::string& line) { std::fputs(fmt::format("kulla probe: {}\n", line).c_str(), stderr); }
void print_json(const Observation& observation) { say("{}\n", canonical(codec::encode(observation))); }

// --- once

std::string phases_of(const Observation& observation) {
  const auto& phases = observation.phases;
  std::string text;
  for (const auto& [name, micros] : {std::pair{"resolve", phases.resolve_us}, std::pair{"connect", phases.connect_us},
                                     std::pair{"tls", phases.tls_us}, std::pair{"first byte", phases.first_byte_us}})
    if (micros > 0) text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", name, static_cast<double>(micros) / 1000);
  return text;
}

/// up    200      12.3 ms  https://tax.example.al/  (resolve 1.0, connect 2.1, tls 6.2, first byte 3.0)  192.0.2.1
void print_once(const Observation& observation) {
  const bool good = observation.failed == Layer::none;
  const auto status = observation.status == 0 ? std::string("-") : std::to_string(observation.status);
  auto line = fmt::format("{:<5} {:<4} {:>9.1f} ms  {}", good ? "up" : "down", status, static_cast<double>(observation.took_us) / 1000,
                          escape_path(observation.target.str()));
  if (!good) line += fmt::format("  {}", boost::describe::enum_to_string(observation.failed, "?"));
  if (observation.detail) line += fmt::format(": {}", *observation.detail);
  if (const auto phases = phases_of(observation); !phases.empty()) line += fmt::format("  ({})", phases);
  if (observation.address) line += fmt::format("  {}", *observation.address);
  if (observation.certificate_ends) line += fmt::format("  certificate ends {}", to_rfc3339(*observation.certificate_ends));
  if (observation.notice != NoticeSeen::none)
    line += fmt::format("  closure notice, {}", boost::describe::enum_to_string(observation.notice, "?"));
  say("{}\n", line);
}

Result<int> ask_once(const Choice& choice) {
  outage::ProbeSettings settings;
  settings.vantage = VantageId{"once"};
  settings.bind = choice.bind;
  settings.once = true;
  KULLA_TRY(settings.timeout, outage::parse_duration(choice.timeout));
  const std::set<std::string> wanted{choice.once.begin(), choice.once.end()};
  for (const auto& url : wanted) settings.targets.push_back({.name = ServiceId{url}, .url = url});
  bool bad = false;
  std::size_t seen = 0;
  KULLA_CHECK(outage::probe(settings, SystemClock{}, stop, [&](const Observation& observation) {
    ++seen;
    bad |= observation.failed != Layer::none;
    choice.format == "ndjson" ? print_json(observation) : print_once(observation);
  }));
  KULLA_CHECK(all_said());
  return bad || seen < wanted.size() ? found_something : done;
}

// --- on and on

void print_turn(const outage::Turn& turn) {
  using outage::Condition;
  const auto name = escape_path(turn.target.str());
  const auto within =
      fmt::format("{} .. {}", turn.when.earliest == Timestamp{} ? "?" : to_rfc3339(turn.when.earliest), to_rfc3339(turn.when.latest));
  const auto* layer = boost::describe::enum_to_string(turn.layer, "?");
  const auto* to = boost::describe::enum_to_string(turn.to, "?");
  if (turn.correction) say("{}  {}: the interval is {} ({})\n", to_rfc3339(turn.known), name, within, to);
  else if (turn.to == Condition::down) say("{}  {} is down ({}); since {}\n", to_rfc3339(turn.known), name, layer, within);
  else if (turn.to == Condition::up && turn.from == Condition::down)
    say("{}  {} is up again; since {}\n", to_rfc3339(turn.known), name, within);
  else say("{}  {}: {}\n", to_rfc3339(turn.known), name, to);
}

/// Nobody knows a vantage that reports to nobody: a key of this run will do.
Result<SecretKey> own_key(const outage::ProbeConfig& config) {
  if (config.key.empty()) return SecretKey::generate();
  return read_secret_key(config.key);
}

/// What was not asked is said, with ever longer pauses.
class Gaps {
 public:
  void look(const outage::ProbeCounts& counts) {
    const auto missing = counts.crowded + counts.unasked;
    if (missing < 2 * told_ || missing == told_) return;
    told_ = missing;
    tell(fmt::format(
        "{} probes left out so far: {} because too many to one host or target were under way, {} because this machine had no socket or "
        "port left",
        missing, counts.crowded, counts.unasked));
  }

 private:
  std::uint64_t told_ = 0;
};

/// None where the config names none.
Result<std::unique_ptr<outage::Store>> open_store(const outage::ProbeConfig& config, const Clock& clock) {
  if (config.store.empty()) return nullptr;
  outage::StoreOptions options{.folder = config.store, .vantage = config.settings.vantage};
  if (!config.key.empty()) {
    KULLA_TRY(auto key, read_secret_key(config.key));
    options.key = std::move(key);
  }
  options.say = tell;
  KULLA_TRY(auto store, outage::Store::open(std::move(options)));
  KULLA_CHECK(store.set_targets(config.settings.targets, clock.now().wall));
  KULLA_CHECK(outage::store::remember_name(config.store, config.settings.vantage));
  return std::make_unique<outage::Store>(std::move(store));
}

/// Everything that happens to an observation.
class Outlet {
 public:
  Outlet(const Choice& choice, const outage::ProbeConfig& config, const SecretKey& key, outage::Store* store, outage::Reporter* reporter,
         outage::BmpListener* routes)
      : ndjson_(choice.format == "ndjson"),
        key_(key),
        store_(store),
        reporter_(reporter),
        routes_(routes),
        tracker_(config.settings.targets) {}
  void take(const Observation& observation) {
    if (store_) (void)store_->append(observation);  // says itself what it cannot do
    if (reporter_) reporter_->send(observation.number, outage::to_line(observation, key_));
    if (routes_ && observation.address) routes_->watch(*observation.address);
    if (ndjson_) return print_json(observation);
    tracker_.take(observation);
    (void)tracker_.suspects();  // the schedule has its own burst
    for (const auto& turn : tracker_.turns()) print_turn(turn);
  }

 private:
  const bool ndjson_;
  const SecretKey& key_;
  outage::Store* const store_;
  outage::Reporter* const reporter_;
  outage::BmpListener* const routes_;
  outage::Tracker tracker_;
};

/// What the reporter hears, for the prober, which is made after it and ends before it.
class Wishes {
 public:
  void serve(outage::Prober* prober) {
    const std::scoped_lock lock{mutex_};
    prober_ = prober;
  }
  void measure(const ServiceId& target) {
    const std::scoped_lock lock{mutex_};
    if (prober_) prober_->measure(target);
  }

 private:
  std::mutex mutex_;
  outage::Prober* prober_ = nullptr;
};

/// None where the config names no daemon.
Result<std::unique_ptr<outage::Reporter>> start_reporter(const outage::ProbeConfig& config, const SecretKey& key, const Clock& clock,
                                                         Wishes& wishes) {
  if (!config.report) return nullptr;
  KULLA_TRY(const auto daemon_key, read_public_key(config.daemon_key));
  return outage::Reporter::start(
      {*config.report, key, daemon_key, {.folder = config.spool, .limit = static_cast<std::uint64_t>(config.spool_limit_mb) << 20}}, clock,
      {.say = tell, .measure = [&wishes](const ServiceId& target) { wishes.measure(target); }});
}

Result<int> keep_probing(const Choice& choice) {
  KULLA_TRY(auto config, outage::read_probe_config(choice.config));
  KULLA_TRY(const auto key, own_key(config));
  const SystemClock clock;
  KULLA_TRY(const auto store, open_store(config, clock));
  if (store)
    config.settings.known_pages = outage::known_pages(config.store, config.settings.vantage, config.settings.targets, clock.now().wall);
  std::optional<outage::Archivist> archivist;
  if (store) archivist.emplace(config.store, config.retention, std::vector{store.get()}, clock, tell);
  Wishes wishes;
  KULLA_TRY(const auto reporter, start_reporter(config, key, clock, wishes));
  if (reporter) config.settings.first_number = reporter->next_number();
  if (store && store->newest() > 0) config.settings.first_number = std::max(config.settings.first_number, store->newest() + 1);
  std::unique_ptr<outage::BmpListener> routes;
  if (config.bgp) {
    KULLA_TRY(routes, outage::BmpListener::start(*config.bgp, clock, tell));
  }
  Outlet outlet{choice, config, key, store.get(), reporter.get(), routes.get()};
  Gaps gaps;
  std::unique_ptr<outage::Prober> prober;
  KULLA_TRY(prober, outage::Prober::make(config.settings, clock, [&](const Observation& observation) {
              outlet.take(observation);
              gaps.look(prober->counts());
            }));
  wishes.serve(prober.get());
  prober->run(stop);
  wishes.serve(nullptr);
  KULLA_CHECK(all_said());
  return done;
}

int run_probe(const Choice& choice) {
  stop_on_signals();
  if (choice.config.empty() == choice.once.empty())
    return complain({Code::bad_argument, "name either a config with -c, or URLs with --once"});
  const auto result = choice.once.empty() ? keep_probing(choice) : ask_once(choice);
  return result ? *result : complain(result.error());
}
}  // namespace

void add_probe(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* command = context.app.add_subcommand(
      "probe", "Be a vantage: ask services from outside (HTTP, TLS, TCP, ICMP, DNS), keep what is seen, tell the daemon; until SIGTERM");
  command->add_option("-c,--config", choice->config, "probe.toml: store, and a [[target]] a service");
  command->add_option("--once", choice->once, "ask these URLs once each, print a line each; exit 1 if one is bad");
  command->add_option("--bind", choice->bind, "with --once: source address");
  command->add_option("--timeout", choice->timeout, "with --once: how long to wait for an answer")->capture_default_str();
  command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  command->footer(
      "Examples:\n  kulla probe -c probe.toml\n  kulla probe --once https://tax.example.al/ icmp://192.0.2.1 "
      "'dns://tax.example.al?server=192.0.2.53'\n"
      "Text shows each change of what is up; ndjson shows every observation.");
  command->callback([&context, choice] { context.run = [choice] { return run_probe(*choice); }; });
}
}  // namespace kulla::cli
