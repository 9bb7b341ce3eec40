// A made-up drill that went well, told as records and facts; tests break one thing at a time and see that one check fail.
#pragma once
#include "drill/score.hpp"

namespace kulla::drill {

inline Timestamp second(double s) {
  return Timestamp{std::chrono::microseconds{1'700'000'000'000'000LL + static_cast<long long>(s * 1e6)}};
}

class GoodDrill {
 public:
  GoodDrill() {
    observed.plan = *make_plan(12, 1);
    for (const char* person : {"anna", "besnik"}) {
      keys.push_back(SecretKey::generate());
      observed.officers.push_back({PersonId{person}, keys.back().public_key()});
    }
    observed.attack_began = second(10);
    observed.way_back_began = second(20);
    observed.ended = second(60);
    observed.breached_at = {{Plan::breached, second(12)}, {Plan::infected, second(13)}};
    observed.effects = {{Plan::breached, second(12), "www/a/uploads/1-x.php", false},
                        {Plan::infected, second(13), "www/b/assets/cache.php", false}};
    for (int i = 0; i < 12; ++i) observed.effects.push_back({Plan::breached, second(14), "data/a/" + std::to_string(i), true});
    observed.first = inspections(false, false);
    observed.second = inspections(true, false);
    observed.rebuilt = {{Plan::breached, 20, 0, 0, {}, {}}, {Plan::infected, 20, 0, 0, {"www/b/assets/cache.php"}, {}}};
    observed.spellings = {{"/appeals", 503, false}};
    observed.same_officer = {true, true, true};
    observed.ledger.ok = true;
    observed.secrets_found.emplace();
    alert(Plan::breached, 12.002);
    alert(Plan::infected, 13.002);
    for (const auto service : observed.plan.closing()) close_one(service);
    guard(observed.plan.protected_service());
    prove("web-1-data", true);
    knock();
  }

  void add(double at, FactBody body) { observed.facts.push_back({{second(at), {}}, std::move(body)}); }
  void alert(std::size_t system, double at) {
    Alert seen;
    seen.system = SystemId{observed.plan.systems[system].id};
    seen.happened = seen.seen = second(at);
    add(at, fact::Alerted{seen, true, {}, 0});
  }
  void request(Who who, std::size_t service, double at, bool by_service, std::uint32_t address = 1, int refused_status = 503) {
    observed.requests.push_back({who, static_cast<std::uint32_t>(service), address, second(at), second(at + 0.001),
                                 by_service ? 200 : refused_status, by_service, !by_service});
  }
  [[nodiscard]] std::string name(std::size_t service) const { return observed.plan.services[service].name; }
  [[nodiscard]] ClosureId closure(std::size_t service) const { return ClosureId{"c" + std::to_string(service)}; }
  [[nodiscard]] Approval approval(std::size_t service, std::size_t officer) const {
    Approval signed_one{Purpose::reopen,
                        ServiceId{name(service)},
                        closure(service),
                        basis,
                        observed.officers[officer].person,
                        observed.officers[officer].key,
                        second(1000),
                        {}};
    signed_one.signature = keys[officer].sign(signed_text(signed_one));
    return signed_one;
  }
  [[nodiscard]] std::vector<std::string> failed() const { return score_of(observed).failed(); }
  [[nodiscard]] std::size_t breached_service() const { return observed.plan.systems[Plan::breached].services.front(); }
  [[nodiscard]] std::size_t infected_service() const { return observed.plan.systems[Plan::infected].services.front(); }
  [[nodiscard]] std::size_t bystander() const { return observed.plan.find("permits"); }

  Observed observed;
  std::vector<SecretKey> keys;
  Digest basis = sha256("basis");

 private:
  std::vector<Inspection> inspections(bool breached_clean, bool infected_clean) const {
    std::vector<Inspection> all{{Plan::breached, breached_clean, {}}, {Plan::infected, infected_clean, {}}};
    for (const auto& effect : observed.effects) all[effect.system].paths.insert(effect.path);
    return all;
  }
  void guard(std::size_t service) { add(12.01, fact::Guarded{ServiceId{name(service)}, "neighbour"}); }
  void prove(const char* dataset, bool passed) {
    Proof proof;
    proof.dataset = DatasetId{dataset};
    proof.passed = passed;
    add(31, fact::Proved{proof});
  }
  void close_one(std::size_t service) {
    const bool breached = observed.plan.services[service].system == Plan::breached;
    const double at = breached ? 12.003 : 13.003;
    const ServiceId id{name(service)};
    add(at, fact::Closed{id, closure(service), ClosedBy::machine, {}, "", {}});
    add(at + 0.002, fact::GateConfirmed{id, {GateMode::closed, closure(service), 0}, second(at + 0.001), 1, 2});
    Belief belief;
    belief.service = id;
    belief.seen = Seen::down;
    belief.last_good = second(at - 0.1);
    belief.first_bad = second(at + 0.15);
    add(at + 0.2, fact::BeliefChanged{belief, Agreement::supports, ""});
    observed.notices.push_back({service, ""});
    for (std::uint32_t stream = 0; stream < streams_each; ++stream) {
      observed.streams.push_back({static_cast<std::uint32_t>(service), second(at - 0.02), 500, stream});
      observed.streams.push_back({static_cast<std::uint32_t>(service), second(at + 0.003), 0, stream});
    }
    if (breached) reopen(service);
  }
  void reopen(std::size_t service) {
    const ServiceId id{name(service)};
    add(32, fact::Verified{id, closure(service), basis});
    add(33, fact::Approved{approval(service, 0)});
    add(34, fact::Approved{approval(service, 1)});
    add(34, fact::TrialStarted{id, closure(service), 10});
    add(34.02, fact::GateConfirmed{id, {GateMode::trial, closure(service), 10}, second(34.01), 1, 0});
    add(40, fact::Opened{id, closure(service), Purpose::reopen});
    add(40.02, fact::GateConfirmed{id, {GateMode::open, {}, 0}, second(40.01), 1, 0});
  }
  // Citizens, attempts, and what they get at each time.
  void knock() {
    for (std::size_t service = 0; service < observed.plan.services.size(); ++service) {
      for (const double at : {5.0, 15.0, 25.0}) request(Who::attempt, service, at, !observed.plan.to_close(service) || at < 12);
      request(Who::citizen, service, 5, true);
      const bool closes = observed.plan.to_close(service), returns = observed.plan.services[service].system == Plan::breached;
      request(Who::citizen, service, 14, !closes);
      request(Who::citizen, service, 59, !closes || returns);
      if (returns)
        for (std::uint32_t citizen = 0; citizen < 100; ++citizen) request(Who::citizen, service, 36, citizen < 10, citizen);
    }
  }
};

}  // namespace kulla::drill
