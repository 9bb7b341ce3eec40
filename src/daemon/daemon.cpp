#include "daemon/daemon.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "backup/restored.hpp"
#include "daemon/api.hpp"
#include "daemon/commands.hpp"
#include "daemon/control_server.hpp"
#include "daemon/core.hpp"
#include "daemon/evidence.hpp"
#include "daemon/examiners.hpp"
#include "daemon/feed.hpp"
#include "daemon/file_sensor.hpp"
#include "daemon/gate_keeper.hpp"
#include "daemon/gate_log_sensor.hpp"
#include "daemon/host_logs.hpp"
#include "daemon/journal.hpp"
#include "daemon/notice_signer.hpp"
#include "daemon/outside.hpp"
#include "daemon/presented.hpp"
#include "daemon/rule_watch.hpp"
#include "daemon/statement_sender.hpp"
#include "daemon/status_teller.hpp"
#include "daemon/status_writer.hpp"
#include "daemon/vantage_listener.hpp"
#include "gate/haproxy.hpp"
#include "serve/embedded.hpp"

namespace kulla::daemon {
namespace {
constexpr std::chrono::seconds page_patience{1};  // for the core: a stop waits so long at most

std::string feed_line(std::uint64_t number, const Fact& fact, bool durable) {
  return json::serialize(json::object{{"number", number}, {"durable", durable}, {"fact", to_json(fact)}});
}

Result<> make_folders(const Config& config) {
  for (const auto& folder : {config.state, config.state / "reports", config.state / "scratch"}) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  }
  return {};
}

/// What a killed one left there is citizens' data, and baselines that nobody will sign. Only once the ledger is ours: until then another daemon may be at work.
void clear_scratch(const Config& config) {
  for (const auto& left : backup::clear_scratch(config.state / "scratch"))
    spdlog::error("{}: what a proof left cannot be removed", left.string());
  std::error_code ignored;
  std::filesystem::remove_all(config.state / "acceptances", ignored);
}

/// Everything that runs, in the order in which it is started; ended in the opposite one.
class Daemon {
 public:
  explicit Daemon(const Config& config) : config_(config) {}
  ~Daemon();
  Result<> start();
  void run(const std::function<bool()>& stop);

 private:
  Result<incident::State> replay();
  Result<> check_approvers(const incident::State& state) const;
  Result<std::vector<GateFound>> read_gate();
  Result<> start_sensors();
  Result<> start_notices();
  Result<> start_status();
  Result<> start_rules();
  Result<> start_console();
  void make_view(const PublicKey& ledger_key);
  Result<std::unique_ptr<detect::Detector>> gate_detector();
  void renew_rules();
  void expect_at_gate(const incident::State& state);
  void dispatch(std::uint64_t number, const Order& order);
  bool may_open(const order::SetGate& order);
  void record(std::uint64_t number, Fact fact, std::vector<Order> once_durable);
  json::object vitals();
  json::object health();
  json::object status_health() const;
  void beat();
  [[nodiscard]] std::optional<std::int64_t> requests_an_hour(const ServiceId& service) const;
  Examiners::Report poster() {
    return [this](InputBody input) { core_->post(std::move(input)); };
  }

  const Config& config_;
  SystemClock clock_;
  Feed feed_;
  Statements statements_{config_.statement, config_.policy.report_max_age, names_of_services(config_.pages), clock_};
  std::unique_ptr<ledger::Ledger> opened_;
  std::optional<Addresses> addresses_;
  std::unique_ptr<EvidenceStore> evidence_;
  std::unique_ptr<gate::Gate> gate_;
  std::optional<Core> core_;
  std::optional<Journal> journal_;
  std::optional<GateKeeper> keeper_;
  std::optional<NoticeSigner> notices_;
  std::optional<Examiners> examiners_;
  std::optional<StatementSender> sender_;
  std::unique_ptr<GateLogSensor> gate_log_;
  std::unique_ptr<HostLogs> host_logs_;
  std::optional<RuleWatch> rule_watch_;
  std::optional<FileSensor> files_;
  std::unique_ptr<Outside> outside_;
  std::unique_ptr<VantageListener> vantages_;
  std::optional<StatusTeller> teller_;  ///< only where there is a status page
  std::optional<StatusWriter> status_;
  std::optional<Commands> commands_;
  std::unique_ptr<ControlServer> control_;
  std::optional<Past> past_;
  std::optional<View> view_;  ///< only where there is a console
  Acceptance acceptance_{config_, clock_};
  std::optional<Api> api_;
  std::unique_ptr<serve::Server> server_;
  input::Started started_;
  std::chrono::steady_clock::time_point next_beat_{};
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::atomic<std::chrono::steady_clock::duration> turned_{began_.time_since_epoch()};  ///< when the core last did
};

/// What asks ends first (the view reads the ledger by a connection of its own, so it ends before the journal), then what sees, then the journal (which may still release an order), then the gate's thread.
Daemon::~Daemon() {
  acceptance_.stop();
  server_.reset();
  control_.reset();
  view_.reset();
  past_.reset();
  status_.reset();
  vantages_.reset();
  outside_.reset();
  files_.reset();
  rule_watch_.reset();
  host_logs_.reset();
  gate_log_.reset();
  examiners_.reset();
  notices_.reset();
  journal_.reset();
  sender_.reset();
  keeper_.reset();
}

Result<incident::State> Daemon::replay() {
  KULLA_TRY(auto key, read_secret_key(config_.ledger_key));
  KULLA_TRY(opened_, ledger::open({config_.ledger_path, key, config_.witnesses}));
  if (!config_.console.listen.empty()) make_view(key.public_key());
  incident::State state;
  KULLA_CHECK(opened_->each([&](std::uint64_t number, const Fact& fact) {
    state = incident::evolve(std::move(state), fact);
    auto line = feed_.publish(number, feed_line(number, fact, true));
    if (view_) view_->replay(number, fact, std::move(line));
    statements_.take(number, fact);
    if (number % 1024 == 0) statements_.settle();  // so that they are not all kept at once
    if (teller_) teller_->replay(number, fact);
  }));
  statements_.settle();
  spdlog::info("ledger: {} facts replayed", state.facts);
  return state;
}

Result<> Daemon::check_approvers(const incident::State& state) const {
  if (state.approvers == config_.catalogue.approvers) return {};
  if (state.approvers.size() < incident::approvals_needed) {  // the core takes the config's, or refuses them; meanwhile it must run
    if (std::ranges::any_of(state.services, [](const auto& each) { return incident::is_closed(each.second.state); }))
      spdlog::error("{}: approver: a service is closed and the ledger names fewer than two approvers: nobody can be named now",
                    config_.file.string());
    return {};
  }
  std::string names;
  for (const auto& approver : state.approvers)
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", approver.person.str(), fingerprint(approver.key));
  return fail(Code::bad_config,
              fmt::format("{}: approver: the ledger says who may approve: {}; a config cannot change that", config_.file.string(), names));
}

Result<std::vector<GateFound>> Daemon::read_gate() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  for (;;) {
    auto found = gate_->read_back();
    if (found) return found;
    // Deciding on a gate that was not read could only close everything, or open what should not be. Ending changes nothing.
    if (std::chrono::steady_clock::now() >= end) return std::unexpected(std::move(found).error().in("the gate must run before the daemon"));
    spdlog::warn("waiting for the gate: {}", found.error().what);
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}

Result<std::unique_ptr<detect::Detector>> Daemon::gate_detector() {
  KULLA_TRY(auto detector, detect::Detector::make(config_.detect, addresses_->pseudonyms(), SensorId{"gate"}));
  for (const auto& rejected : detector->rejected()) spdlog::warn("{}:{}: {}", rejected.file.string(), rejected.line, rejected.reason);
  spdlog::info("rules: {} in use, {} rejected", detector->rules(), detector->rejected().size());
  for (const auto& id : detector->not_cleared())
    spdlog::warn("rule {} may not close: no backtest clears it; see 'kulla rules backtest' and [detect] backtests", id);
  return detector;
}

Result<> Daemon::start_rules() {
  if (!config_.gate.log.empty()) {
    KULLA_TRY(auto detector, gate_detector());
    KULLA_TRY(gate_log_, GateLogSensor::start(config_.gate.log, std::move(detector), *addresses_, *evidence_, clock_, poster()));
  }
  if (!config_.logs.empty()) {
    KULLA_TRY(const auto rules, detect::Detector::rules_for_hosts(config_.detect));
    KULLA_TRY(host_logs_, HostLogs::start(config_.logs, config_.detect, rules, addresses_->pseudonyms(),
                                          config_.state / "log-positions.json", *evidence_, clock_, poster()));
  }
  auto watched = config_.detect.rules;
  watched.insert(watched.end(), config_.detect.backtests.begin(), config_.detect.backtests.end());
  rule_watch_.emplace(std::move(watched), [this] { renew_rules(); });
  return {};
}

/// On the watch's own thread. Rules that cannot be loaded change nothing.
void Daemon::renew_rules() {
  const auto refused = [](const Error& error) {
    spdlog::error("rules changed and cannot be used; the old ones go on: {}", error.message());
  };
  if (gate_log_) {
    if (auto detector = gate_detector()) gate_log_->renew(std::move(*detector));
    else return refused(detector.error());
  }
  if (host_logs_) {
    if (auto rules = detect::Detector::rules_for_hosts(config_.detect)) host_logs_->renew(std::move(*rules));
    else return refused(rules.error());
  }
  spdlog::info("rules renewed");
}

Result<> Daemon::start_sensors() {
  KULLA_CHECK(start_rules());
  files_.emplace(config_, addresses_->pseudonyms(), clock_, poster());
  if (!config_.vantage_listen.empty()) {
    KULLA_TRY(const auto key, read_secret_key(config_.vantage_key));
    OutsideSettings settings{.folder = config_.state / "observations",
                             .services = {},
                             .vantages = {},
                             .every = config_.vantages_every,
                             .retention = config_.vantages_retention};
    for (const auto& service : config_.catalogue.services) settings.services.push_back(service.id);
    for (const auto& [vantage, trusted] : config_.vantages) settings.vantages.push_back(vantage);
    KULLA_TRY(outside_, Outside::open(settings, clock_, poster()));
    KULLA_TRY(vantages_, VantageListener::start({config_.vantage_listen, key, config_.vantages, config_.state / "vantages.json"}, clock_,
                                                {.take = [this](const outage::Observation& seen) { return outside_->take(seen); },
                                                 .glance = [this](const outage::Observation& seen) { outside_->glance(seen); },
                                                 .suspects = [this] { return outside_->suspects(); },
                                                 .keep = [this] { return outside_->keep(); },
                                                 .tick = [this] { outside_->pass(clock_.now().wall); },
                                                 .held = outside_->held()}));
  }
  return {};
}

Result<> Daemon::start_notices() {
  if (config_.notice_key.empty()) return {};
  KULLA_TRY(auto key, read_secret_key(config_.notice_key));
  notices_.emplace(gate::SignedNotices{config_.gate, std::move(key)}, clock_, [this]() -> std::optional<NoticeSigner::Closures> {
    auto closures = std::make_shared<NoticeSigner::Closures>();
    const bool answered = core_->ask([closures](const incident::State& state) {
      for (const auto& [service, record] : state.services)
        if (record.closure) closures->emplace(service, record.closure->id);
    });
    return answered ? std::optional{std::move(*closures)} : std::nullopt;
  });
  return {};
}

/// After a stop the page stays as it was last written, and grows stale where it lies.
Result<> Daemon::start_status() {
  if (!teller_) return {};
  KULLA_TRY(auto site, serve::StatusSite::open(config_.pages.status));
  KULLA_TRY(const auto key, read_secret_key(config_.ledger_key));
  const StatusTeller::Sources sources{[this](auto question) { return core_->ask(std::move(question), page_patience); },
                                      [this] { return journal_->health().durable; }, key.public_key(),
                                      [this] { return statements_.released(); }};
  status_.emplace(std::move(site), config_.pages.status.every, [this, sources] { return teller_->picture(sources, clock_.now().wall); });
  return {};
}

void Daemon::expect_at_gate(const incident::State& state) {
  for (const auto& [id, record] : state.services) keeper_->expect(id, record.confirmed);
  for (const auto& found : started_.gate) keeper_->expect(found.service, found.entry);
}

Result<> Daemon::start() {
  KULLA_CHECK(make_folders(config_));
  if (!config_.pages.status.folder.empty()) teller_.emplace(config_.pages, config_.catalogue);
  KULLA_TRY(auto state, replay());
  clear_scratch(config_);
  KULLA_CHECK(check_approvers(state));
  KULLA_TRY(auto pseudonyms, read_pseudonyms(config_.state));
  addresses_.emplace(pseudonyms);
  addresses_->learn_from(config_.gate.source_map());
  KULLA_TRY(evidence_, EvidenceStore::open(config_.state / "evidence"));
  gate_ = std::make_unique<gate::HaproxyGate>(config_.gate);
  KULLA_TRY(auto found, read_gate());
  started_ = {KULLA_VERSION, clock_.boot(), config_.mode, config_.catalogue, std::move(found)};

  core_.emplace(
      state, config_.policy, clock_, config_.tick,
      Outlets{[this](std::uint64_t number, Fact fact, std::vector<Order> later) { record(number, std::move(fact), std::move(later)); },
              [this](std::uint64_t number, const Order& order) { dispatch(number, order); }, [this] { return journal_->overloaded(); }});
  sender_.emplace(statements_, clock_, poster());
  journal_.emplace(std::move(opened_), [this](std::uint64_t number, const Order& order) { dispatch(number, order); });
  keeper_.emplace(*gate_, config_.read_back, poster(), [this](const order::SetGate& order) { return may_open(order); });
  expect_at_gate(state);
  examiners_.emplace(config_, clock_, poster());
  KULLA_CHECK(start_notices());
  KULLA_CHECK(start_sensors());
  KULLA_CHECK(start_status());
  commands_.emplace(*core_, feed_, statements_, config_, clock_, [this] { return health(); });
  KULLA_TRY(control_, ControlServer::start(config_.control, config_.control_group,
                                           [this](const Conversation& conversation) { return commands_->answer(conversation); }));
  return start_console();
}

void Daemon::make_view(const PublicKey& ledger_key) {
  past_.emplace(feed_, config_.ledger_path);
  view_.emplace(ViewSettings{.presentation = presented(config_.pages),
                             .institutions = presented_institutions(config_.pages),
                             .policy = config_.policy,
                             .ledger_key = ledger_key},
                clock_, *past_,
                Surroundings{.durable = [this] { return journal_->health().durable; },
                             .health = [this] { return vitals(); },
                             .vantages = [this] { return outside_ ? outside_->heard() : json::array{}; },
                             .next_update = [this] { return statements_.promised(); },
                             .requests_an_hour = [this](const ServiceId& service) { return requests_an_hour(service); }});
}

Result<> Daemon::start_console() {
  if (!view_) return {};
  view_->start();
  api_.emplace(
      ApiParts{.view = *view_,
               .commands = *commands_,
               .core = *core_,
               .addresses = *addresses_,
               .acceptance = acceptance_,
               .evidence = config_.state / "evidence",
               .health = [this] { return vitals(); },
               .still =
                   [this] {
                     return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch() -
                                                                                  turned_.load());
                   },
               .becomes_durable = [this](std::uint64_t number,
                                         std::chrono::milliseconds patience) { return journal_->becomes_durable(number, patience); }});
  auto settings = config_.console;
  settings.assets = serve::console_assets();
  settings.device_key = config_.state / "device.key";
  KULLA_TRY(server_, serve::Server::start(std::move(settings), *api_, clock_));
  spdlog::info("console: {}", server_->url());
  return {};
}

/// On average since the daemon started, as the gate's log tells.
std::optional<std::int64_t> Daemon::requests_an_hour(const ServiceId& service) const {
  constexpr std::chrono::minutes least{1};
  const auto since = std::chrono::steady_clock::now() - began_;
  if (!gate_log_ || since < least) return std::nullopt;
  const auto hours = std::chrono::duration<double, std::ratio<3600>>(since).count();
  return static_cast<std::int64_t>(static_cast<double>(gate_log_->answers().of(service.str()).requests) / hours);
}

void Daemon::record(std::uint64_t number, Fact fact, std::vector<Order> once_durable) {
  auto line = feed_.publish(number, feed_line(number, fact, false));
  if (view_) view_->push(number, fact, std::move(line));
  statements_.take(number, fact);
  if (teller_ && teller_->note(number, fact) && status_) status_->nudge();
  journal_->append({number, std::move(fact), std::move(once_durable)});
}

/// On the gate's thread, before each opening; a core that is too busy to answer is asked again.
bool Daemon::may_open(const order::SetGate& order) {
  constexpr std::chrono::milliseconds patience{100};  // closings wait meanwhile
  auto may = std::make_shared<bool>(false);
  return core_->ask(
             [this, order, may](const incident::State& state) { *may = incident::may_open(state, order, clock_.now(), config_.policy); },
             patience) &&
         *may;
}

void Daemon::dispatch(std::uint64_t number, const Order& order) {
  const auto source = [this](const SourceRef& ref, bool blocked) {
    const auto address = addresses_->of(ref);
    if (address) keeper_->block(*address, blocked);
  };
  struct Visitor {
    Daemon& self;
    std::uint64_t number;
    const decltype(source)& set_source;
    void operator()(const order::SetGate& set) const { self.keeper_->set(number, set); }
    void operator()(const order::BlockSource& block) const { set_source(block.source, true); }
    void operator()(const order::UnblockSource& unblock) const { set_source(unblock.source, false); }
    void operator()(const order::Inspect& inspect) const { self.examiners_->order(inspect); }
    void operator()(const order::Prove& prove) const { self.examiners_->order(prove); }
    void operator()(const order::Publish&) const { self.sender_->publish(number); }
    void operator()(const order::Page& page) const { spdlog::critical("a person is needed: {}", page.text); }
  };
  std::visit(Visitor{*this, number, source}, order);
}

json::object Daemon::status_health() const {
  if (!status_) return {};
  const auto health = status_->health();
  return {{"problem", health.problem},
          {"written", health.written ? json::value(to_rfc3339(*health.written)) : json::value{}},
          {"files", health.files},
          {"lost", teller_->lost()}};
}

/// Of the daemon's parts; services' answers, which are many, only in `health`.
json::object Daemon::vitals() {
  const auto journal = journal_->health();
  json::object sensors{
      {"files", {{"changes", files_->changes()}}}, {"dropped", core_->inbox().dropped()}, {"evidence_lost", evidence_->lost()}};
  if (gate_log_) {
    const auto counts = gate_log_->counts();
    sensors["gate"] = {{"lines", counts.lines},
                       {"unreadable", counts.unreadable},
                       {"cut", counts.cut},
                       {"refused_by_gate", counts.refused_by_gate},
                       {"suppressed", counts.suppressed}};
  }
  if (host_logs_)
    for (const auto& each : host_logs_->counts())
      sensors[each.sensor.str()] = {
          {"events", each.events}, {"unreadable", each.unreadable}, {"suppressed", each.suppressed}, {"problem", each.problem}};
  if (vantages_) {
    const auto counts = vantages_->counts();
    sensors["vantages"] = {{"observations", counts.observations}, {"refused", counts.refused},     {"replayed", counts.replayed},
                           {"missing", counts.missing},           {"strangers", counts.strangers}, {"slow", counts.slow},
                           {"crowded", counts.crowded},           {"measures", counts.measures}};
    json::array problems;
    for (auto& problem : outside_->problems()) problems.emplace_back(std::move(problem));
    sensors["vantages"].get_object()["problems"] = std::move(problems);
  }
  json::array examining;
  for (auto& line : examiners_->progress()) examining.emplace_back(std::move(line));
  return {{"ledger",
           {{"facts", journal.durable.number},
            {"head", to_hex(journal.durable.hash)},
            {"waiting", journal.waiting},
            {"problem", journal.problem}}},
          {"gate", {{"problem", keeper_->problem()}, {"notices", notices_ ? notices_->problem() : ""}}},
          {"sensors", std::move(sensors)},
          {"statement", sender_->state()},
          {"status", status_health()},
          {"examining", std::move(examining)}};
}
json::object Daemon::health() {
  auto health = vitals();
  json::object answers;
  if (gate_log_)
    for (const auto& [service, answered] : gate_log_->answers().all())
      answers[service] = {{"requests", answered.requests}, {"errors", answered.errors}};
  health["answers"] = std::move(answers);
  return health;
}

/// The heartbeat for systemd; the vantages get theirs from the listener.
void Daemon::beat() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_beat_) return;
  next_beat_ = now + std::chrono::seconds{1};
  ::sd_notify(0, "WATCHDOG=1");
}

void Daemon::run(const std::function<bool()>& stop) {
  ::sd_notify(0, "READY=1");
  spdlog::info("running, mode {}; control socket {}", config_.mode == Mode::act ? "act" : "advise", config_.control.string());
  core_->run(
      [&] {
        beat();
        turned_ = std::chrono::steady_clock::now().time_since_epoch();
        return stop();
      },
      std::move(started_));
  ::sd_notify(0, "STOPPING=1");
  spdlog::info("stopping; the gate stays as it is");
}
}  // namespace

Result<> run(const Config& config, const std::function<bool()>& stop) {
  Daemon daemon{config};
  KULLA_CHECK(daemon.start());
  daemon.run(stop);
  return {};
}
}  // namespace kulla::daemon
