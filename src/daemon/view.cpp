#include "daemon/view.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/describe/enum_to_string.hpp>
#include <ranges>

namespace kulla::daemon {
namespace {
constexpr std::size_t read_at_once = 5'000;     // facts that are read again in one turn
constexpr std::size_t most_in_events = 2'000;   // facts of one turn; more is a snapshot's work
constexpr std::size_t facts_an_event = 250;     // some 150 kB
constexpr int reads_most = 20;                  // before a reader joins; who cannot keep up with what comes loads again
constexpr std::size_t large_waiting = 16'384;   // bytes; a longer list goes out less often
constexpr std::chrono::milliseconds waiting_every{250}, pulse_every{1000};
}  // namespace

View::View(ViewSettings settings, const Clock& clock, const Past& past, Surroundings surroundings)
    : settings_(std::move(settings)),
      clock_(clock),
      past_(past),
      surroundings_(std::move(surroundings)),
      picture_(settings_.presentation) {}

View::~View() {
  thread_ = {};
  readers_.close();
}

void View::start() {
  newest_ = picture_.number();
  (void)picture_.changes();
  durable_ = surroundings_.durable();
  thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

void View::push(std::uint64_t number, const Fact& fact, Feed::Line line) {
  Item item{number, fact, std::move(line)};
  const std::scoped_lock lock{queue_mutex_};
  newest_ = number;
  if (queued_.size() < settings_.queue) queued_.push_back(std::move(item));
}

/// Looks every few milliseconds instead of being woken: to wake it would cost the core more than to hand over a fact.
void View::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    turn();
    std::mutex alone;
    std::unique_lock lock{alone};
    ending_.wait_for(lock, stop, settings_.batch, [] { return false; });
  }
}

void View::turn() {
  std::vector<Item> queued;
  {
    const std::scoped_lock lock{queue_mutex_};
    queued.swap(queued_);
  }
  const auto items = catch_up(std::move(queued));
  const std::scoped_lock lock{mutex_};
  take(items);
  send_facts(items);
  send_durable();
  pulse();
}

/// What was queued, without a gap: what found no room is read again. What cannot be read yet is left to the next turn.
std::vector<View::Item> View::catch_up(std::vector<Item> queued) {
  std::vector<Item> whole;
  auto next = picture_.number() + 1;
  const auto read_until = [&](std::uint64_t end) {
    const auto most = std::min<std::uint64_t>(end - next, read_at_once);
    const auto recorded = past_.facts(next, most);
    if (!recorded) return spdlog::warn("the console lags behind: {}", recorded.error().message());
    for (const auto& each : *recorded) {
      auto fact = each.parsed();
      if (!fact) spdlog::error("the console cannot go on: fact {} is not readable: {}", each.number, fact.error().message());
      if (!fact || each.number != next) return;
      whole.push_back({next++, std::move(*fact), std::make_shared<const std::string>(fact_line(each.number, true, each.fact))});
      ++caught_up_;
    }
  };
  for (auto& item : queued) {
    if (item.number > next) read_until(item.number);
    if (item.number == next) whole.push_back(std::move(item)), ++next;
  }
  std::uint64_t newest = 0;
  {
    const std::scoped_lock lock{queue_mutex_};
    newest = queued_.empty() ? newest_ : queued_.front().number - 1;
  }
  if (newest >= next) read_until(newest + 1);
  return whole;
}

void View::take(const std::vector<Item>& items) {
  for (const auto& item : items) picture_.take(item.number, item.fact, item.line);
}

void View::send_facts(const std::vector<Item>& items) {
  const auto now = std::chrono::steady_clock::now();
  const auto changes = picture_.changes();
  waiting_unsent_ |= changes.waiting;
  const bool may_wait = picture_.waiting().size() > large_waiting && now - waiting_sent_ < waiting_every;
  const bool with_waiting = waiting_unsent_ && !may_wait;
  if (items.empty() && !with_waiting) return;
  if (with_waiting) waiting_unsent_ = false, waiting_sent_ = now;
  if (readers_.size() == 0) return;
  if (items.size() > most_in_events) return readers_.send(reset_event(picture_.number()));
  std::vector<std::string_view> lines;
  for (const auto& item : items) lines.push_back(*item.line);
  auto from = picture_.number() + 1 - items.size();
  std::span<const std::string_view> rest{lines};
  for (; rest.size() > facts_an_event; rest = rest.subspan(facts_an_event), from += facts_an_event)
    readers_.send(facts_event(from, rest.first(facts_an_event), {}, stream_head(), nullptr));
  readers_.send(facts_event(from, rest, changes.rows, stream_head(), with_waiting ? &picture_.waiting() : nullptr));
}

void View::send_durable() {
  const auto durable = surroundings_.durable();
  if (durable == durable_) return;
  durable_ = durable;
  readers_.send(durable_event(picture_.number(), durable_));
}

void View::pulse() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_pulse_) return;
  next_pulse_ = now + pulse_every;
  if (readers_.size() == 0) return;
  auto pulse = health();
  pulse["at"] = to_rfc3339(clock_.now().wall);
  pulse["vantages"] = surroundings_.vantages();
  pulse["next_update"] = next_update();
  readers_.send(pulse_event(picture_.number(), pulse));
}

/// The ledger's facts are all that were recorded; how many of them are durable stands beside.
json::object View::health() const {
  auto health = surroundings_.health();
  auto& ledger = health.at("ledger").as_object();
  ledger["durable"] = ledger["facts"];
  ledger["facts"] = picture_.number();
  return health;
}

std::string View::incident_json() const {
  const auto& seen = picture_.incident();
  if (!seen || seen->ended != 0) return "null";
  json::object incident{{"id", seen->id.str()}, {"number", seen->number}, {"since", to_rfc3339(seen->since)}};
  if (const auto& first = picture_.state().first_evidence) incident["first_evidence"] = to_rfc3339(*first);
  return json::serialize(incident);
}
StreamHead View::stream_head() const { return {incident_json(), boost::describe::enum_to_string(picture_.state().mode, "?")}; }

std::string View::lines_of(const std::deque<KeptLine>& kept) const {
  std::string lines = "[";
  for (const auto& [number, text] : kept)
    lines += (lines.size() > 1 ? "," : "") + fact_line(number, number <= durable_.number, fact_in(*text));
  return lines + "]";
}

/// Takes the reader in where `past` reaches up to the present, or never will; else the number up to which to read.
std::optional<std::uint64_t> View::admit(const std::shared_ptr<serve::Subscription>& reader, std::uint64_t from,
                                         const std::vector<Recorded>& past, bool readable) {
  const std::scoped_lock lock{mutex_};
  const auto number = picture_.number();
  if (from > number || (from == 0 && number > 0) || number - from > most_in_events || !readable) {
    reader->push(reset_event(number));
  } else if (from + past.size() < number) {
    return number;
  } else if (!past.empty()) {
    std::vector<std::string> lines;
    for (const auto& each : past) lines.push_back(fact_line(each.number, each.number <= durable_.number, each.fact));
    const std::vector<std::string_view> views{lines.begin(), lines.end()};
    reader->push(facts_event(from + 1, views, picture_.rows_since(from), stream_head(), &picture_.waiting()));
  }
  readers_.add(reader);
  return std::nullopt;
}

/// What lies between is read without the lock, so that a slow disk holds up nobody else; and what came meanwhile, until nothing did.
std::shared_ptr<serve::Subscription> View::subscribe(std::uint64_t from) {
  auto reader = std::make_shared<serve::Subscription>();
  std::vector<Recorded> past;
  bool readable = true;
  for (int reads = 1; const auto number = admit(reader, from, past, readable); ++reads) {
    const auto missed = *number - from - past.size();
    auto more = past_.facts(from + past.size() + 1, missed);
    readable = more && more->size() == missed && reads < reads_most;
    if (readable) std::ranges::move(*more, std::back_inserter(past));
  }
  return reader;
}

View::Numbers View::numbers() const {
  std::uint64_t newest = 0;
  {
    const std::scoped_lock lock{queue_mutex_};
    newest = newest_;
  }
  const std::scoped_lock lock{mutex_};
  Numbers numbers{.number = picture_.number(),
                  .behind = newest > picture_.number() ? newest - picture_.number() : 0,
                  .readers = readers_.size(),
                  .cut_off = readers_.cut_off(),
                  .caught_up = caught_up_,
                  .effects = picture_.effects(),
                  .in_incident = picture_.state().incident.has_value(),
                  .kinds = picture_.kinds(),
                  .services = {}};
  for (const auto& record : picture_.state().services | std::views::values)
    if (!record.retired) ++numbers.services[record.state];
  return numbers;
}
}  // namespace kulla::daemon
