// kulla probe: be a vantage, that asks services from outside and tells the daemon; or ask once.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <memory>
#include <set>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "cli/command.hpp"
#include "model/codec.hpp"
#include "outage/belief.hpp"
#include "outage/probe_config.hpp"
#include "outage/reporter.hpp"

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
}

template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print(format, std::forward<Arguments>(arguments)...);
  std::fflush(stdout);
}
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
  return bad || seen < wanted.size() ? found_something : done;
}

// --- on and on

void print_change(const Belief& belief) {
  const auto name = escape_path(belief.service.str());
  if (belief.seen == Seen::up && belief.first_good) say("{}  {} is up again\n", to_rfc3339(*belief.first_good), name);
  else if (belief.seen == Seen::up) say("{}  {} is up\n", to_rfc3339(belief.last_good), name);
  else if (belief.last_good == Timestamp{})
    say("{}  {} is down ({}{}); it was never seen up\n", to_rfc3339(belief.first_bad), name, belief.layer, belief.notice ? ", notice" : "");
  else
    say("{}  {} is down ({}{}); last good {}\n", to_rfc3339(belief.first_bad), name, belief.layer, belief.notice ? ", notice" : "",
        to_rfc3339(belief.last_good));
}

Result<Descriptor> open_store(const std::filesystem::path& path) {
  if (path.empty()) return Descriptor{};
  Descriptor store{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)};
  if (!store) return fail_errno(fmt::format("store {}", escape_path(path.native())));
  return store;
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
    fmt::print(stderr,
               "kulla probe: {} probes left out so far: {} because too many to one host or target were under way, {} because this machine "
               "had no socket or port left\n",
               missing, counts.crowded, counts.unasked);
  }

 private:
  std::uint64_t told_ = 0;
};

/// Everything that happens to an observation.
class Outlet {
 public:
  Outlet(const Choice& choice, const outage::ProbeConfig& config, const SecretKey& key, Descriptor store, const Clock& clock)
      : ndjson_(choice.format == "ndjson"), key_(key), store_(std::move(store)) {
    if (config.report)
      reporter_.emplace(*config.report, clock, [](const std::string& line) { fmt::print(stderr, "kulla probe: {}\n", line); });
  }
  void take(const Observation& observation) {
    const auto line = outage::to_line(observation, key_);
    if (store_) keep(line);
    if (reporter_) reporter_->send(line);
    const auto changed = beliefs_.take(observation);
    if (ndjson_) print_json(observation);
    else if (changed) print_change(*changed);
  }

 private:
  void keep(const std::string& line) {
    if (const auto kept = write_all(store_.get(), line + "\n", "store"); !kept && !std::exchange(store_failed_, true))
      complain(kept.error());
  }
  const bool ndjson_;
  const SecretKey& key_;
  Descriptor store_;
  bool store_failed_ = false;
  outage::Beliefs beliefs_;
  std::optional<outage::Reporter> reporter_;
};

Result<int> keep_probing(const Choice& choice) {
  KULLA_TRY(const auto config, outage::read_probe_config(choice.config));
  KULLA_TRY(const auto key, own_key(config));
  KULLA_TRY(auto store, open_store(config.store));
  const SystemClock clock;
  Outlet outlet{choice, config, key, std::move(store), clock};
  Gaps gaps;
  std::unique_ptr<outage::Prober> prober;
  KULLA_TRY(prober, outage::Prober::make(config.settings, clock, [&](const Observation& observation) {
              outlet.take(observation);
              gaps.look(prober->counts());
            }));
  prober->run(stop);
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
