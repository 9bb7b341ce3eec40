#include "daemon/view_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/describe/enum_to_string.hpp>
#include <map>

#include "base/shown_text.hpp"
#include "base/visit.hpp"
#include "model/codec.hpp"

namespace kulla::daemon {
namespace {
constexpr std::string_view style = R"(
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2rem 0 .4rem;border-bottom:1px solid}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.15rem .6rem .15rem 0;border-bottom:1px solid #8884}
td.n{white-space:nowrap}tr.grave td{font-weight:600}
pre{font-size:11px;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}
section.lane,section.proof{break-before:page}pre{font-size:7pt}}
@page{margin:18mm 15mm}
)";

/// Everything that goes between tags.
std::string shown(std::string_view text) { return shown_in_markup(text); }
template <typename E>
std::string word(E value) {
  return boost::describe::enum_to_string(value, "?");
}

struct Table {
  std::string text;
  explicit Table(std::initializer_list<std::string_view> heads) {
    text = "<table><thead><tr>";
    for (const auto head : heads) text += fmt::format("<th scope=\"col\">{}</th>", head);
    text += "</tr></thead><tbody>\n";
  }
  void row(const std::vector<std::string>& cells, bool grave = false) {
    text += grave ? "<tr class=\"grave\">" : "<tr>";
    for (const auto& cell : cells) text += fmt::format("<td>{}</td>", shown(cell));
    text += "</tr>\n";
  }
  [[nodiscard]] std::string done() const { return text + "</tbody></table>\n"; }
};

/// What a fact says, in one line; of kinds that are not named here, their fields.
struct Words {
  std::string operator()(const fact::Alerted& f) const {
    const auto& alert = f.alert;
    return fmt::format("{} ({}, {}{}){}{}", alert.title, word(alert.level), f.effect ? "an effect" : "an attempt",
                       alert.count > 1 ? fmt::format(", {} times", alert.count) : "", alert.system ? " on " + alert.system->str() : "",
                       alert.what.empty() ? "" : ": " + alert.what);
  }
  std::string operator()(const fact::Closed& f) const {
    return fmt::format("closed by {}{}: {}", word(f.by), f.person.empty() ? "" : ", " + f.person.str(), f.why);
  }
  std::string operator()(const fact::Guarded& f) const { return "guarded: " + f.why; }
  std::string operator()(const fact::Advised& f) const { return fmt::format("advised to {}: {}", f.action, f.why); }
  std::string operator()(const fact::PersonPaged& f) const { return "a person was called: " + f.why; }
  std::string operator()(const fact::GateConfirmed& f) const {
    return fmt::format("the gate confirmed {} at {}; {} answers under way were cut", word(f.entry.mode), to_rfc3339(f.acknowledged),
                       f.streams_ended);
  }
  std::string operator()(const fact::GateFailed& f) const { return "the gate failed: " + f.problem; }
  std::string operator()(const fact::BeliefChanged& f) const {
    return fmt::format("seen {} from outside, changed between {} and {}; {} our record: {}", word(f.belief.seen),
                       to_rfc3339(f.belief.last_good),
                       to_rfc3339(f.belief.seen == Seen::up ? f.belief.first_good.value_or(f.belief.last_good) : f.belief.first_bad),
                       word(f.agreement), f.why);
  }
  std::string operator()(const fact::Inspected& f) const {
    return f.report.clean ? fmt::format("{} inspected: clean, {} files", f.report.system.str(), f.report.files)
                          : fmt::format("{} inspected: {} findings, worst: {}", f.report.system.str(), f.report.findings, f.report.worst);
  }
  std::string operator()(const fact::Proved& f) const {
    return f.proof.passed
               ? fmt::format("{} restored and compared: {} files, snapshot {}", f.proof.dataset.str(), f.proof.files, f.proof.snapshot)
               : fmt::format("{} not proved: {}", f.proof.dataset.str(), f.proof.problem);
  }
  std::string operator()(const fact::Approved& f) const {
    return fmt::format("{} signed to {}, key {}", f.approval.person.str(), word(f.approval.purpose), fingerprint(f.approval.key));
  }
  std::string operator()(const fact::TrialStarted& f) const { return fmt::format("trial with {} % of clients", f.share); }
  std::string operator()(const fact::TrialWidened& f) const { return fmt::format("trial with {} % of clients", f.share); }
  std::string operator()(const fact::Opened&) const { return "open again"; }
  std::string operator()(const fact::Refused& f) const {
    return fmt::format("refused to {}: {} ({}) {}", f.by.empty() ? "the config" : f.by.str(), f.command, word(f.why), f.about);
  }
  template <typename T>
  std::string operator()(const T& f) const {
    json::object object;
    codec::encode_members(f, object);
    object.erase("service");
    object.erase("closure");
    return object.empty() ? "" : canonical(object);
  }
};

/// One closing, from its order to its opening.
struct Course {
  ServiceId service;
  std::string why, by;
  Timestamp closed{};
  std::optional<Timestamp> acknowledged, verified, opened;
  std::vector<std::string> signers;
};

std::vector<Course> courses_of(const std::vector<ReportedFact>& facts) {
  std::vector<Course> courses;
  std::map<ClosureId, std::size_t> places;
  const auto with = [&](const ClosureId& closure, auto change) {
    if (const auto known = places.find(closure); known != places.end()) change(courses[known->second]);
  };
  for (const auto& each : facts) {
    const auto at = each.fact.at.wall;
    std::visit(Visit{[&](const fact::Closed& f) {
                       places[f.closure] = courses.size();
                       courses.push_back({f.service, f.why, f.person.empty() ? word(f.by) : f.person.str(), at, {}, {}, {}, {}});
                     },
                     [&](const fact::GateConfirmed& f) {
                       if (f.entry.mode == GateMode::closed)
                         with(f.entry.closure, [&](Course& course) { course.acknowledged = f.acknowledged; });
                     },
                     [&](const fact::Verified& f) { with(f.closure, [&](Course& course) { course.verified = at; }); },
                     [&](const fact::Approved& f) {
                       with(f.approval.closure, [&](Course& course) { course.signers.push_back(f.approval.person.str()); });
                     },
                     [&](const fact::Opened& f) { with(f.closure, [&](Course& course) { course.opened = at; }); }, [](const auto&) {}},
               each.fact.body);
  }
  return courses;
}

std::string time_or_dash(const std::optional<Timestamp>& time) { return time ? to_rfc3339(*time) : "–"; }

std::string services_table(const std::vector<Course>& courses) {
  Table table{"Service", "Closed", "Gate confirmed", "By", "Why", "Verified", "Signed by", "Open again"};
  for (const auto& course : courses)
    table.row({course.service.str(), to_rfc3339(course.closed), time_or_dash(course.acknowledged), course.by, course.why,
               time_or_dash(course.verified), fmt::format("{}", fmt::join(course.signers, ", ")), time_or_dash(course.opened)});
  return courses.empty() ? "<p>No service was closed.</p>\n" : table.done();
}

std::string lane_section(std::string_view title, Track track, const std::vector<ReportedFact>& facts) {
  Table table{"When", "Fact", "What", "Service", ""};
  bool any = false;
  for (const auto& each : facts) {
    if (track_of(kind_of(each.fact)) != track) continue;
    any = true;
    table.row({to_rfc3339(each.fact.at.wall), std::to_string(each.number), std::string{kind_of(each.fact)}, service_of(each.fact).str(),
               std::visit(Words{}, each.fact.body)},
              is_grave(each.fact));
  }
  return any ? fmt::format("<section class=\"lane\"><h2>{}</h2>\n{}</section>\n", title, table.done()) : "";
}

std::string proof_section(const IncidentReport& report) {
  std::string lines;
  for (const auto& each : report.facts)
    lines += fmt::format("{{\"number\":{},\"hash\":\"{}\",\"previous\":\"{}\",\"fact\":{}}}\n", each.number,
                         each.hash ? to_hex(*each.hash) : "", each.previous ? to_hex(*each.previous) : "", each.json);
  return fmt::format(R"(<section class="proof"><h2>The ledger's proof</h2>
<table><tbody><tr><th scope="row">Facts in the ledger</th><td>{0}</td></tr>
<tr><th scope="row">Hash of fact {0}</th><td>{1}</td></tr>
<tr><th scope="row">Its head is signed with the key</th><td>{2}</td></tr></tbody></table>
<p>Each fact is bound to all before it by SHA-256. To check this report against the ledger: <code>kulla ledger verify LEDGER --trust KEY.pub --head {1}</code>
reads every fact and says whether this hash is in the chain; <code>kulla ledger show LEDGER</code> prints the facts, which must be those below, byte for byte.
A fact's hash is SHA-256 over "kulla ledger fact 1" and a line feed, the 32 bytes of <code>previous</code>, its number in 8 bytes, and its text.
A fact without a hash was not yet on the disk.</p>
<pre>{3}</pre></section>
)",
                     report.head.number, to_hex(report.head.hash), to_hex(report.key), escape_markup(lines));
}
}  // namespace

std::string to_html(const IncidentReport& report) {
  const auto courses = courses_of(report.facts);
  const auto open = std::ranges::count_if(courses, [](const Course& course) { return course.opened.has_value(); });
  std::string text = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Incident {0}</title><style>{1}</style></head><body>\n<h1>Incident {0}</h1>\n"
      "<p>Began {2}{3}. {4} closings, {5} of them open again. {6} attempts that did nothing are counted, not listed.{7}</p>\n"
      "<p>Made {8} by kulla {9}, from facts {10} to {11}.</p>\n<section><h2>Services</h2>\n{12}</section>\n",
      shown(report.incident.id.str()), style, to_rfc3339(report.incident.since),
      report.incident.ended != 0 ? fmt::format(", ended with fact {}", report.incident.ended) : ", and goes on", courses.size(), open,
      report.attempts, report.cut ? " There are more facts than are listed here: kulla ledger show has all." : "", to_rfc3339(report.made),
      shown(report.version), report.facts.empty() ? 0 : report.facts.front().number, report.facts.empty() ? 0 : report.facts.back().number,
      services_table(courses));
  constexpr std::array<std::pair<std::string_view, Track>, 6> lanes{{{"Attack", Track::attack},
                                                                     {"Decisions", Track::decisions},
                                                                     {"Gate", Track::gate},
                                                                     {"Seen from outside", Track::outside},
                                                                     {"Way back", Track::way_back},
                                                                     {"People", Track::people}}};
  for (const auto& [title, track] : lanes) text += lane_section(title, track, report.facts);
  return text + proof_section(report) + "</body></html>\n";
}
}  // namespace kulla::daemon
