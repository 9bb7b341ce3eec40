#include "outage/cause_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace kulla::outage {
namespace {
std::string ms(std::int64_t micros) { return fmt::format("{:.{}f} ms", static_cast<double>(micros) / 1000, micros < 10'000 ? 1 : 0); }

/// "connection refused: 12 of 14 failed probes, 95 % of the time, from 2026-…".
std::string shown(const Evidence& evidence, std::initializer_list<Symptom> symptoms) {
  std::string text;
  for (const auto symptom : symptoms) {
    const auto& seen = evidence[symptom];
    if (seen.probes == 0) continue;
    if (!text.empty()) text += "; ";
    text += fmt::format("{}: {} of {} failed probes, {:.0f} % of the time, first at {}", words(symptom), seen.probes, evidence.failed(),
                        100 * evidence.share(symptom), to_rfc3339(seen.first));
  }
  return text;
}

std::string statuses(const Evidence& evidence) {
  std::vector<std::string> said;
  for (const auto& [status, times] : evidence.statuses) said.push_back(fmt::format("{} × {}", times, status));
  return fmt::format("; statuses: {}", fmt::join(said, ", "));
}

std::string certificate_words(const Evidence& evidence) {
  auto text = shown(evidence, {Symptom::certificate});
  if (evidence.certificate_ends) text += "; it ends at " + to_rfc3339(*evidence.certificate_ends);
  if (evidence.detail) text += fmt::format("; {}", *evidence.detail);
  return text;
}

std::string page(const Evidence& evidence) {
  auto text = shown(evidence, {Symptom::body});
  if (evidence.usual_body) text += "; the known page is " + *evidence.usual_body;
  if (!evidence.bodies.empty()) text += fmt::format("; this is {}", fmt::join(evidence.bodies, ", "));
  return text;
}

std::string valid(const Evidence& evidence) {
  int answered = 0, saw = 0;
  for (const auto& [name, vantage] : evidence.vantages) answered += vantage.answers > 0, saw += vantage.valid > 0;
  return fmt::format("{}; closure {}; to {} of {} vantages that got an answer", shown(evidence, {Symptom::notice_valid}),
                     fmt::join(evidence.closures, ", "), saw, answered);
}

std::string speed_before(const Evidence& evidence, std::string_view what) {
  const auto& before = evidence.before;
  return fmt::format("before the onset {}: {} to answer, usually {}; {} to connect, usually {}", what, ms(before.last_answer.quantile(50)),
                     ms(before.answer.quantile(50)), ms(before.last_connect.quantile(50)), ms(before.connect.quantile(50)));
}

std::string speed_during(const Evidence& evidence) {
  return fmt::format("the quickest quarter of {} good answers in between took up to {}, usually {}", evidence[Symptom::good].probes,
                     ms(evidence.good_answer.quantile(25)), ms(evidence.before.answer.quantile(50)));
}

std::string company(const Evidence& evidence) {
  const auto& with = evidence.company;
  return fmt::format("{} of {} targets in {} of {} networks failed at about the same time", with.failing, with.targets,
                     with.networks_failing, with.networks);
}

std::string blind(const Evidence& evidence) {
  for (const auto& [name, vantage] : evidence.vantages)
    if (vantage.failed > vantage.good) {
      auto text = fmt::format("vantage {} saw {} of its {} other targets fail at once, in {} of {} networks", name.str(),
                              vantage.others_failing, vantage.others, vantage.networks_failing, vantage.networks);
      return text + (evidence.vantages_known > 1 ? "; others saw this one answer"
                                                 : "; a wide outage is the rarer reason, and no other vantage can tell");
    }
  return {};
}

std::string route(const Evidence& evidence) {
  const auto& lost = *evidence.route;
  return fmt::format("{} of {} BGP peers lost the route {} by {}{}{}", lost.lost, lost.peers, lost.prefix, to_rfc3339(lost.at),
                     lost.covered ? "; a less specific one stayed" : "",
                     lost.back ? "; most had it back at " + to_rfc3339(*lost.back) : "");
}

std::string partly(const Evidence& evidence) {
  std::vector<std::string> seeing;
  for (const auto& [name, vantage] : evidence.vantages)
    if (vantage.failed <= vantage.good && vantage.good > 0) seeing.push_back(name.str());
  return fmt::format("{} of {} vantages reached it: {}", seeing.size(), evidence.vantages.size(), fmt::join(seeing, ", "));
}
}  // namespace

std::string sentence(Sign sign, const Evidence& evidence) {
  using enum Symptom;
  switch (sign) {
    case Sign::refused: return shown(evidence, {refused});
    case Sign::server_error: return shown(evidence, {server_error}) + statuses(evidence);
    case Sign::broke_off: return shown(evidence, {closed, malformed});
    case Sign::handshake: return shown(evidence, {tls}) + (evidence.detail ? "; " + *evidence.detail : "");
    case Sign::busy: return shown(evidence, {busy}) + statuses(evidence);
    case Sign::no_answer: return shown(evidence, {answer_timeout});
    case Sign::no_connection: return shown(evidence, {connect_timeout});
    case Sign::no_route: return shown(evidence, {unreachable});
    case Sign::name_unanswered: return shown(evidence, {resolve_timeout});
    case Sign::name_wrong: return shown(evidence, {resolve_refused, resolve_missing, resolve_bogus});
    case Sign::certificate: return certificate_words(evidence);
    case Sign::page_changed: return page(evidence);
    case Sign::other_status: return shown(evidence, {other_status}) + statuses(evidence);
    case Sign::notice_valid: return valid(evidence);
    case Sign::notice_unproven:
      return shown(evidence, {notice_expired, notice_unverified}) +
             "; it looks like a protective closure, and cannot be told from one that ended or was copied";
    case Sign::notice_foreign: return shown(evidence, {notice_foreign}) + "; that is evidence against a protective closure";
    case Sign::slow_before: return speed_before(evidence, "it slowed down");
    case Sign::steady_before: return speed_before(evidence, "it was as quick as ever");
    case Sign::some_answers: return fmt::format("{} probes had a good answer while {} failed", evidence[good].probes, evidence.failed());
    case Sign::slow_answers: return speed_during(evidence);
    case Sign::quick_answers: return speed_during(evidence) + ": as quick as ever";
    case Sign::slow_refusal: return fmt::format("answers that refused took {}", ms(evidence.failed_answer.quantile(50)));
    case Sign::quick_refusal:
      return fmt::format("answers that refused came at once ({}), and no other", ms(evidence.failed_answer.quantile(50)));
    case Sign::hung:
      return fmt::format("it still connected as quickly as ever ({}), and from one moment to the next never answered",
                         ms(evidence.failed_connect.quantile(50)));
    case Sign::queue_filled: return "at first it connected and did not answer, then it did not connect: nobody takes from its full queue";
    case Sign::mixed: return "failures of several kinds alternate, as of a server short of something";
    case Sign::lossy: return "connections fail now and then while answers that come are as quick as ever: packets are lost";
    case Sign::partly_seen: return partly(evidence);
    case Sign::whole_network:
      return fmt::format("all {} targets of its network failed at about the same time; {} of {} networks did", evidence.company.own_network,
                         evidence.company.networks_failing, evidence.company.networks);
    case Sign::many_networks: return company(evidence);
    case Sign::vantage_blind: return blind(evidence);
    case Sign::vantage_alone: return "one vantage only, and nothing that it looks at answered: its own line may be what failed";
    case Sign::route_withdrawn:
    case Sign::route_withdrawn_covered: return route(evidence);
  }
  return {};
}

std::vector<std::string> other_sentences(const Evidence& evidence, const std::vector<std::string>& said) {
  std::vector<std::string> sentences;
  const auto add = [&](std::string text) {
    if (!text.empty() && std::ranges::none_of(said, [&](const auto& one) { return one.contains(text); }))
      sentences.push_back(std::move(text));
  };
  for (std::size_t at = 1; at < symptom_count; ++at)
    if (evidence.symptoms[at].probes > 0) add(shown(evidence, {static_cast<Symptom>(at)}));
  if (evidence.page_changes && evidence[Symptom::body].probes > 0)
    add("since then its page was another each time: it is not judged by it any more, and this was no defacement that could be told");
  if (evidence.usual_address && !evidence.addresses.empty() && evidence.addresses.front() != *evidence.usual_address)
    add(fmt::format("its address changed from {} to {}", *evidence.usual_address, fmt::join(evidence.addresses, ", ")));
  if (evidence.company.failing > 1) add(company(evidence));
  const auto saw = std::ranges::count_if(evidence.vantages, [](const auto& one) { return one.second.failed > 0; });
  add(fmt::format("{} of {} vantages saw it fail", saw,
                  std::max<int>(evidence.vantages_known, static_cast<int>(evidence.vantages.size()))));
  return sentences;
}

}  // namespace kulla::outage
