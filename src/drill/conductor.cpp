#include "drill/conductor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <thread>

#include "drill/narrator.hpp"
#include "drill/notice.hpp"
#include "drill/sandbox.hpp"

namespace kulla::drill {
using namespace std::chrono_literals;
namespace {
constexpr auto poll = 20ms;
constexpr auto least_warm_up = 3s, warm_up_patience = 120s;
constexpr auto harm_patience = 20s, closing_patience = 10s, streams_patience = 3s;
}  // namespace

Conductor::Conductor(const Options& options, const World& world, Processes& processes, Story& story, std::function<bool()> stopped)
    : options_(options),
      world_(world),
      plan_(world.plan()),
      processes_(processes),
      story_(story),
      stopped_(std::move(stopped)),
      interrupted_([this] {
        if (processes_.revive_daemon()) story_.tell(Lane::drill, "the daemon ended; started again, as systemd would");
        return stopped_();
      }),
      saboteur_(world, processes),
      officers_(world.path("control.sock"), world.officers()) {
  seen_.plan = plan_;
  seen_.officers = world.approvers();
}

bool Conductor::wait(Millis patience, const std::function<bool()>& holds) const {
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(poll)) {
    if (holds()) return true;
    if (interrupted_()) return false;
  }
  return holds();
}

void Conductor::miss(std::string what) {
  if (over()) return;
  story_.tell(Lane::drill, what);
  if (seen_.failed_step.empty()) seen_.failed_step = std::move(what);
}

std::vector<std::string> Conductor::names(const std::vector<std::size_t>& services) const {
  std::vector<std::string> result;
  for (const auto service : services) result.push_back(plan_.services[service].name);
  return result;
}

// ---- set-up

Result<> Conductor::start_all() {
  const auto progress = [this](std::string_view what, std::size_t done, std::size_t all) {
    story_.progress(what, done, all);
    return !stopped_();
  };
  KULLA_TRY(const auto ports, processes_.start_systems(progress));
  KULLA_CHECK(world_.write_config(ports));
  KULLA_CHECK(processes_.start_gate(stopped_));
  if (!defended()) return {};
  KULLA_CHECK(processes_.start_daemon(stopped_));
  feed_.emplace(world_.path("control.sock"), [this](const Fact& fact) { narrate(fact, story_); });
  return processes_.start_vantage();
}

void Conductor::say_ready() {
  json::array services;
  for (const auto& service : plan_.services)
    services.push_back(json::object{{"name", service.name},
                                    {"host", service.host},
                                    {"path", service.path},
                                    {"system", plan_.systems[service.system].id},
                                    {"protected", service.is_protected}});
  json::object ready{{"kind", "ready"},
                     {"gate", fmt::format("127.0.0.1:{}", world_.http_port())},
                     {"services", std::move(services)},
                     {"folder", world_.path("").string()}};
  if (defended()) ready["status"] = world_.status_folder().string();
  if (processes_.gate()) ready["gate_pid"] = processes_.gate()->pid();
  if (processes_.daemon()) {
    ready["daemon_pid"] = processes_.daemon()->pid();
    ready["console"] = world_.console();
    ready["people"] = world_.console_people().string();
  }
  story_.emit(ready);
  story_.tell(Lane::drill, fmt::format("{} services on {} systems behind the gate at 127.0.0.1:{}{}", plan_.services.size(),
                                       plan_.systems.size() + 1, world_.http_port(), defended() ? "" : ", without a defence"));
  if (defended())
    story_.tell(Lane::drill, fmt::format("the console is at {}; who may sign in: {}", world_.console(), world_.console_people().string()));
}

void Conductor::hold() {
  if (options_.hold_seconds <= 0 || over()) return;
  story_.emit({{"kind", "hold"}, {"seconds", options_.hold_seconds}});
  story_.tell(Lane::drill,
              fmt::format("holds for {} s: look at the gate at 127.0.0.1:{} with any client", options_.hold_seconds, world_.http_port()));
  wait(std::chrono::seconds{options_.hold_seconds}, [] { return false; });
}

// ---- the attack and the closing

Result<> Conductor::warm_up() {
  story_.tell(Lane::drill,
              fmt::format("{} citizens ask all services; attempts of {} kinds against all of them begin", citizens, Attempts::kinds()));
  traffic_->start();
  const auto began = std::chrono::steady_clock::now();
  std::vector<bool> asked(plan_.services.size()), attempted(asked);
  std::size_t read = 0, missing = 0;
  wait(warm_up_patience, [&] {
    for (const auto& request : traffic_->requests().copy(read)) {
      ++read;
      (request.who == Who::attempt ? attempted : asked)[request.service] = true;
    }
    missing = static_cast<std::size_t>(std::ranges::count(asked, false) + std::ranges::count(attempted, false));
    return missing == 0 && std::chrono::steady_clock::now() - began > least_warm_up;
  });
  if (missing > 0 && !over())
    return fail(Code::timed_out,
                fmt::format("{} services did not see both citizens and attempts within {} s", missing, warm_up_patience.count()));
  const auto requests = traffic_->requests().copy();
  const auto unanswered =
      std::ranges::count_if(requests, [](const Request& request) { return request.who == Who::citizen && request.refused(); });
  if (unanswered > 0) story_.tell(Lane::drill, fmt::format("{} requests by citizens were not answered in the warm-up", unanswered));
  return {};
}

void Conductor::strike() {
  const auto targets = plan_.closing();
  traffic_->watch(targets);
  if (auto streaming = traffic_->stream(targets); !streaming) miss(streaming.error().message());
  wait(500ms, [] { return false; });
  seen_.attack_began = wall_now();
  story_.tell(Lane::attack, "the attack begins");
  auto struck = traffic_->attack();
  if (!wait(harm_patience, [&] { return struck.wait_for(0s) == std::future_status::ready; }) || !traffic_->attacked().placed())
    miss("the web shell could not be placed");
}

/// The intruder is inside once the form has run the shell; what follows comes without the gate.
void Conductor::await_harm() {
  const auto data_files = static_cast<std::ptrdiff_t>(
      std::ranges::count_if(files_of(plan_, Plan::breached), [](const auto& file) { return file.path.starts_with("data/"); }));
  std::vector<Effect> breached, infected;
  const bool done = wait(harm_patience, [&] {
    breached = effects_on_disk(world_, Plan::breached);
    infected = effects_on_disk(world_, Plan::infected);
    return std::ranges::count(breached, true, &Effect::wiped) == data_files && !infected.empty();
  });
  if (!done) miss("the attack did not do its harm in time");
  if (!breached.empty()) seen_.breached_at[Plan::breached] = traffic_->attacked().shell_sent();
  if (!infected.empty()) {
    seen_.breached_at[Plan::infected] = infected.front().at;
    story_.tell(Lane::attack, fmt::format("drops an implant onto {} through the shared mount", plan_.systems[Plan::infected].id),
                infected.front().at);
  }
  if (data_files > 0 && done)
    story_.tell(Lane::attack, fmt::format("wipes {} data files of {}", data_files, plan_.systems[Plan::breached].id), breached.back().at);
  seen_.effects = std::move(breached);
  seen_.effects.insert(seen_.effects.end(), infected.begin(), infected.end());
}

void Conductor::await_closings() {
  const auto wanted = names(plan_.closing());
  const auto confirmed = [&](const Facts& facts) {
    return std::ranges::all_of(wanted, [&](const std::string& name) {
      return std::ranges::any_of(facts, [&](const Fact& fact) {
        const auto* body = std::get_if<fact::GateConfirmed>(&fact.body);
        return body && body->service.str() == name && body->entry.mode == GateMode::closed;
      });
    });
  };
  if (defended() && !feed_->wait(confirmed, closing_patience, interrupted_))
    miss("not every service on an attacked system was closed in time");
  if (sabotage(Sabotage::leak)) {
    story_.tell(Lane::saboteur, "sets a closed service open again in the gate's live map, for a second");
    if (auto done = saboteur_.leak(plan_.services[plan_.weak_service()].name); !done) miss(done.error().message());
  }
  if (defended() && !wait(streams_patience, [&] { return traffic_->streams_alive() == 0; }))
    miss("not every answer under way ended after the closings");
  wait(1000ms, [] { return false; });
  traffic_->watch({});
}

void Conductor::look_at_closed_pages() {
  std::map<std::string, ClosureId> closures;
  feed_->wait(
      [&](const Facts& facts) {
        for (const auto& fact : facts)
          if (const auto* closed = std::get_if<fact::Closed>(&fact.body)) closures[closed->service.str()] = closed->closure;
        return true;
      },
      1s, interrupted_);
  for (const auto service : plan_.closing()) {
    const auto& planned = plan_.services[service];
    const Answer answer = traffic_->ask({.host = planned.host, .target = below(planned, ""), .body = {}, .headers = {}});
    seen_.notices.push_back({service, notice_problem(answer, closures[planned.name])});
  }
  try_spellings();
}

void Conductor::try_spellings() {
  const auto& service = plan_.services[plan_.weak_service()];
  const auto& system = plan_.systems[service.system].id;
  for (const auto& target : spellings_of(service.path)) {
    const Answer answer = traffic_->ask({.host = service.host, .target = target, .body = {}, .headers = {}});
    seen_.spellings.push_back({target, answer.status(), answer.came && answer.response[std::string(sandbox_header)] == system});
  }
  const auto reached = std::ranges::count(seen_.spellings, true, &Spelling::by_service);
  story_.tell(Lane::gate,
              fmt::format("{} spellings of {}{} tried, {} reached it", seen_.spellings.size(), service.host, service.path, reached));
}

void Conductor::confirm_from_outside() {
  const auto wanted = names(plan_.closing());
  const auto down = [&](const Facts& facts) {
    return std::ranges::all_of(wanted, [&](const std::string& name) {
      return std::ranges::any_of(facts, [&](const Fact& fact) {
        const auto* body = std::get_if<fact::BeliefChanged>(&fact.body);
        return body && body->belief.service.str() == name && body->belief.seen == Seen::down;
      });
    });
  };
  if (!feed_->wait(down, patience(5s), interrupted_)) miss("the vantage did not see every closed service go down in time");
}

// ---- the whole

Result<Observed> Conductor::conduct() {
  KULLA_CHECK(start_all());
  say_ready();
  hold();
  traffic_.emplace(plan_, world_.http_port(), world_.citizens_password(),
                   [this](const std::string& what) { story_.tell(Lane::attack, what); });
  KULLA_CHECK(warm_up());
  if (!over()) strike();
  if (!over()) await_harm();
  if (!over()) await_closings();
  if (!over() && defended()) look_at_closed_pages();
  hold();
  if (!over() && defended()) confirm_from_outside();
  seen_.way_back_began = wall_now();
  if (!over() && defended()) way_back();
  if (!over()) settle();
  finish();
  if (over()) return fail(Code::interrupted, "the drill");
  return std::move(seen_);
}
}  // namespace kulla::drill
