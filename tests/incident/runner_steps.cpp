// Steps that carry evidence or a person's word: alerts, reports, proofs, approvals.
#include <fmt/format.h>

#include "incident/people.hpp"
#include "incident/runner.hpp"

namespace kulla::incident {
namespace {
constexpr std::chrono::milliseconds looking{500};  // an inspection takes this long where nothing else is said
constexpr std::chrono::hours approval_time{1};
const std::vector<std::string> levels{"informational", "low", "medium", "high", "critical"};

Level level_of(const std::string& word) {
  Level level{};
  boost::describe::enum_from_string(word.c_str(), level);
  return level;
}
}  // namespace

/// Where it happened, and the sensor that sees it unless another is named.
void Run::place(Words& words, Alert& alert) {
  words.demand("on");
  if (words.take("system")) {
    alert.system = system_named(words);
    alert.sensor = SensorId{"watch-" + alert.system->str()};
    if (words.take("of")) alert.service = service(words);
    return;
  }
  alert.sensor = SensorId{"gate"};
  if (!words.take("nothing")) alert.service = service(words);
}

std::int64_t Run::describe_alert(Words& words, Alert& alert) {
  std::int64_t times = 1;
  while (!words.done()) {
    if (words.take("times")) times = words.number("how often");
    else if (words.take("critical")) alert.level = Level::critical;
    else if (words.take("from")) alert.source = SourceRef{words.next("a source")};
    else if (words.take("by")) alert.sensor = SensorId{words.next("a sensor")};
    else if (words.take("about")) alert.object = ObjectRef{words.next("an object")};
    else if (words.take("succeeded")) alert.succeeded = true;
    else if (words.take("may not close")) alert.may_close = false;
    else if (words.take("saying")) alert.what = words.rest();
    else break;
  }
  return times;
}

Alert Run::new_alert(Words& words, Nature nature, Level level) const {
  Alert alert;
  alert.rule = RuleId{words.next("a rule")};
  alert.title = alert.rule.str();
  alert.nature = nature;
  alert.level = level;
  alert.may_close = true;
  alert.happened = alert.seen = world_.now().wall;
  return alert;
}

void Run::alert(Words& words) {
  auto alert = new_alert(words, Nature::attempt, Level::medium);
  if (words.one_of("attempt or effect", {"attempt", "effect"}) == "effect") alert.nature = Nature::effect;
  alert.level = level_of(words.one_of("a level", levels));
  place(words, alert);
  const auto times = describe_alert(words, alert);
  const bool repeat = words.take("again");
  for (auto left = times; left > 0; --left) world_.give(input::AlertRaised{alert, repeat});
}

void Run::attempt(Words& words) {
  auto alert = new_alert(words, Nature::attempt, Level::medium);
  alert.sensor = SensorId{"gate"};
  words.demand("on");
  std::vector<ServiceId> targets;
  if (words.take("every service"))
    for (const auto& each : world_.setting.catalogue.services) targets.push_back(each.id);
  else targets.push_back(service(words));
  for (auto times = describe_alert(words, alert); times > 0; --times)
    for (const auto& target : targets) {
      alert.service = target;
      world_.give(input::AlertRaised{alert});
    }
}

void Run::inspected(Words& words) {
  std::vector<SystemId> systems;
  std::int64_t findings = 0;
  while (!words.take("clean")) {
    if (words.peek().find_first_of("0123456789") == 0) {
      findings = words.number("how many findings");
      words.demand("findings");
      break;
    }
    systems.push_back(system_named(words));
  }
  const bool newly_recorded = words.take("with-a-new-baseline");
  const auto started = begun(words);
  for (const auto& system : systems) {
    Report report{system, findings == 0, 1000, findings, findings ? "a file that nobody put there" : "", {}, started, world_.now()};
    report.hash = sha256(fmt::format("{} {} {}", system.str(), findings, started.mono.count()));
    if (newly_recorded) report.baseline = world_.now().wall;
    world_.give(input::Inspected{report});
  }
}

Moment Run::begun(Words& words) {
  auto moment = world_.now();
  Ticks ago = looking;
  if (words.take("begun")) {
    ago = words.duration();
    words.demand("ago");
  }
  return {moment.wall - ago, moment.mono - ago};
}

void Run::inspection(Words& words) {
  words.demand("of");
  const auto id = system_named(words);
  words.demand("fails");
  world_.give(input::InspectionFailed{id, "it cannot be reached"});
}

/// What of a proof follows the data sets.
bool Run::read_proof_option(Words& words, Proof& proof) {
  if (words.take("badly")) proof.passed = false, proof.problem = "a file differs";
  else if (words.take("begun")) {
    const auto ago = words.duration();
    words.demand("ago");
    proof.started = {world_.now().wall - ago, world_.now().mono - ago};
  } else if (words.take("of")) proof.snapshot = words.next("a snapshot");
  else if (words.take("compared")) proof.compared = words.number("how many files");
  else if (words.take("alive")) proof.alive = "10 citizens";
  else if (words.take("inspected")) proof.inspected = true;
  else if (words.take("taken")) proof.taken = parse_rfc3339("2022-07-15T" + words.next("a time") + "Z").value();
  else return false;
  return true;
}

void Run::proved(Words& words) {
  const Moment started{world_.now().wall - looking, world_.now().mono - looking};
  Proof proof{{}, true, "snapshot-1", 10, 1000, "", {}, started.wall, started, world_.now()};
  std::vector<DatasetId> datasets;
  while (!words.done())
    if (!read_proof_option(words, proof)) datasets.push_back(DatasetId{words.next("a data set")});
  for (const auto& dataset : datasets) {
    proof.dataset = dataset;
    proof.hash = sha256(dataset.str());
    world_.give(input::Proved{proof});
  }
}

void Run::ask(Words& words) {
  const PersonId operator_{"olga"};
  if (words.take("verify")) {
    input::VerifyAsked asked{services(words), operator_};
    if (words.take("since")) asked.since = parse_rfc3339("2022-07-15T" + words.next("a time") + "Z").value();
    return void(world_.give(std::move(asked)));
  }
  if (words.take("close")) {
    auto all = services(words);
    return void(world_.give(input::CloseAsked{std::move(all), operator_, words.rest()}));
  }
  if (words.take("mode")) return ask_mode(words);
  if (words.take("hold")) {
    const auto held = service(words);
    words.demand("because");
    return void(world_.give(input::HoldAsked{held, operator_, words.rest()}));
  }
  words.demand("withdraw");
  const auto* record = world_.state().find(service(words));
  words.demand("because");
  const auto closure = record->closure ? record->closure->id : ClosureId{"nosuchclosur"};
  world_.give(input::WithdrawAsked{closure, operator_, words.rest()});
}

void Run::ask_mode(Words& words) {
  if (words.take("again")) return given_again(modes_, words);
  input::ModeAsked asked;
  asked.mode = words.one_of("a mode", {"act", "advise"}) == "act" ? Mode::act : Mode::advise;
  asked.by = PersonId{words.take("by") ? words.next("a person") : "olga"};
  asked.expires = expiry_now() + approval_time;
  if (words.take("expires in")) asked.expires = world_.now().wall + words.duration();
  asked.signature = key_of(asked.by.str()).sign(signed_mode_text(asked.mode, world_.state().mode_set_by, asked.by, asked.expires));
  if (words.take("signature bad")) asked.signature.bytes[0] ^= 1;
  modes_.push_back(asked);
  world_.give(std::move(asked));
}

/// believe SERVICE down with errors | down with our notice | up
void Run::believe(Words& words) {
  const auto now = world_.now().wall;
  Belief belief;
  belief.service = service(words), belief.vantage = VantageId{"tirana"}, belief.seen = Seen::up, belief.probability = 1000;
  belief.last_good = belief.first_bad = now;
  if (words.take("down with errors")) belief.seen = Seen::down, belief.layer = "status", belief.probability = 0;
  else if (words.take("down with our notice"))
    belief.seen = Seen::down, belief.layer = "status", belief.notice = true, belief.probability = 0;
  else words.demand("up");
  world_.give(input::BeliefChanged{belief});
}

/// resume SERVICE by PERSON [with the key of PERSON] [expires in TIME]
void Run::resume(Words& words) {
  if (words.take("again")) return given_again(resumed_, words);
  input::ResumeAsked asked{.service = service(words), .closure = {}, .by = {}, .signature = {}, .expires = expiry_now() + approval_time};
  const auto* record = world_.state().find(asked.service);
  asked.closure = record->closure ? record->closure->id : ClosureId{"nosuchclosur"};
  words.demand("by");
  asked.by = PersonId{words.next("a person")};
  const auto key = words.take("with the key of") ? words.next("a person") : asked.by.str();
  if (words.take("expires in")) asked.expires = world_.now().wall + words.duration();
  asked.signature = key_of(key).sign(signed_resume_text(record->closure.value_or(Closure{}), asked.by, asked.expires));
  resumed_.push_back(asked);
  world_.give(std::move(asked));
}

/// approvers NAME [with the key of NAME] [until TIME] [for SERVICE]… … signed by NAME…
void Run::approvers(Words& words) {
  if (words.take("again")) return given_again(named_, words);
  input::ApproversAsked asked{.approvers = {}, .expires = expiry_now() + approval_time, .signatures = {}};
  while (!words.take("signed by")) {
    const auto person = words.next("a person");
    Approver approver{PersonId{person}, key_of(words.take("with the key of") ? words.next("a person") : person).public_key()};
    if (words.take("until")) approver.until = parse_rfc3339("2022-07-15T" + words.next("a time") + "Z").value();
    while (words.take("for")) (approver.services ? *approver.services : approver.services.emplace()).emplace_back(words.next("a service"));
    asked.approvers.push_back(std::move(approver));
  }
  const auto text = signed_approvers_text(world_.state(), asked.approvers, asked.expires);
  while (!words.done()) {
    const auto key = key_of(words.next("a person"));
    asked.signatures.push_back({key.public_key(), key.sign(text)});
  }
  named_.push_back(asked);
  world_.give(std::move(asked));
}

Approval Run::offer(const ServiceId& service) {
  const auto& record = *world_.state().find(service);
  Approval approval;
  approval.service = service;
  approval.expires = expiry_now() + approval_time;
  if (!record.closure) return approval;
  approval.purpose = record.closure->purpose;
  approval.closure = record.closure->id;
  approval.basis = record.closure->basis.value_or(Digest{});
  return approval;
}

void Run::read_approval_options(Words& words, Approval& approval, std::string& key) {
  if (words.take("with the key of")) key = words.next("a person");
  else if (words.take("basis wrong")) approval.basis = sha256("another basis");
  else if (words.take("expires in")) approval.expires = world_.now().wall + words.duration();
  else if (words.take("for closure")) approval.closure = closures_.at(words.next("a remembered closure"));
  else if (words.take("to withdraw")) approval.purpose = Purpose::withdraw;
  else if (words.take("to reopen")) approval.purpose = Purpose::reopen;
  else throw Mistake{0, fmt::format("'{}' says nothing about an approval", words.next("an option"))};
}

void Run::approve(Words& words) {
  const auto id = service(words);
  words.demand("by");
  std::vector<std::string> persons{words.next("a person")};
  while (words.take("and")) persons.push_back(words.next("a person"));
  const auto options = words;
  for (const auto& person : persons) {
    words = options;
    approve_by(person, id, words);
  }
}

void Run::approve_by(const std::string& person, const ServiceId& id, Words& words) {
  auto approval = offer(id);
  approval.person = PersonId{person};
  auto key = person;
  bool bad = false;
  while (!words.done())
    if (words.take("signature bad")) bad = true;
    else read_approval_options(words, approval, key);
  sign(approval, key_of(key));
  if (bad) approval.signature.bytes[0] ^= 1;
  last_approvals_[person] = approval;
  world_.give(input::ApprovalSubmitted{approval});
}

void Run::replay(Words& words) { world_.give(input::ApprovalSubmitted{last_approvals_.at(words.next("a person"))}); }

void Run::remember(Words& words) {
  words.demand("closure of");
  const auto* record = world_.state().find(service(words));
  words.demand("as");
  if (!record->closure) throw Mistake{0, "it is not closed"};
  closures_[words.next("a name")] = record->closure->id;
}

}  // namespace kulla::incident
