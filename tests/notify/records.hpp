// Records as tests need them: services in one state or another, each with facts of its own numbers.
#pragma once
#include <chrono>
#include <string>

#include "notify/language.hpp"

namespace kulla::notify::test {
using namespace std::chrono_literals;

inline const Timestamp start = parse_rfc3339("2022-07-15T10:00:00Z").value();

/// Builds a record; every fact has the next number and comes a minute after the one before.
class Story {
 public:
  Mark fact() {
    ++record.facts;
    record.now = start + record.facts * 1min;
    return {record.facts, record.now};
  }
  ServiceRecord& service(const std::string& id) { return record.services.at(ServiceId{id}); }
  ServiceRecord& open(const std::string& id) {
    auto& service = record.services[ServiceId{id}];
    service.address = id + ".example";
    service.systems = {SystemId{"sys-" + id}};
    service.datasets = {DatasetId{"data-" + id}};
    service.since = fact();
    return service;
  }
  ServiceRecord& order_closed(const std::string& id, Because because = Because::intrusion) {
    auto& service = open(id);
    service.standing = Standing::closed;
    service.closure = ClosureRecord{ClosureId{"c-" + id}, because, fact(), {}};
    service.since = service.closure->ordered;
    return service;
  }
  ServiceRecord& closed(const std::string& id, Because because = Because::intrusion) {
    auto& service = order_closed(id, because);
    service.gate = GateMode::closed;
    service.gate_since = fact();
    service.closure->confirmed = service.gate_since;
    return service;
  }
  void seen(const std::string& id, Seen seen, Agreement agreement) { service(id).outside = OutsideRecord{fact(), seen, agreement}; }
  ProofRecord& proved(const std::string& id, bool passed = true) {
    auto& dataset = record.datasets[DatasetId{"data-" + id}];
    const auto told = fact();
    dataset.proof = ProofRecord{told, passed, false, told.at};
    return *dataset.proof;
  }
  ReportRecord& inspected(const std::string& id, bool clean = true) {
    const auto told = fact();
    record.systems[SystemId{"sys-" + id}].report = ReportRecord{told, clean, 1500, told.at - 30s, told.at};
    return *record.systems[SystemId{"sys-" + id}].report;
  }
  void struck(const std::string& id) {
    const auto told = fact();
    if (!record.first_sign) record.first_sign = told;
    service(id).struck = told;
    record.systems[SystemId{"sys-" + id}].struck = told;
    if (!record.incident) record.incident = fact();
  }
  /// Releases all that may be said.
  void release() {
    const auto judged = judge(record);
    Statement statement{judged.version, PersonId{"anna"}, {{"en", "Some services are closed."}, {"sq", "Disa shërbime janë mbyllur."}}, {}};
    for (const auto& said : judged.said) {
      StatementSentence sentence{std::string(said.sentence->id), said.digest, {}};
      for (const auto number : said.claim.facts) sentence.facts.push_back(static_cast<std::int64_t>(number));
      statement.sentences.push_back(std::move(sentence));
    }
    const auto mark = fact();
    const auto size = statement.sentences.size();
    record.releases.push_back({mark, std::move(statement), std::vector<std::uint64_t>(size)});
  }
  Record record;
};

inline const Languages& languages() {
  static const auto read = built_in_languages().value();
  return read;
}
inline const Zone& tirane() {
  static const auto zone = Zone::named("Europe/Tirane").value();
  return zone;
}
/// What a sentence says now; empty where it does not hold.
inline std::string say(const Record& record, std::string_view id, std::string_view language = "en") {
  const auto judged = judge(record);
  const auto* said = judged.find(id);
  return said ? languages().find(language)->second.sentence(*said, record, tirane()) : "";
}
/// What is missing for a sentence, in English.
inline std::vector<std::string> lacking(const Record& record, std::string_view id) {
  std::vector<std::string> texts;
  for (const auto& unsaid : judge(record).cannot)
    if (unsaid.sentence == id) texts.push_back(languages().at("en").missing(unsaid.missing, record, tirane()));
  return texts;
}

}  // namespace kulla::notify::test
