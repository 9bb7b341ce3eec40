#include "incident/life.hpp"

#include <fmt/format.h>

#include <ostream>

#include "incident/people.hpp"

namespace kulla::incident {
namespace {
using namespace std::chrono_literals;

const std::vector<std::string> people{"anna", "bert", "carl", "dora", "mallory"};  // dora has anna's key, mallory is nobody
const std::vector<std::string> vaults{"vault-1", "vault-2", "vault-3", "mallory"};  // recovery keys, and one that is none
const std::vector<std::string> sources{"s1", "s2", "s3"}, objects{"up.php", "login"};

std::string key_name(const std::string& person) { return person == "dora" ? "anna" : person; }

template <typename T>
const T& pick(const std::vector<T>& from, std::uint8_t which) {
  return from.at(which % from.size());
}

Service a_service(std::string id, std::vector<std::string> systems, bool is_protected = false) {
  Service service{.id = ServiceId{id},
                  .host = id + ".gov.example",
                  .systems = {},
                  .datasets = {DatasetId{id + "-data"}},
                  .owner = "its owner",
                  .is_protected = is_protected};
  for (auto& system : systems) service.systems.emplace_back(std::move(system));
  return service;
}
}  // namespace

std::ostream& operator<<(std::ostream& out, const Action& action) {
  return out << fmt::format("{}({}, {}, {})", boost::describe::enum_to_string(action.what, "?"), action.a, action.b, action.c);
}

Setting random_setting(Mode mode) {
  Setting setting;
  setting.mode = mode;
  auto& catalogue = setting.catalogue;
  catalogue.services = {a_service("e-tax", {"web-1", "db-1"}),    a_service("e-permit", {"web-1"}),
                        a_service("e-health", {"web-2", "db-1"}), a_service("e-land", {"web-2"}),
                        a_service("e-police", {"web-3"}, true),   a_service("e-school", {"web-3"})};
  for (const auto& service : catalogue.services) catalogue.datasets.push_back({service.datasets.front(), service.systems.front()});
  for (const auto* system : {"web-1", "web-2", "web-3", "db-1"}) {
    catalogue.systems.push_back({SystemId{system}, {}});
    catalogue.sensors.push_back({SensorId{std::string{"watch-"} + system}, false, {SystemId{system}}});
  }
  catalogue.systems[2].shares_with = {SystemId{"db-1"}};
  catalogue.sensors.push_back({SensorId{"gate"}, true, {}});
  catalogue.sensors.push_back({SensorId{"wide"}, false, {SystemId{"web-1"}, SystemId{"web-2"}}});
  for (const auto* person : {"anna", "bert", "carl", "dora"})
    catalogue.approvers.push_back({PersonId{person}, key_of(key_name(person)).public_key()});
  catalogue.recovery = Recovery{.keys = {}, .needed = 2};
  for (const auto* vault : {"vault-1", "vault-2", "vault-3"}) catalogue.recovery->keys.push_back(key_of(vault).public_key());
  setting.policy = {.half_life = 10s,
                    .report_max_age = 60s,
                    .guard_quiet = 10s,
                    .block_for = 30s,
                    .trial_steps = {1, 10, 50, 100},
                    .read_only_to = 1,
                    .domestic_to = 100,
                    .trial_step = 5s,
                    .corroborates_within = 20s};
  return setting;
}

const Service& Life::service(std::uint8_t which) const { return pick(world.setting.catalogue.services, which); }
const System& Life::system(std::uint8_t which) const { return pick(world.setting.catalogue.systems, which); }

Alert Life::alert(const Action& action, Nature nature) const {
  Alert alert;
  alert.rule = RuleId{"rule"};
  alert.title = "a rule";
  alert.nature = nature;
  alert.may_close = true;
  alert.level = static_cast<Level>(action.c % 5);
  alert.happened = alert.seen = world.now().wall;
  if (action.b % 4 == 0) {
    alert.system = system(action.a).id;
    alert.sensor = SensorId{"watch-" + alert.system->str()};
  } else {
    alert.service = service(action.a).id;
    alert.sensor = SensorId{action.b % 4 == 1 ? "watch-" + service(action.a).systems.front().str() : "gate"};
  }
  if (action.b % 3 != 0) alert.source = SourceRef{pick(sources, action.b)};
  if (action.c % 3 != 0) alert.object = ObjectRef{pick(objects, action.c)};
  return alert;
}

void Life::inspect(const SystemId& system, bool clean, Ticks ago) {
  const auto now = world.now();
  const Moment started{now.wall - ago, now.mono - ago};
  world.give(input::Inspected{{system, clean, 100, clean ? 0 : 2, clean ? "" : "a file",
                               sha256(fmt::format("{}{}", system.str(), now.mono.count())), started, now}});
}
void Life::prove(const DatasetId& dataset, bool passed) {
  const auto now = world.now();
  world.give(
      input::Proved{{dataset, passed, "snapshot", 10, 1000, passed ? "" : "a file differs", sha256(dataset.str()), now.wall, now, now}});
}
void Life::verify_whole(const ServiceId& id) {
  world.give(input::VerifyAsked{{id}, PersonId{"olga"}});
  const auto& asked = *world.state().find(id);
  for (const auto& system : asked.service.systems) inspect(system, true, 0ms);
  for (const auto& dataset : asked.service.datasets) prove(dataset, true);
}

void Life::make_well() {
  world.gate.down = false;
  world.make_durable();
  world.deliver_all();
}
void Life::come_back(const Action& action) {
  make_well();
  verify_whole(service(action.a).id);
  approve(service(action.a).id, 0);
  approve(service(action.a).id, 1);
  make_well();
}

void Life::approve(const ServiceId& id, std::uint8_t who) {
  const auto& record = *world.state().find(id);
  Approval approval;
  approval.service = id;
  approval.person = PersonId{pick(people, who)};
  approval.expires = expiry_now() + 30s;
  if (record.closure) {
    approval.purpose = record.closure->purpose;
    approval.closure = record.closure->id;
    approval.basis = record.closure->basis.value_or(Digest{});
  }
  sign(approval, key_of(key_name(approval.person.str())));
  handed_in_.push_back(approval);
  world.give(input::ApprovalSubmitted{approval});
}

void Life::approve_badly(const Action& action) {
  const auto& record = *world.state().find(service(action.a).id);
  Approval approval{.purpose = record.closure ? record.closure->purpose : Purpose::reopen,
                    .service = record.service.id,
                    .closure = record.closure ? record.closure->id : ClosureId{"nosuchclosur"},
                    .basis = {},
                    .person = PersonId{pick(people, action.b)},
                    .key = {},
                    .expires = expiry_now() + 30s,
                    .signature = {}};
  if (record.closure) approval.basis = record.closure->basis.value_or(Digest{});
  auto key = key_name(approval.person.str());
  switch (action.c % 8) {
    case 0: approval.basis = sha256("another"); break;
    case 1: approval.purpose = approval.purpose == Purpose::reopen ? Purpose::withdraw : Purpose::reopen; break;
    case 2: approval.expires = world.now().wall; break;
    case 3: approval.expires = world.now().wall + 100h; break;
    case 4: key = "mallory"; break;
    case 5: approval.service = service(static_cast<std::uint8_t>(action.a + 1)).id; break;
    case 6: approval.closure = ClosureId{"otherclosure"}; break;
    case 7: break;
  }
  sign(approval, key_of(key));
  if (action.c % 8 == 7) approval.signature.bytes[action.b % 64] ^= 1;
  if (action.c % 16 == 12) approval.key = key_of(key_name(approval.person.str())).public_key();
  world.give(input::ApprovalSubmitted{approval});
}

void Life::ask_mode(const Action& action, bool well) {
  input::ModeAsked asked{action.a % 2 ? Mode::act : Mode::advise, PersonId{pick(people, action.b)}, {}, expiry_now() + 60s};
  asked.signature = key_of(key_name(asked.by.str())).sign(signed_mode_text(asked.mode, world.state().mode_set_by, asked.by, asked.expires));
  if (!well) asked.signature.bytes[action.c % 64] ^= 1;
  world.give(std::move(asked));
}

void Life::resume(const Action& action, bool well) {
  const auto& record = *world.state().find(service(action.a).id);
  input::ResumeAsked asked{record.service.id,
                           record.closure ? record.closure->id : ClosureId{"nosuchclosur"},
                           PersonId{pick(people, action.b)},
                           {},
                           expiry_now() + 60s};
  asked.signature = key_of(key_name(asked.by.str())).sign(signed_resume_text(record.closure.value_or(Closure{}), asked.by, asked.expires));
  if (!well) asked.signature.bytes[action.c % 64] ^= 1;
  world.give(std::move(asked));
}

/// Those who are named now, in another order: so that the lives that follow can go on.
void Life::change_approvers(const Action& action, bool well) {
  input::ApproversAsked asked{world.state().approvers, expiry_now() + 60s, {}};
  std::ranges::rotate(asked.approvers, asked.approvers.begin() + 1);
  std::erase_if(asked.approvers, [](const Approver& approver) { return approver.person.str() == "dora"; });
  const auto text = signed_approvers_text(world.state(), asked.approvers, asked.expires);
  const auto& names = action.a % 3 == 0 ? vaults : people;
  for (auto who : {action.b, action.c}) {
    const auto key = key_of(key_name(pick(names, who)));
    asked.signatures.push_back({key.public_key(), key.sign(text)});
  }
  if (!well) asked.signatures.front().signature.bytes[action.a % 64] ^= 1;
  world.give(std::move(asked));
}

void Life::other_hand(const Action& action) {
  const auto mode = static_cast<GateMode>(action.b % 4);
  const bool has_closure = mode >= GateMode::trial;
  const auto* record = world.state().find(service(action.a).id);
  const auto closure = record->closure && action.c % 2 ? record->closure->id : ClosureId{"otherclosure"};
  const GateEntry entry{mode, has_closure ? closure : ClosureId{}, mode == GateMode::trial ? action.c % 100 : 0};
  world.other_hand(service(action.a).id, entry, action.c % 3 == 0 ? "worker" : action.c % 3 == 1 ? "map file" : "");
}

bool Life::play_alert(const Action& action) {
  auto raised = alert(action, action.what >= Do::effect ? Nature::effect : Nature::attempt);
  int times = 1;
  switch (action.what) {
    case Do::attempt: break;
    case Do::flood:
      raised.level = Level::critical;
      times = action.c % 16;
      break;
    case Do::attempt_seen_to_succeed: raised.succeeded = true; break;
    case Do::effect: break;
    case Do::effect_of_a_rule_that_may_not_close: raised.may_close = false; break;
    case Do::out_of_scope:
      raised.sensor = SensorId{action.b % 2 ? "nobody" : "watch-db-1"};
      raised.system = SystemId{"web-1"};
      break;
    default: return false;
  }
  while (times-- > 0) world.give(input::AlertRaised{raised, action.what == Do::effect && action.c % 2 == 1});
  return true;
}

bool Life::play_way_back(const Action& action) {
  const auto& id = service(action.a).id;
  const PersonId olga{"olga"};
  switch (action.what) {
    case Do::ask_close: world.give(input::CloseAsked{{id, service(action.b).id}, olga, "a doubt"}); break;
    case Do::ask_verify: {
      input::VerifyAsked asked{{id, service(action.b).id}, olga};
      if (action.c % 4 == 0) asked.since = world.now().wall - std::chrono::minutes{action.c};
      world.give(std::move(asked));
      break;
    }
    case Do::ask_withdraw: {
      const auto& closure = world.state().find(id)->closure;
      world.give(input::WithdrawAsked{closure ? closure->id : ClosureId{"nosuchclosur"}, olga, "it was ours"});
      break;
    }
    case Do::inspect_clean: inspect(system(action.a).id, true, 0ms); break;
    case Do::inspect_findings: inspect(system(action.a).id, false, 0ms); break;
    case Do::inspect_failed: world.give(input::InspectionFailed{system(action.a).id, "unreachable"}); break;
    case Do::inspect_old: inspect(system(action.a).id, action.c % 4 != 0, std::chrono::seconds{action.b}); break;
    case Do::prove: prove(service(action.a).datasets.front(), true); break;
    case Do::prove_badly: prove(service(action.a).datasets.front(), false); break;
    case Do::verify_whole: verify_whole(id); break;
    case Do::come_back: come_back(action); break;
    case Do::approve: approve(id, action.b); break;
    case Do::approve_twice:
      approve(id, action.b);
      approve(id, action.c);
      break;
    case Do::approve_badly: approve_badly(action); break;
    case Do::replay_approval:
      if (!handed_in_.empty()) world.give(input::ApprovalSubmitted{pick(handed_in_, action.a)});
      break;
    case Do::hold: world.give(input::HoldAsked{id, olga, "a doubt"}); break;
    case Do::resume: resume(action, true); break;
    case Do::resume_badly: resume(action, false); break;
    case Do::change_approvers: change_approvers(action, true); break;
    case Do::change_approvers_badly: change_approvers(action, false); break;
    case Do::ask_mode: ask_mode(action, true); break;
    case Do::ask_mode_badly: ask_mode(action, false); break;
    default: return false;
  }
  return true;
}

bool Life::play_gate(const Action& action) {
  const auto& id = service(action.a).id;
  switch (action.what) {
    case Do::confirm_one:
      if (!world.outcomes().empty()) world.deliver(action.a % world.outcomes().size());
      break;
    case Do::confirm_all: world.deliver_all(); break;
    case Do::repeat_confirmation:
      if (!world.delivered().empty()) world.repeat(action.a % world.delivered().size());
      break;
    case Do::lose_confirmations: world.lose_outcomes(); break;
    case Do::confirm_what_was_not_ordered:
      world.give(input::GateConfirmed{id, {static_cast<GateMode>(action.b % 4), {}, 0}, {world.now().wall, 1, 0}});
      break;
    case Do::gate_down: world.gate.down = true; break;
    case Do::gate_up: world.gate.down = false; break;
    case Do::other_hand: other_hand(action); break;
    case Do::other_hand_forgets: world.other_hand_forgets(id); break;
    case Do::read_back: world.read_back(); break;
    default: return false;
  }
  return true;
}

void Life::play_time(const Action& action) {
  switch (action.what) {
    case Do::quiet:
      for (int i = 0; i < 12; ++i) play_time({Do::tick, 0, 0, 0});
      break;
    case Do::all_well:
      for (int i = 0; i < 12; ++i) {
        make_well();
        play_time({Do::tick, 0, 0, 0});
      }
      break;
    case Do::wait: world.pass(std::chrono::seconds{action.a}); break;
    case Do::jump_wall:
      world.jump((action.a % 2 ? 1 : -1) * std::chrono::minutes{action.b});
      world.give(input::Tick{.gap = action.c % 4 != 0});
      break;
    case Do::stall:
      world.pass(std::chrono::minutes{action.a});
      world.give(input::Tick{.gap = true});
      break;
    case Do::sync_some: world.make_durable(action.a % 8); break;
    case Do::sync_all: world.make_durable(); break;
    case Do::restart: world.make_durable(); [[fallthrough]];
    case Do::crash:
    case Do::crash_and_reboot:
      world.crash();
      if (action.what == Do::crash_and_reboot) world.reboot();
      world.start();
      break;
    case Do::believe: {
      const auto now = world.now().wall;
      world.give(input::BeliefChanged{
          {service(action.a).id, VantageId{"v1"}, static_cast<Seen>(action.b % 4), now - 2s, now - 1s, {}, "status", action.c % 2 == 0}});
      break;
    }
    case Do::go_blind:
      world.give(input::Blind{action.b % 2 ? files_sensor : SensorId{"gate"}, action.a, world.now().wall, world.now().wall});
      break;
    default: world.pass(1s); world.give(input::Tick{});
  }
}

void Life::play(const Action& action) {
  world.decisions.clear();
  world.pass(std::chrono::milliseconds{100});
  if (!play_alert(action) && !play_way_back(action) && !play_gate(action)) play_time(action);
}
void Life::play(const std::vector<Action>& actions) {
  for (const auto& action : actions) {
    play(action);
    if (!world.broken().empty()) return;
  }
}

void Life::settle() {
  world.gate.down = false;
  world.make_durable();
  world.crash();
  world.start();
  world.make_durable();
  for (const auto& order : std::vector{world.start_orders})
    if (const auto* inspect_again = std::get_if<order::Inspect>(&order)) inspect(inspect_again->system, true, 0ms);
  for (int i = 0; i < 3; ++i) {
    world.read_back();
    world.make_durable();
    world.deliver_all();
  }
}

}  // namespace kulla::incident
