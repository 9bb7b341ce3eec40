// One turn of the loop starts all that is due, sends the echoes together, and ends what ran out of time: by one timer.
#include "outage/prober.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <limits>
#include <unordered_map>

#include "base/path_text.hpp"
#include "outage/ask.hpp"
#include "outage/ask_dns.hpp"
#include "outage/ask_icmp.hpp"
#include "outage/ask_names.hpp"
#include "outage/ask_tls.hpp"
#include "outage/fingerprint.hpp"
#include "outage/schedule.hpp"

namespace kulla::outage {
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {
constexpr milliseconds attention{20};    // how late `stop` may be noticed
// A wake-up costs as much as a probe, so a few probes share one; many would be timed while they wait for each other.
constexpr milliseconds shortest_turn{1}, longest_turn{5};
constexpr int few = 4, many = 8;
constexpr int turns_in_jitter = 2;       // no probe is delayed by more than half of what jitter may do anyway
constexpr int per_target = 8;            // a burst and the regular ones while none is answered; more says nothing more
constexpr std::size_t detail_limit = 120;
constexpr const char* system_anchor = "/usr/share/dns/root.key";

/// What is remembered of a target from probe to probe.
struct Memory {
  int under_way = 0;
  std::size_t host = 0;      ///< its place in the list of hosts
  Fingerprint page;
};
struct Host {
  int under_way = 0, limit = 0;
};

Schedule::Time steady(SteadyTime time) { return std::chrono::time_point_cast<std::chrono::microseconds>(time); }

std::string user_agent(const std::string& url) {
  return url.empty() ? "kulla-probe/" KULLA_VERSION : fmt::format("kulla-probe/" KULLA_VERSION " (+{})", url);
}

/// Every target may wait for its answer at once.
void allow_many_sockets() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// OpenSSL writes to sockets that may be closed by then, and has no way to ask for no signal: none reaches this thread meanwhile.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec none{};
    if (::sigismember(&before_, SIGPIPE) == 0) ::sigtimedwait(&pipe_, nullptr, &none);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

Result<std::optional<asio::ip::address>> source_address(asio::io_context& context, const std::string& text) {
  if (text.empty()) return std::nullopt;
  boost::system::error_code error;
  const auto source = asio::ip::make_address(text, error);
  asio::ip::tcp::socket trial{context};
  if (!error) trial.open(source.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
  if (!error) trial.bind({source, 0}, error);
  if (error) return fail(Code::bad_argument, fmt::format("bind '{}': {}", escape_path(text), error.message()));
  return source;
}

std::filesystem::path anchor_of(const ProbeSettings& settings) {
  std::error_code ignored;
  if (!settings.trust_anchor.empty()) return settings.trust_anchor;
  return std::filesystem::exists(system_anchor, ignored) ? system_anchor : "";
}

/// The one that is configured, or was learned before, or is to be learned.
Fingerprint page_of(const ProbeSettings& settings, const Target& target) {
  const auto found = settings.known_pages.find(target.name);
  const auto learned =
      found != settings.known_pages.end() && target.fingerprint == "learn" ? Fingerprint::parse(found->second) : std::nullopt;
  return learned ? Fingerprint::learned(*learned) : Fingerprint{target.fingerprint};
}

ScheduleSettings schedule_of(const ProbeSettings& settings, std::uint64_t seed) {
  ScheduleSettings schedule{.slot = settings.slot, .of = settings.of, .targets = {}, .seed = seed};
  for (const auto& target : settings.targets) schedule.targets.push_back({target.name, target.group, target.every});
  return schedule;
}
}  // namespace

class Prober::Probing final : public AskOwner {
 public:
  Probing(ProbeSettings settings, const Clock& clock, Take take)
      : settings_(std::move(settings)), clock_(clock), take_(std::move(take)), number_(settings_.first_number) {
    if (number_ == 0) number_ = static_cast<std::uint64_t>(clock.now().wall.time_since_epoch().count());
  }
  ~Probing() override { forget_all(); }

  Result<> prepare();
  void run(const std::atomic<bool>& stop);
  void measure(const ServiceId& target);
  void ended(Ask& ask) override;
  [[nodiscard]] ProbeCounts counts() const { return {asked_, crowded_, unasked_}; }

 private:
  Result<> prepare_aims();
  Result<> prepare_means();
  Result<> prepare_aim(const Aim& aim);
  void prepare_hosts();
  void forget_all();
  void work();
  void start_due();
  void start(std::size_t target);
  void end_overdue();
  void observe(const Ask& ask);
  static void judge_body(Outcome& outcome, Memory& memory);
  [[nodiscard]] milliseconds pause() const;
  void fit_turn(int started);

  ProbeSettings settings_;
  const Clock& clock_;
  Take take_;
  std::uint64_t number_;
  std::vector<Aim> aims_;
  std::vector<Memory> memories_;
  std::vector<Host> hosts_;
  std::unordered_map<ServiceId, std::size_t> places_;
  std::optional<Schedule> schedule_;
  milliseconds turn_ = shortest_turn, turn_limit_ = shortest_turn;
  std::atomic<std::uint64_t> asked_ = 0, crowded_ = 0, unasked_ = 0;
  const std::atomic<bool>* stop_ = nullptr;

  asio::io_context context_{1};
  asio::steady_timer timer_{context_};
  std::optional<Questions> questions_;
  std::optional<Names> names_;
  std::optional<Pinger> pinger_;
  TlsContexts tls_;
  std::optional<Means> means_;
  using AskList = boost::intrusive::list<Ask, boost::intrusive::constant_time_size<false>>;
  AskList under_way_;  ///< in the order in which they began, which is that in which they run out of time
  std::size_t left_ = 0;  ///< with `once`: how many have not ended
};

Result<> Prober::Probing::prepare() {
  if (settings_.targets.empty()) return fail(Code::bad_argument, "no target to probe");
  KULLA_CHECK(prepare_aims());
  KULLA_CHECK(prepare_means());
  for (const auto& aim : aims_) KULLA_CHECK(prepare_aim(aim));
  prepare_hosts();
  if (!settings_.once) schedule_.emplace(schedule_of(settings_, number_), steady(SteadyTime::clock::now()), clock_.now().wall);
  const auto every = std::ranges::min_element(aims_, {}, &Aim::every)->every;
  turn_limit_ = std::clamp(every / settings_.of / (Schedule::jitter_share * turns_in_jitter), shortest_turn, longest_turn);
  return {};
}

Result<> Prober::Probing::prepare_aims() {
  const auto agent = user_agent(settings_.user_agent_url);
  for (const auto& target : settings_.targets) {
    KULLA_TRY(auto aim, aim_at(target, agent));
    if (aim.ca.empty()) aim.ca = settings_.ca;
    if (!places_.emplace(target.name, aims_.size()).second)
      return fail(Code::bad_argument, fmt::format("target '{}' is there twice", escape_path(target.name.str())));
    aims_.push_back(std::move(aim));
    memories_.push_back({.page = page_of(settings_, target)});
  }
  return {};
}

Result<> Prober::Probing::prepare_means() {
  KULLA_TRY(const auto source, source_address(context_, settings_.bind));
  questions_.emplace(context_, Questions::Settings{settings_.resolvers, settings_.bind, settings_.timeout, anchor_of(settings_)});
  AresChannel::Settings channel{.servers = {}, .source = settings_.bind, .patience = settings_.timeout};
  for (const auto& server : settings_.resolvers) channel.servers.push_back(to_text(server));
  KULLA_TRY(auto opened, AresChannel::open(context_, channel));
  channel.take_any_answer = true;
  KULLA_TRY(auto blunt, AresChannel::open(context_, channel));
  const bool names = std::ranges::any_of(aims_, [](const Aim& aim) { return aim.way != Aim::Way::dns && !aim.literal; });
  Validator* validator = nullptr;
  if (names) {
    KULLA_TRY(validator, questions_->common_validator());
  }
  names_.emplace(std::move(opened), std::move(blunt), validator);
  pinger_.emplace(context_, source);
  means_.emplace(Means{context_, clock_, source, settings_.notice_key, *names_, *pinger_, *questions_, tls_});
  return {};
}

Result<> Prober::Probing::prepare_aim(const Aim& aim) {
  const auto context = fmt::format("target '{}'", escape_path(aim.name.str()));
  const auto ready = aim.way == Aim::Way::dns    ? questions_->prepare(aim)
                     : aim.way == Aim::Way::icmp ? pinger_->prepare()
                     : aim.encrypted             ? tls_.add(aim.ca)
                                                 : Result<>{};
  if (!ready) return std::unexpected(Error{ready.error()}.in(context));
  return {};
}

/// Bounded a host: by what is configured, or by what is asked of it.
void Prober::Probing::prepare_hosts() {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < aims_.size(); ++i) {
    const auto& address = aims_[i].way == Aim::Way::dns ? aims_[i].server.value_or(Address{}) : aims_[i].address;
    const auto [found, fresh] = places.emplace(address.host, hosts_.size());
    if (fresh) hosts_.push_back({0, settings_.per_host});
    memories_[i].host = found->second;
    if (settings_.per_host == 0) hosts_[found->second].limit += per_target;
  }
}

void Prober::Probing::run(const std::atomic<bool>& stop) {
  const NoBrokenPipe no_broken_pipe;
  stop_ = &stop;
  if (settings_.once) {
    left_ = aims_.size();
    for (std::size_t i = 0; i < aims_.size(); ++i) start(i);
  }
  work();
  context_.run();
  forget_all();
}

void Prober::Probing::forget_all() {
  while (!under_way_.empty()) under_way_.front().abandon();
}

void Prober::Probing::measure(const ServiceId& target) {
  asio::post(context_, [this, target] {
    const auto found = places_.find(target);
    if (found == places_.end() || !schedule_) return;
    schedule_->measure(found->second, steady(SteadyTime::clock::now()));
    timer_.cancel();  // an earlier turn
  });
}

/// Until the next probe is due or the oldest has run out of time, but at least a turn, and never so long that `stop` goes unseen.
milliseconds Prober::Probing::pause() const {
  const auto now = steady_clock::now();
  auto until = std::chrono::microseconds{attention};
  if (schedule_)
    if (const auto due = schedule_->next_due()) until = std::min(until, *due - steady(now));
  if (!under_way_.empty()) {
    const auto left = under_way_.front().began + settings_.timeout - now;
    until = std::min(until, std::chrono::ceil<std::chrono::microseconds>(left));
  }
  return std::max(turn_, std::chrono::ceil<milliseconds>(until));
}

void Prober::Probing::work() {
  if (*stop_ || (settings_.once && left_ == 0)) return context_.stop();
  start_due();
  end_overdue();
  timer_.expires_after(pause());
  timer_.async_wait([this](const boost::system::error_code&) { work(); });
}

void Prober::Probing::start_due() {
  int started = 0;
  if (schedule_) {
    const auto now = steady(steady_clock::now());
    schedule_->set_wall(clock_.now().wall, now);
    for (auto target = schedule_->take(now); target; target = schedule_->take(now)) start(*target), ++started;
  }
  pinger_->flush();
  if (started > 0) fit_turn(started);
}

void Prober::Probing::fit_turn(int started) {
  if (started < few) turn_ = std::min(turn_limit_, turn_ * 2);
  else if (started > many) turn_ = std::max(shortest_turn, turn_ / 2);
}

/// Of many in one turn each has its own time: the last may be sent long after the first.
void Prober::Probing::start(std::size_t target) {
  auto& memory = memories_[target];
  auto& host = hosts_[memory.host];
  if (memory.under_way >= per_target || (host.under_way >= host.limit && !settings_.once)) {
    ++crowded_;
    return;
  }
  ++memory.under_way, ++host.under_way;
  ++asked_;
  const auto ask = make_ask(*means_, aims_[target]);
  under_way_.push_back(*ask);
  ask->begin(*this, target, clock_.now().wall, steady_clock::now());
}

void Prober::Probing::end_overdue() {
  const auto limit = steady_clock::now() - settings_.timeout;
  while (!under_way_.empty() && under_way_.front().began <= limit) under_way_.front().expire();
}

void Prober::Probing::ended(Ask& ask) {
  auto& memory = memories_[ask.target];
  --memory.under_way, --hosts_[memory.host].under_way;
  if (settings_.once) --left_;
  if (ask.outcome.unasked) {
    ++unasked_;
    return;
  }
  judge_body(ask.outcome, memory);
  if (schedule_) schedule_->answered(ask.target, steady(ask.began), ask.outcome.failed == Layer::none, steady(steady_clock::now()));
  if (!*stop_) observe(ask);
  if (settings_.once && left_ == 0) timer_.cancel();
}

void Prober::Probing::judge_body(Outcome& outcome, Memory& memory) {
  const auto body = outcome.failed == Layer::none && outcome.body ? Fingerprint::parse(*outcome.body) : std::nullopt;
  if (!body) return;
  const bool judged = !memory.page.changes();
  if (memory.page.differs(*body)) outcome.failed = Layer::body, outcome.detail = "not the page that is known";
  else if (judged && memory.page.changes()) outcome.detail = "its page is another each time: it is not judged by it any more";
}

void Prober::Probing::observe(const Ask& ask) {
  const auto& outcome = ask.outcome;
  Observation observation{.vantage = settings_.vantage, .number = number_++, .target = ask.aim().name, .sent = ask.sent};
  observation.took_us = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - ask.began).count();
  observation.failed = outcome.failed;
  observation.status = outcome.status;
  observation.notice = outcome.notice;
  observation.phases = outcome.phases;
  observation.closure = outcome.closure;
  observation.body = outcome.body;
  observation.certificate_ends = outcome.certificate_ends;
  if (outcome.address) observation.address = outcome.address->to_string();
  if (outcome.detail) observation.detail = cut_text(escape_path(*outcome.detail), detail_limit);
  take_(observation);
}

Prober::Prober(std::unique_ptr<Probing> probing) : probing_(std::move(probing)) {}
Prober::~Prober() = default;
void Prober::run(const std::atomic<bool>& stop) { probing_->run(stop); }
void Prober::measure(const ServiceId& target) { probing_->measure(target); }
ProbeCounts Prober::counts() const { return probing_->counts(); }

Result<std::unique_ptr<Prober>> Prober::make(ProbeSettings settings, const Clock& clock, Take take) {
  allow_many_sockets();
  auto probing = std::make_unique<Probing>(std::move(settings), clock, std::move(take));
  KULLA_CHECK(probing->prepare());
  return std::unique_ptr<Prober>{new Prober{std::move(probing)}};
}

Result<> probe(const ProbeSettings& settings, const Clock& clock, const std::atomic<bool>& stop, const Prober::Take& take) {
  KULLA_TRY(const auto prober, Prober::make(settings, clock, take));
  prober->run(stop);
  return {};
}
}  // namespace kulla::outage
