// Every check sets what the daemon recorded against something that it cannot have written: clients' records, the disk, signatures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "drill/score.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono;
constexpr auto closing_patience = 5s;          // from the harm on disk to the first refused client
constexpr auto stream_recent = 1s;             // a stream sends every 20 ms
constexpr auto stream_end_noticed = 1s;        // bytes bear the kernel's time; an end is noticed when our thread gets to run
constexpr auto onset_slack = 250ms;            // between two processes' clocks and a probe's way
constexpr std::size_t probed_at_least = 20;    // clients that must have asked before a share of them says anything

struct View {
  const Observed& seen;
  const std::vector<ClosureSeen>& closures;
  const Figures& figures;
  [[nodiscard]] const ClosureSeen* first(std::size_t service) const {
    const auto found = std::ranges::find(closures, service, &ClosureSeen::service);
    return found == closures.end() ? nullptr : &*found;
  }
  [[nodiscard]] const ClosureSeen* last(std::size_t service) const {
    for (const auto& closure : closures | std::views::reverse)
      if (closure.service == service) return &closure;
    return nullptr;
  }
  [[nodiscard]] const std::string& name(std::size_t service) const { return seen.plan.services[service].name; }
  [[nodiscard]] std::vector<std::size_t> services_on(std::size_t system) const { return seen.plan.systems[system].services; }
};

/// Collects what is wrong; the first few are named.
struct Complaints {
  std::vector<std::string> lines;
  template <typename... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    lines.push_back(fmt::format(format, std::forward<T>(values)...));
  }
  [[nodiscard]] Check check(std::string name, std::string wanted, std::string well) const {
    if (lines.empty()) return {std::move(name), std::move(wanted), true, std::move(well)};
    auto evidence = fmt::format("{}", fmt::join(lines | std::views::take(3), "; "));
    if (lines.size() > 3) evidence += fmt::format("; and {} more", lines.size() - 3);
    return {std::move(name), std::move(wanted), false, std::move(evidence)};
  }
};

Check attack(const View& view) {
  Complaints wrong;
  const bool shell = std::ranges::any_of(view.seen.effects, [](const Effect& e) { return e.system == Plan::breached && !e.wiped; });
  const auto wiped = std::ranges::count(view.seen.effects, true, &Effect::wiped);
  const bool implant = std::ranges::any_of(view.seen.effects, [](const Effect& e) { return e.system == Plan::infected; });
  if (!shell) wrong.add("no web shell on {}", view.seen.plan.systems[Plan::breached].id);
  if (!implant) wrong.add("no implant on {}", view.seen.plan.systems[Plan::infected].id);
  if (wiped < 5) wrong.add("only {} data files wiped", wiped);
  if (!view.seen.failed_step.empty()) wrong.lines.push_back(view.seen.failed_step);
  return wrong.check("attack", "the rehearsed attack really happened, and every step of the drill ended in time",
                     fmt::format("web shell and implant on disk, {} data files overwritten", wiped));
}

Check attempts(const View& view) {
  Complaints wrong;
  std::vector<int> before(view.seen.plan.services.size()), after(before.size());
  std::size_t during = 0;
  for (const auto& request : view.seen.requests) {
    if (request.who != Who::attempt) continue;
    before[request.service] += request.sent < view.seen.attack_began;
    after[request.service] += request.sent >= view.seen.way_back_began;
    during += request.sent >= view.seen.attack_began && request.sent < view.seen.way_back_began;
  }
  const auto unattacked = [](const auto& counts) { return std::ranges::count(counts, 0); };
  if (unattacked(before) > 0) wrong.add("{} services saw no attempt before the attack", unattacked(before));
  if (unattacked(after) > 0) wrong.add("{} services saw no attempt during the way back", unattacked(after));
  if (during == 0) wrong.add("no attempts during the attack");
  if (view.figures.closed_by_attempts > 0)
    wrong.add("{} services closed without an effect on their system", view.figures.closed_by_attempts);
  return wrong.check("attempts", "attempts against every service, before, during and after, closed none",
                     fmt::format("{} attempts, 0 services closed by them", view.figures.attempts));
}

Check closing(const View& view) {
  Complaints wrong;
  for (const auto service : view.seen.plan.closing()) {
    const auto* closure = view.first(service);
    const auto breached = view.seen.breached_at.find(view.seen.plan.services[service].system);
    if (!closure || !closure->acknowledged) {
      wrong.add("{} was not closed", view.name(service));
      continue;
    }
    const bool refused = breached != view.seen.breached_at.end() && std::ranges::any_of(view.seen.requests, [&](const Request& request) {
                           return request.service == service && request.notice && request.received > breached->second &&
                                  request.received < breached->second + closing_patience;
                         });
    if (!refused) wrong.add("no client was refused at {} within {} s", view.name(service), closing_patience.count());
  }
  return wrong.check("closing", "every service on an attacked system refuses clients within 5 s of the harm",
                     fmt::format("{} of {} closed; first client refused {} ms after the order", view.figures.closed,
                                 view.figures.closed_expected, view.figures.order_to_refused_ms));
}

/// Each long answer must have been arriving until the closing, and have ended at it: else that nothing came later says nothing.
void look_at_streams(const View& view, std::size_t service, Timestamp acknowledged, Complaints& wrong) {
  std::set<std::uint32_t> arriving, ended;
  for (const auto& bytes : view.seen.streams) {
    if (bytes.service != service) continue;
    if (bytes.bytes > 0 && bytes.at > acknowledged - stream_recent && bytes.at <= acknowledged + stream_grace)
      arriving.insert(bytes.stream);
    if (bytes.bytes == 0 && bytes.at <= acknowledged + stream_end_noticed) ended.insert(bytes.stream);
  }
  if (arriving.size() < streams_each)
    wrong.add("{} of {} long answers of {} were arriving when it closed", arriving.size(), streams_each, view.name(service));
  if (ended.size() < streams_each)
    wrong.add("{} of {} long answers of {} had ended after it closed", ended.size(), streams_each, view.name(service));
}

Check leak(const View& view) {
  Complaints wrong;
  for (const auto service : view.seen.plan.closing())
    if (const auto* closure = view.first(service); closure && closure->acknowledged)
      look_at_streams(view, service, *closure->acknowledged, wrong);
  const bool any = std::ranges::any_of(view.closures, [](const ClosureSeen& c) { return c.acknowledged.has_value(); });
  if (!any) wrong.add("nothing was closed, so nothing was kept back");
  if (view.figures.leaked_requests > 0)
    wrong.add("{} requests sent after the gate's acknowledgement were answered by a service", view.figures.leaked_requests);
  if (view.figures.leaked_bytes > 0) wrong.add("{} bytes of earlier answers arrived more than 100 ms after it", view.figures.leaked_bytes);
  return wrong.check("leak", "after the gate's acknowledgement no service answers, and answers under way end",
                     fmt::format("0 requests, 0 bytes; {} long answers cut", streams_each * view.figures.closed_expected));
}

Check bystanders(const View& view) {
  Complaints wrong;
  if (view.figures.bystander_refused > 0)
    wrong.add("{} legitimate requests to open services were not answered", view.figures.bystander_refused);
  std::vector<bool> asked(view.seen.plan.services.size());
  for (const auto& request : view.seen.requests)
    if (request.who == Who::citizen) asked[request.service] = true;
  if (const auto forgotten = std::ranges::count(asked, false)) wrong.add("{} services were never asked", forgotten);
  return wrong.check("bystanders", "every legitimate request to an open service is answered by it",
                     fmt::format("{} requests by citizens, 0 refused", view.figures.citizen_requests));
}

Check protection(const View& view) {
  Complaints wrong;
  const auto service = view.seen.plan.protected_service();
  if (view.first(service)) wrong.add("{} was closed", view.name(service));
  const bool guarded = std::ranges::any_of(view.seen.facts, [&](const Fact& fact) {
    const auto* body = std::get_if<fact::Guarded>(&fact.body);
    return body && body->service.str() == view.name(service);
  });
  if (!guarded) wrong.add("{} was not guarded", view.name(service));
  return wrong.check("protected", "the protected service, which shares a database with the attacked ones, is guarded and stays open",
                     fmt::format("{} guarded, never closed", view.name(service)));
}

Check notice(const View& view) {
  Complaints wrong;
  for (const auto& page : view.seen.notices)
    if (!page.problem.empty()) wrong.add("{}: {}", view.name(page.service), page.problem);
  if (view.seen.notices.size() < view.figures.closed_expected)
    wrong.add("{} of {} notices were read", view.seen.notices.size(), view.figures.closed_expected);
  return wrong.check("notice", "a closed service answers 503 with Retry-After, no-store, its closure's identity, in Albanian and English",
                     fmt::format("{} notices read", view.seen.notices.size()));
}

Check paths(const View& view) {
  Complaints wrong;
  for (const auto& spelling : view.seen.spellings)
    if (spelling.by_service) wrong.add("'{}' reached the closed service", spelling.target);
  if (view.seen.spellings.empty()) wrong.add("no spelling was tried");
  return wrong.check("paths", "of two services on one host, told apart by path, only one is closed, however its address is spelled",
                     fmt::format("{} spellings, none reached the closed service", view.seen.spellings.size()));
}

const fact::BeliefChanged* onset_of(const View& view, std::size_t service) {
  for (const auto& fact : view.seen.facts)
    if (const auto* body = std::get_if<fact::BeliefChanged>(&fact.body);
        body && body->belief.seen == Seen::down && body->belief.service.str() == view.name(service))
      return body;
  return nullptr;
}

Check outside(const View& view) {
  Complaints wrong;
  std::size_t supported = 0;
  for (const auto service : view.seen.plan.closing()) {
    const auto* closure = view.first(service);
    if (!closure || !closure->acknowledged) {
      wrong.add("{} was not closed", view.name(service));
      continue;
    }
    const auto* belief = onset_of(view, service);
    if (!belief || belief->belief.last_good - onset_slack > *closure->acknowledged ||
        *closure->acknowledged > belief->belief.first_bad + onset_slack)
      wrong.add("the vantage does not place the onset of {} at its closing", view.name(service));
    else if (belief->agreement == Agreement::contradicts) wrong.add("the daemon calls the onset of {} a contradiction", view.name(service));
    supported += belief && belief->agreement == Agreement::supports;
  }
  if (supported == 0) wrong.add("no onset was seen to agree with the daemon's own record");
  return wrong.check(
      "outside", "the vantage, knowing no order, sees each closed service go down in an interval that holds the closing",
      fmt::format("{} onsets, the middle of the interval at most {} ms off", view.figures.closed_expected, view.figures.onset_error_ms));
}

/// What the attacker did to a system must be among the findings of its first inspection.
Check inspection(const View& view) {
  Complaints wrong;
  for (const auto system : {Plan::breached, Plan::infected}) {
    const auto found = std::ranges::find(view.seen.first, system, &Inspection::system);
    const auto& id = view.seen.plan.systems[system].id;
    if (found == view.seen.first.end()) wrong.add("{} was not inspected", id);
    else if (found->clean) wrong.add("the first inspection of {} found nothing", id);
    else
      for (const auto& effect : view.seen.effects)
        if (effect.system == system && !found->paths.contains(effect.path)) wrong.add("{}: {} was not found", id, effect.path);
  }
  return wrong.check("inspection", "the first inspections find all that the attacker wrote and overwrote",
                     fmt::format("{} systems failed at first, all of {} changes on disk found", view.figures.systems_failed_first,
                                 view.seen.effects.size()));
}

Check restore(const View& view) {
  Complaints wrong;
  std::map<DatasetId, std::string> problems;
  for (const auto& fact : view.seen.facts)
    if (const auto* proved = std::get_if<fact::Proved>(&fact.body))
      problems[proved->proof.dataset] = proved->proof.passed ? "" : proved->proof.problem.empty() ? "not proved" : proved->proof.problem;
  if (problems.empty()) wrong.add("no backup was proved");
  for (const auto& [dataset, problem] : problems)
    if (!problem.empty()) wrong.add("{}: {}", dataset.str(), problem);
  const auto rebuilt = std::ranges::find(view.seen.rebuilt, Plan::breached, &Rebuilt::system);
  if (rebuilt == view.seen.rebuilt.end()) wrong.add("{} was not rebuilt", view.seen.plan.systems[Plan::breached].id);
  else if (!rebuilt->problem.empty()) wrong.lines.push_back(rebuilt->problem);
  else if (rebuilt->wrong + rebuilt->missing + rebuilt->added.size() > 0)
    wrong.add("after the rebuild {} files differ, {} are missing, {} are left over", rebuilt->wrong, rebuilt->missing,
              rebuilt->added.size());
  return wrong.check(
      "restore", "backups prove restorable, and the rebuilt system is byte for byte what it was before the attack",
      fmt::format("{} data sets proved; {} files as they were", problems.size(), rebuilt == view.seen.rebuilt.end() ? 0 : rebuilt->files));
}

Check approval(const View& view) {
  Complaints wrong;
  if (view.figures.reopen_without_approval > 0)
    wrong.add("{} closures let clients in before two valid approvals", view.figures.reopen_without_approval);
  return wrong.check("approval", "no closed service answers anyone before two officers have signed, checked again from the ledger",
                     fmt::format("{} reopened, each after two valid signatures by distinct keys", view.figures.reopened));
}

Check two_keys(const View& view) {
  Complaints wrong;
  const auto& same = view.seen.same_officer;
  if (!same.tried) wrong.add("it was not tried");
  else if (!same.refused) wrong.add("the same officer could sign twice");
  else if (!same.still_closed) wrong.add("the service opened after one officer's two signatures");
  return wrong.check("two_keys", "the same officer signing twice is refused", "refused, and the service stayed closed");
}

struct Share {
  std::set<std::uint32_t> in, out;
};
Share share_in(const View& view, std::size_t service, const TrialSpan& span) {
  Share share;
  for (const auto& request : view.seen.requests)
    if (request.who == Who::citizen && request.service == service && request.sent >= span.from && request.received <= span.until &&
        request.status != 0)
      (request.by_service ? share.in : share.out).insert(request.address);
  return share;
}

void look_at_trials(const View& view, const ClosureSeen& closure, Complaints& wrong, std::size_t& asked) {
  std::set<std::uint32_t> let_in;
  const auto overlap = [](const auto& a, const auto& b) {
    return std::ranges::any_of(a, [&](auto address) { return b.contains(address); });
  };
  for (const auto& span : closure.trials) {
    const auto share = share_in(view, closure.service, span);
    const auto n = share.in.size() + share.out.size();
    asked += n;
    if (n < probed_at_least) {
      wrong.add("{}: only {} citizens asked at {} %", view.name(closure.service), n, span.share);
      continue;
    }
    const double wanted = span.share / 100.0, got = static_cast<double>(share.in.size()) / static_cast<double>(n);
    const double tolerance = 4 * std::sqrt(wanted * (1 - wanted) / static_cast<double>(n)) + 0.03;
    if (std::abs(got - wanted) > tolerance)
      wrong.add("{}: {:.0f} % of citizens let in at {} %", view.name(closure.service), got * 100, span.share);
    if (overlap(share.in, share.out)) wrong.add("{}: a citizen was let in and refused at {} %", view.name(closure.service), span.share);
    if (overlap(let_in, share.out)) wrong.add("{}: a citizen let in before was refused at {} %", view.name(closure.service), span.share);
    let_in = share.in;
  }
}

Check trial(const View& view) {
  Complaints wrong;
  std::size_t asked = 0, trials = 0;
  for (const auto& closure : view.closures) {
    if (!closure.opened) continue;
    trials += closure.trials.size();
    if (closure.trials.empty()) wrong.add("{} opened without a trial", view.name(closure.service));
    look_at_trials(view, closure, wrong, asked);
  }
  if (trials == 0) wrong.add("there was no trial");
  return wrong.check("trial", "in a trial a stable share of clients is let in, no more and no fewer",
                     fmt::format("{} trial steps, {} clients counted", trials, asked));
}

Check reopened(const View& view) {
  Complaints wrong;
  for (const auto service : view.services_on(Plan::breached)) {
    const auto* closure = view.last(service);
    if (!closure || !closure->open_acknowledged) {
      wrong.add("{} did not reopen", view.name(service));
      continue;
    }
    const bool answers = std::ranges::any_of(view.seen.requests, [&](const Request& request) {
      return request.who == Who::citizen && request.service == service && request.by_service && request.sent > *closure->open_acknowledged;
    });
    if (!answers) wrong.add("{} answers nobody after reopening", view.name(service));
  }
  return wrong.check("reopened", "the services of the rebuilt system are open again and answer citizens, while attempts go on",
                     fmt::format("{} reopened; longest closed {:.1f} s", view.figures.reopened, view.figures.closed_for_ms / 1000));
}

Check kept_closed(const View& view) {
  Complaints wrong;
  const auto again = std::ranges::find(view.seen.second, Plan::infected, &Inspection::system);
  const auto& id = view.seen.plan.systems[Plan::infected].id;
  if (again == view.seen.second.end()) wrong.add("{} was not inspected a second time", id);
  else if (again->clean) wrong.add("the second inspection of {} found nothing", id);
  for (const auto service : view.services_on(Plan::infected)) {
    const auto* closure = view.last(service);
    if (!closure || closure->trial) wrong.add("{} did not stay closed", view.name(service));
    const bool refused =
        closure && std::ranges::any_of(view.seen.requests, [&](const Request& request) {
          return request.who == Who::citizen && request.service == service && request.notice && request.sent > view.seen.ended - 10s;
        });
    if (!refused) wrong.add("no citizen was refused at {} at the end", view.name(service));
  }
  return wrong.check("kept_closed", "the system whose rebuild left the implant fails again, and its services stay closed",
                     fmt::format("{} services of {} still closed", view.services_on(Plan::infected).size(), id));
}

Check ledger(const View& view) {
  Complaints wrong;
  if (!view.seen.ledger_problem.empty()) wrong.lines.push_back(view.seen.ledger_problem);
  else if (!view.seen.ledger.ok) wrong.lines.push_back(view.seen.ledger.problem.empty() ? "it does not verify" : view.seen.ledger.problem);
  return wrong.check("ledger", "the ledger verifies with the daemon's public key and against its witness",
                     fmt::format("{} facts, head {}", view.figures.ledger_facts, to_hex(view.seen.ledger.head.hash).substr(0, 16)));
}

Check privacy(const View& view) {
  Complaints wrong;
  if (!view.seen.secrets_found) wrong.add("nothing was searched");
  else wrong.lines = *view.seen.secrets_found;
  return wrong.check("privacy", "no address and no password of the drill is in the ledger or its witness", "none found");
}
}  // namespace

std::vector<Check> checks_of(const Observed& observed, const std::vector<ClosureSeen>& closures, const Figures& figures) {
  const View view{observed, closures, figures};
  return {attack(view),   attempts(view), closing(view),  leak(view),        bystanders(view), protection(view),
          notice(view),   paths(view),    outside(view),  inspection(view),  restore(view),    two_keys(view),
          approval(view), trial(view),    reopened(view), kept_closed(view), ledger(view),     privacy(view)};
}
}  // namespace kulla::drill
