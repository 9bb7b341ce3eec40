#include "drill/reopening.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "drill/feed.hpp"
#include "drill/officers.hpp"
#include "drill/processes.hpp"

namespace kulla::drill {
using namespace std::chrono_literals;
using std::chrono::steady_clock;
namespace {
constexpr auto closing_patience = 60s;
constexpr auto patience_a_system = 15s;  // its inspection, its backup's restoring, and what is between
constexpr auto look_again = 200ms;

double ms_since(steady_clock::time_point start) { return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count(); }

/// Processor time of a program's first thread (the daemon's core runs there), in milliseconds (proc_pid_schedstat: the first number).
std::optional<double> first_thread_time(int pid) {
  std::int64_t nanoseconds = 0;
  if (!(std::ifstream{fmt::format("/proc/{0}/task/{0}/schedstat", pid)} >> nanoseconds)) return std::nullopt;
  return static_cast<double>(nanoseconds) / 1e6;
}

class Rehearsal {
 public:
  Rehearsal(const World& world, Story& story, std::function<bool()> stopped)
      : world_(world),
        plan_(world.plan()),
        story_(story),
        stopped_(std::move(stopped)),
        processes_(world),
        officers_(world.path("control.sock"), world.officers()) {
    for (const auto& service : plan_.services) names_.push_back(service.name);
    result_.services = names_.size();
    result_.systems = plan_.systems.size() + 1;
  }

  Result<Reopening> run() {
    KULLA_CHECK(start());
    KULLA_CHECK(close());
    KULLA_CHECK(reopen());
    processes_.stop_defence();
    feed_->stop();
    processes_.stop();
    return result_;
  }

 private:
  Result<> start() {
    const auto progress = [this](std::string_view what, std::size_t done, std::size_t all) {
      story_.progress(what, done, all);
      return !stopped_();
    };
    KULLA_TRY(const auto ports, processes_.start_systems(progress));
    KULLA_CHECK(world_.write_config(ports));
    KULLA_CHECK(processes_.start_gate(stopped_));
    KULLA_CHECK(processes_.start_daemon(stopped_));
    feed_.emplace(world_.path("control.sock"), [](const Fact&) {});
    return {};
  }

  Result<> close() {
    story_.tell(Lane::decision, fmt::format("an operator closes all {} services", names_.size()));
    const auto began = steady_clock::now();
    KULLA_CHECK(officers_.close_all("the whole gateway, as a rehearsal"));
    const auto all_closed = [this](const Feed::Facts& facts) {
      std::set<ServiceId> closed;
      for (const auto& fact : facts)
        if (const auto* body = std::get_if<fact::GateConfirmed>(&fact.body); body && body->entry.mode == GateMode::closed)
          closed.insert(body->service);
      return closed.size() == names_.size();
    };
    if (!feed_->wait(all_closed, closing_patience, stopped_)) return fail(Code::timed_out, "the gate did not confirm every closing");
    result_.closed_ms = ms_since(began);
    story_.tell(Lane::gate, fmt::format("all closed, and confirmed, after {:.0f} ms", result_.closed_ms));
    return {};
  }

  Result<> reopen() {
    story_.tell(Lane::way_back, fmt::format("verification of all: {} systems and their backups", result_.systems));
    const auto before = first_thread_time(processes_.daemon()->pid());
    began_ = steady_clock::now();
    KULLA_CHECK(officers_.verify(names_));
    const auto until = began_ + patience_a_system * static_cast<int>(result_.systems);
    while (result_.opened < result_.services) {
      if (stopped_()) return fail(Code::interrupted, "the drill");
      if (steady_clock::now() > until) return fail(Code::timed_out, "not every service was open again");
      KULLA_CHECK(approve(look()));
      story_.progress("open again", result_.opened, result_.services);
    }
    result_.open_ms = ms_since(began_);
    const auto after = first_thread_time(processes_.daemon()->pid());
    if (before && after) result_.deciding_ms = *after - *before;
    return {};
  }

  /// What has come since: counts what is open, and says what waits for its approvals.
  std::vector<std::string> look() {
    std::vector<std::string> waiting;
    (void)feed_->wait(
        [&](const Feed::Facts& facts) {
          for (; read_ < facts.size(); ++read_) take(facts[read_], waiting);
          return !waiting.empty() || result_.opened == result_.services;
        },
        look_again, stopped_);
    return waiting;
  }
  void take(const Fact& fact, std::vector<std::string>& waiting) {
    if (const auto* verified = std::get_if<fact::Verified>(&fact.body)) {
      waiting.push_back(verified->service.str());
      if (verified_.insert(verified->service).second && verified_.size() == result_.services) result_.verified_ms = ms_since(began_);
    } else if (const auto* approved = std::get_if<fact::Approved>(&fact.body)) {
      ++approvals_[approved->approval.service];
    } else if (const auto* confirmed = std::get_if<fact::GateConfirmed>(&fact.body)) {
      if (confirmed->entry.mode == GateMode::closed) return;
      result_.before_approval += approvals_[confirmed->service] < 2;
      result_.opened += confirmed->entry.mode == GateMode::open;
    }
  }
  Result<> approve(const std::vector<std::string>& services) {
    for (const auto& service : services)
      for (const std::size_t officer : {0U, 1U}) KULLA_CHECK(officers_.approve(service, officer));
    return {};
  }

  const World& world_;
  const Plan& plan_;
  Story& story_;
  const std::function<bool()> stopped_;
  Processes processes_;
  Officers officers_;
  std::optional<Feed> feed_;
  std::vector<std::string> names_;
  steady_clock::time_point began_;
  std::size_t read_ = 0;
  std::set<ServiceId> verified_;
  std::map<ServiceId, int> approvals_;
  Reopening result_;
};
}  // namespace

Result<Reopening> reopen_all(const World& world, Story& story, const std::function<bool()>& stopped) {
  return Rehearsal{world, story, stopped}.run();
}

void show(const Reopening& r, Story& story) {
  story.say(fmt::format(
      "\n  {} services on {} systems: closed in {:.0f} ms; from \"verify all\" to all verified {:.1f} s, to all open {:.1f} s.\n"
      "  Deciding took {:.0f} ms of processor time, {:.2f} % of that (limit 1 %). Open before two approvals: {}.\n\n",
      r.services, r.systems, r.closed_ms, r.verified_ms / 1000, r.open_ms / 1000, r.deciding_ms, r.deciding_share() * 100,
      r.before_approval));
  story.emit({{"kind", "reopening"},
              {"passed", r.passed()},
              {"services", r.services},
              {"systems", r.systems},
              {"opened", r.opened},
              {"closed_ms", r.closed_ms},
              {"verified_ms", r.verified_ms},
              {"open_ms", r.open_ms},
              {"deciding_ms", r.deciding_ms},
              {"reopen_without_approval", r.before_approval}});
}
}  // namespace kulla::drill
