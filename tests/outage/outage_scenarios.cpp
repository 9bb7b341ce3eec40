#include "outage_scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kulla::outage::test {
namespace {
constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

double between(Random& random, double low, double high) { return std::uniform_real_distribution{low, high}(random); }
int whole(Random& random, int low, int high) { return std::uniform_int_distribution{low, high}(random); }
bool chance(Random& random, double probability) { return between(random, 0, 1) < probability; }
std::int64_t us(double milliseconds) { return static_cast<std::int64_t>(milliseconds * 1000); }

void fail_at(Observation& seen, Layer layer, double took_ms) {
  seen.failed = layer, seen.took_us = us(took_ms);
  seen.status = 0;
  seen.phases.first_byte_us = 0;
  seen.body.reset();
  if (layer < Layer::tls) seen.phases.connect_us = 0;
}
void time_out(const Asked& asked, Observation& seen, Layer layer) { fail_at(seen, layer, asked.timeout_s * 1000); }
void answer(Observation& seen, int status, double first_byte_ms) {
  seen.status = status;
  seen.failed = status < 400 ? Layer::none : Layer::status;
  seen.phases.first_byte_us = us(first_byte_ms);
  seen.took_us = seen.phases.connect_us + seen.phases.first_byte_us + 100;
  if (status >= 400) seen.body.reset();
}
/// Slow enough, and it is no answer any more.
void slow_answer(const Asked& asked, Observation& seen, double first_byte_ms) {
  if (first_byte_ms > asked.timeout_s * 1000) time_out(asked, seen, Layer::answer_timeout);
  else answer(seen, 200, first_byte_ms);
}
void show(Observation& seen, NoticeSeen notice, const char* closure, double first_byte_ms) {
  answer(seen, 503, first_byte_ms);
  seen.notice = notice;
  if (notice == NoticeSeen::valid || notice == NoticeSeen::expired) seen.closure = closure;
}

/// From the failure on, for target 0 alone.
Behaviour from_then(Behaviour during) {
  return [during = std::move(during)](const Asked& asked, Observation& seen) {
    if (asked.since >= 0 && asked.target == 0) during(asked, seen);
  };
}
Behaviour always(Layer layer) {
  return [layer](const Asked& asked, Observation& seen) {
    if (is_timeout(layer)) time_out(asked, seen, layer);
    else fail_at(seen, layer, asked.usual_ms / 3 + 0.2);
  };
}
Make layer_of(Layer layer) {
  return [layer](World&, Random&) { return from_then(always(layer)); };
}
Make status_of(std::vector<int> statuses) {
  return [statuses](World&, Random& random) {
    const auto status = statuses[static_cast<std::size_t>(whole(random, 0, static_cast<int>(statuses.size()) - 1))];
    return from_then([status](const Asked& asked, Observation& seen) { answer(seen, status, asked.usual_ms / 2 + 1); });
  };
}

/// Of probes during an overload: how many of each, the rest good and slow.
struct Want {
  double answer_timeout, connect_timeout, busy, closed;
};
void wanting(const Asked& asked, Observation& seen, const Want& want, double slow_ms) {
  auto draw = between(asked.random, 0, 1);
  if ((draw -= want.answer_timeout) < 0) return time_out(asked, seen, Layer::answer_timeout);
  if ((draw -= want.connect_timeout) < 0) return time_out(asked, seen, Layer::connect_timeout);
  if ((draw -= want.busy) < 0) return answer(seen, chance(asked.random, 0.8) ? 503 : 504, slow_ms / 2);
  if (draw - want.closed < 0) return fail_at(seen, Layer::closed, slow_ms / 3);
  slow_answer(asked, seen, slow_ms * between(asked.random, 0.4, 1));
}
/// Rises to `worst_ms` over `ramp_s` before the failure.
double ramped(const Asked& asked, double ramp_s, double worst_ms) {
  if (asked.since < -ramp_s) return asked.usual_ms;
  const auto way = std::min(1.0, (asked.since + ramp_s) / ramp_s);
  return asked.usual_ms + (worst_ms - asked.usual_ms) * way * way;
}
Behaviour overloaded(World& world, Random& random, const Want& want, bool ramp) {
  const double ramp_s = ramp ? world.every_s * between(random, 6, 16) : 0.001,
               worst_ms = world.timeout_s * 1000 * between(random, 0.7, 1.5);
  return [=](const Asked& asked, Observation& seen) {
    if (asked.target != 0) return;
    const double slow_ms = ramped(asked, ramp_s, worst_ms) * between(asked.random, 0.7, 1.3);
    if (asked.since >= 0) wanting(asked, seen, want, slow_ms);
    else if (asked.since > -ramp_s) slow_answer(asked, seen, slow_ms * 0.8);
  };
}
Make overload_of(Want want, bool ramp = true) {
  return [=](World& world, Random& random) { return overloaded(world, random, want, ramp); };
}

/// The kernel connects until the queue of the process that stopped is full.
Behaviour hung_and_full(World& world, Random& random) {
  const double apart = std::min(world.every_s, 2.0 * world.vantages) / world.vantages;
  const double full_after = apart * (2 * world.vantages + whole(random, 3, 12));
  return from_then([full_after](const Asked& asked, Observation& seen) {
    time_out(asked, seen, asked.since < full_after ? Layer::answer_timeout : Layer::connect_timeout);
  });
}

Behaviour lossy(World&, Random& random) {
  const double lost = between(random, 0.8, 0.93);
  return from_then([lost](const Asked& asked, Observation& seen) {
    if (chance(asked.random, lost)) return time_out(asked, seen, Layer::connect_timeout);
    if (chance(asked.random, lost / 2)) return time_out(asked, seen, Layer::answer_timeout);
  });
}

/// `failing` of the networks, all their targets.
Behaviour networks_fail(World& world, Random& random, int networks, int of_them, Layer layer, bool some_layers) {
  const auto last = world.targets.front();
  world.targets.clear();
  for (int at = 0; at < networks * 2; ++at) {
    auto target = last;
    target.name = ServiceId{fmt::format("t{}", at)};
    target.url = fmt::format("http://t{}.example/", at);
    target.network = fmt::format("AS{}", 100 + at % networks);
    target.group.clear();
    world.targets.push_back(target);
  }
  const auto second = some_layers && chance(random, 0.5) ? Layer::unreachable : layer;
  return [=](const Asked& asked, Observation& seen) {
    if (asked.since < 0 || static_cast<int>(asked.target) % networks >= of_them) return;
    always(asked.target % 2 == 0 ? layer : second)(asked, seen);
  };
}
Behaviour vantage_cut(World& world, Random& random) {
  world.vantages = 1;
  constexpr Layer layers[] = {Layer::connect_timeout, Layer::unreachable, Layer::resolve_timeout};
  const int networks = whole(random, 3, 6);
  return networks_fail(world, random, networks, networks, layers[whole(random, 0, 2)], false);
}

void withdraw(World& world, Random& random, bool covered) {
  world.routes = std::make_shared<Routes>(std::vector{*parse_ip("198.51.100.1")});
  const int peers = whole(random, 5, 30);
  for (int peer = 0; peer < peers; ++peer) {
    const auto name = fmt::format("10.9.0.{}", peer);
    world.routes->take({world.begins, RouteEvent::announced, *parse_prefix("198.51.100.0/24"), name, 64500});
    if (covered) world.routes->take({world.begins, RouteEvent::announced, *parse_prefix("198.51.0.0/16"), name, 64501});
    if (chance(random, 0.1)) continue;
    const auto at = world.failure() + std::chrono::milliseconds{whole(random, -3000, 20000)};
    world.routes->take({at, RouteEvent::withdrawn, *parse_prefix("198.51.100.0/24"), name});
  }
}
Make withdrawn(bool covered) {
  return [covered](World& world, Random& random) {
    withdraw(world, random, covered);
    return from_then(always(chance(random, 0.5) ? Layer::unreachable : Layer::connect_timeout));
  };
}

Behaviour closure(World& world, NoticeSeen notice) {
  const auto at = world.failure();
  world.orders.push_back({ServiceId{"t0"}, ClosureId{"abcdefghijkl"}, at, at + std::chrono::milliseconds{2}});
  return from_then([notice](const Asked& asked, Observation& seen) { show(seen, notice, "abcdefghijkl", asked.usual_ms / 3); });
}
Make closure_of(NoticeSeen notice) {
  return [notice](World& world, Random&) { return closure(world, notice); };
}

/// One, and after `share` of the outage another.
Make first_then(Make one, double share, Make another) {
  return [=](World& world, Random& random) {
    const auto first = one(world, random), second = another(world, random);
    const auto turns = world.during_s * share;
    return Behaviour{[=](const Asked& asked, Observation& seen) { (asked.since < turns ? first : second)(asked, seen); }};
  };
}

Behaviour partly(World& world, Random& random) {
  world.vantages = 5;
  const auto layer = chance(random, 0.5) ? Layer::connect_timeout : Layer::unreachable;
  return from_then([layer](const Asked& asked, Observation& seen) {
    if (asked.vantage < 4) always(layer)(asked, seen);
  });
}
Behaviour one_vantage_cut(World& world, Random& random) {
  world.vantages = whole(random, 3, 5);
  const auto layer = chance(random, 0.5) ? Layer::connect_timeout : Layer::unreachable;
  return [layer](const Asked& asked, Observation& seen) {
    if (asked.since >= 0 && asked.vantage == 0) always(layer)(asked, seen);
  };
}
Behaviour own_network(World& world, Random& random) {
  auto behaviour = networks_fail(world, random, 5, 1, Layer::connect_timeout, true);
  return behaviour;
}
Behaviour wide(World& world, Random& random) {
  world.vantages = whole(random, 2, 5);
  const int networks = whole(random, 4, 7);
  return networks_fail(world, random, networks, chance(random, 0.5) ? networks : networks - 1, Layer::connect_timeout, true);
}
Behaviour wide_seen_by_one(World& world, Random& random) {
  world.vantages = 1;
  return networks_fail(world, random, 8, 6, Layer::connect_timeout, true);
}
Behaviour expire(World& world, Random&) {
  const auto ends = world.failure();
  return from_then([ends](const Asked& asked, Observation& seen) {
    fail_at(seen, Layer::certificate, asked.usual_ms);
    seen.certificate_ends = ends;
    seen.detail = "certificate has expired";
  });
}
Behaviour defaced(World& world, Random&) {
  for (auto& target : world.targets) target.fingerprint = "learn";
  return from_then([](const Asked&, Observation& seen) { seen.body = "ffffffffffffffff"; });
}
}  // namespace

World draw_world(Random& random) {
  World world;
  world.begins = noon + std::chrono::milliseconds{whole(random, 0, 3'600'000)};
  world.vantages = whole(random, 1, 5);
  for (int at = 0; at < 5; ++at) world.usual_ms.push_back(chance(random, 0.3) ? between(random, 0.4, 3) : between(random, 10, 150));
  world.jitter = between(random, 0.03, 0.3);
  world.loss = chance(random, 0.5) ? 0 : between(random, 0, 0.02);
  world.every_s = between(random, 0.5, 5);
  world.timeout_s = between(random, 2, 5);
  world.before_s = world.every_s * between(random, 30, 60);
  world.during_s = std::max(40.0, world.every_s * between(random, 15, 40));
  world.after_s = world.every_s * 10 + 10;
  for (int at = 0, targets = whole(random, 1, 8); at < targets; ++at) {
    Target target;
    target.name = ServiceId{fmt::format("t{}", at)};
    target.url = fmt::format("http://t{}.example/", at);
    target.every = std::chrono::milliseconds{static_cast<int>(world.every_s * 1000)};
    target.network = fmt::format("AS{}", 100 + at / 2);
    world.targets.push_back(std::move(target));
  }
  return world;
}

namespace {
Observation probe(const World& world, const Behaviour& behaviour, Random& random, std::size_t vantage, std::size_t target, double at) {
  const double usual = world.usual_ms[vantage], noisy = usual * (1 + world.jitter * std::abs(std::normal_distribution{}(random)));
  Observation seen;
  seen.vantage = VantageId{fmt::format("v{}", vantage)};
  seen.target = world.targets[target].name;
  seen.sent = world.begins + std::chrono::microseconds{us(at * 1000)};
  seen.address = target == 0 ? "198.51.100.7" : fmt::format("203.0.{}.7", target);
  seen.body = "0123456789abcdef";
  seen.phases.connect_us = us(noisy / 3);
  answer(seen, 200, noisy);
  if (chance(random, world.loss)) fail_at(seen, Layer::connect_timeout, world.timeout_s * 1000);
  const double since = at - world.before_s;
  if (since < world.during_s) behaviour({random, vantage, target, since, usual, world.timeout_s}, seen);
  return seen;
}
}  // namespace

std::vector<Observation> play(const World& world, const Behaviour& behaviour, Random& random) {
  std::vector<Observation> all;
  const auto whole_s = world.before_s + world.during_s + world.after_s;
  for (std::size_t vantage = 0; vantage < static_cast<std::size_t>(world.vantages); ++vantage)
    for (std::size_t target = 0; target < world.targets.size(); ++target) {
      // Staggered, and with a little jitter; while it is down its vantages together ask every 2 s.
      double at = world.every_s * (static_cast<double>(vantage) / world.vantages + between(random, 0, 0.2));
      while (at < whole_s) {
        all.push_back(probe(world, behaviour, random, vantage, target, at));
        const bool down = all.back().failed != Layer::none;
        at += std::min(world.every_s, down ? 2.0 * world.vantages : 1e9) * between(random, 0.95, 1.0);
      }
    }
  std::ranges::stable_sort(all, {}, [](const Observation& seen) { return seen.sent + std::chrono::microseconds{seen.took_us}; });
  std::map<VantageId, std::uint64_t> numbers;
  for (auto& seen : all) seen.number = ++numbers[seen.vantage];
  return all;
}

Outcome run(const Scenario& scenario, std::uint64_t seed) {
  Random random{seed};
  Outcome outcome{.outages = {}, .longest = nullptr, .world = draw_world(random)};
  auto& world = outcome.world;
  const auto behaviour = scenario.make(world, random);
  AnalysisOptions options;
  options.orders = world.orders, options.routes = world.routes, options.ledger = !world.orders.empty();
  Analysis analysis{world.targets, std::move(options)};
  for (const auto& seen : play(world, behaviour, random)) analysis.take(seen);
  analysis.finish();
  outcome.outages = analysis.outages();
  std::erase_if(outcome.outages, [](const Outage& outage) { return outage.target != ServiceId{"t0"}; });
  const auto lasted = [](const Outage& outage) {
    return outage.end ? outage.end->latest - outage.onset.latest : std::chrono::microseconds::max();
  };
  if (const auto longest = std::ranges::max_element(outcome.outages, {}, lasted); longest != outcome.outages.end())
    outcome.longest = &*longest;
  return outcome;
}

const std::vector<Scenario>& scenarios() {
  using enum Cause;
  static const std::vector<Scenario> all{
      {"stopped server", {server_fault}, true, layer_of(Layer::connect_refused)},
      {"hung server", {server_fault}, true, layer_of(Layer::answer_timeout)},
      {"hung server, queue full", {server_fault}, true, hung_and_full},
      {"server's error", {server_fault}, true, status_of({500, 502})},
      {"closes the connection", {server_fault}, true, layer_of(Layer::closed)},
      {"no HTTP", {server_fault}, true, layer_of(Layer::malformed)},
      {"handshake fails", {server_fault}, true, layer_of(Layer::tls)},
      {"page not there", {server_fault}, true, status_of({403, 404})},
      {"overload, timeouts", {Cause::overload}, true, overload_of({0.7, 0.1, 0.05, 0.02})},
      {"overload, accept queue full", {Cause::overload}, true, overload_of({0.15, 0.7, 0, 0})},
      {"overload, sheds load", {Cause::overload}, true, overload_of({0.1, 0, 0.8, 0})},
      {"overload, at once", {Cause::overload}, true, overload_of({0.45, 0.2, 0.2, 0.05}, false)},
      {"dropped", {network}, true, layer_of(Layer::connect_timeout)},
      {"rejected", {network}, true, layer_of(Layer::unreachable)},
      {"random loss", {network}, true, lossy},
      {"most vantages cut off", {network}, true, partly},
      {"its network cut off", {network}, true, own_network},
      {"withdrawn", {withdrawal}, true, withdrawn(false)},
      {"withdrawn, less specific stays", {withdrawal}, true, withdrawn(true)},
      {"zone refused", {dns}, true, layer_of(Layer::resolve_refused)},
      {"zone silent", {dns}, true, layer_of(Layer::resolve_timeout)},
      {"name gone", {dns}, true, layer_of(Layer::resolve_missing)},
      {"zone bogus", {dns}, true, layer_of(Layer::resolve_bogus)},
      {"certificate expired", {Cause::certificate}, true, expire},
      {"defaced", {defacement}, true, defaced},
      {"closure", {protective_closure}, true, closure_of(NoticeSeen::valid)},
      {"notice expired", {unknown}, true, closure_of(NoticeSeen::expired)},
      {"notice foreign", {unknown}, true, closure_of(NoticeSeen::foreign)},
      {"notice not verified", {unknown}, true, closure_of(NoticeSeen::unverified)},
      {"wide outage", {wide_outage}, true, wide},
      {"wide outage seen by one", {wide_outage}, true, wide_seen_by_one},
      {"vantage lost its line", {vantage_fault}, true, vantage_cut},
      {"one of several vantages lost its line", {}, false, one_vantage_cut},
      {"overload, then it fell over",
       {server_fault},
       false,
       first_then(overload_of({0.6, 0.2, 0.1, 0}), 0.2, layer_of(Layer::connect_refused))},
      {"overload, fell over at the end",
       {Cause::overload},
       false,
       first_then(overload_of({0.6, 0.2, 0.1, 0}), 0.8, layer_of(Layer::connect_refused))},
      {"overload, then closed",
       {protective_closure},
       false,
       first_then(overload_of({0.6, 0.2, 0.1, 0}), 0.2, closure_of(NoticeSeen::valid))},
      {"closed, and the notices ran out",
       {unknown},
       false,
       first_then(closure_of(NoticeSeen::valid), 0.2, closure_of(NoticeSeen::expired))},
      {"stopped, then a 502 before it", {server_fault}, false, first_then(layer_of(Layer::connect_refused), 0.5, status_of({502}))},
      {"dropped, then the name gone",
       {network},
       false,
       first_then(layer_of(Layer::connect_timeout), 0.8, layer_of(Layer::resolve_missing))},
      {"defaced, then stopped", {server_fault}, false, first_then(defaced, 0.2, layer_of(Layer::connect_refused))}};
  return all;
}

}  // namespace kulla::outage::test
