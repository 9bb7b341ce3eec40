#include "outage/evidence.hpp"

#include <algorithm>
#include <numeric>

namespace kulla::outage {
namespace {
constexpr std::size_t closures_kept = 4, bodies_kept = 4, addresses_kept = 8, statuses_kept = 16, longest_word = 120;  // more says no more

constexpr std::array<std::string_view, symptom_count> in_words{"a good answer",
                                                               "the name server refused or failed",
                                                               "no name server answered",
                                                               "the name has no address",
                                                               "the zone's signatures do not verify",
                                                               "connection refused",
                                                               "no answer to the connection",
                                                               "no route to it",
                                                               "the TLS handshake failed",
                                                               "its certificate is not good",
                                                               "it closed the connection before the answer was whole",
                                                               "connected, and no answer in time",
                                                               "what answered is no HTTP",
                                                               "it said that it is too busy",
                                                               "it answered with a server's error",
                                                               "it answered with a status that is not good",
                                                               "another page than the known one",
                                                               "the gate's closure notice, valid",
                                                               "a closure notice that had expired",
                                                               "a closure notice for another service or by another signer",
                                                               "a closure notice that could not be verified"};

Symptom of_status(int status) {
  if (status == 429 || status == 503 || status == 504) return Symptom::busy;
  return status >= 500 ? Symptom::server_error : Symptom::other_status;
}

Symptom of_layer(const Observation& observation) {
  switch (observation.failed) {
    case Layer::none: return Symptom::good;
    case Layer::resolve_refused: return Symptom::resolve_refused;
    case Layer::resolve_timeout: return Symptom::resolve_timeout;
    case Layer::resolve_missing: return Symptom::resolve_missing;
    case Layer::resolve_bogus: return Symptom::resolve_bogus;
    case Layer::connect_refused: return Symptom::refused;
    case Layer::connect_timeout: return Symptom::connect_timeout;
    case Layer::unreachable: return Symptom::unreachable;
    case Layer::tls: return Symptom::tls;
    case Layer::tls_timeout:
    case Layer::answer_timeout: return Symptom::answer_timeout;
    case Layer::certificate: return Symptom::certificate;
    case Layer::closed: return Symptom::closed;
    case Layer::malformed: return Symptom::malformed;
    case Layer::status: return of_status(observation.status);
    case Layer::body: return Symptom::body;
  }
  return Symptom::good;
}

/// Words that came from outside, short, and without what a terminal would obey.
std::string tame(std::string text) {
  text.resize(std::min(text.size(), longest_word));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

void keep(std::vector<std::string>& kept, const std::optional<std::string>& given, std::size_t most) {
  const auto value = given ? std::optional{tame(*given)} : std::nullopt;
  if (value && kept.size() < most && std::ranges::find(kept, *value) == kept.end()) kept.push_back(*value);
}
}  // namespace

Symptom symptom_of(const Observation& observation) {
  switch (observation.notice) {
    case NoticeSeen::none: return of_layer(observation);
    case NoticeSeen::valid: return Symptom::notice_valid;
    case NoticeSeen::expired: return Symptom::notice_expired;
    case NoticeSeen::foreign: return Symptom::notice_foreign;
    case NoticeSeen::unverified: return Symptom::notice_unverified;
  }
  return of_layer(observation);
}

std::string_view words(Symptom symptom) { return in_words[static_cast<std::size_t>(symptom)]; }

void Sample::add(std::int64_t micros) {
  if (seen_++ % every_ != 0) return;
  if (kept_.size() == most) {
    for (std::size_t at = 0; at < most / 2; ++at) kept_[at] = kept_[2 * at];
    kept_.resize(most / 2);
    every_ *= 2;
    if ((seen_ - 1) % every_ != 0) return;
  }
  kept_.push_back(micros);
}

std::int64_t Sample::quantile(int percent) const {
  if (kept_.empty()) return 0;
  auto sorted = kept_;
  const auto at = sorted.begin() + std::ssize(sorted) * std::min(percent, 99) / 100;
  std::ranges::nth_element(sorted, at);
  return *at;
}

void Evidence::note(const Observation& observation) {
  keep(closures, observation.closure, closures_kept);
  if (symptom_of(observation) == Symptom::body) keep(bodies, observation.body, bodies_kept);
  keep(addresses, observation.address, addresses_kept);
  if (observation.certificate_ends) certificate_ends = observation.certificate_ends;
  if (observation.detail) detail = tame(*observation.detail);
}

void Evidence::add(const Observation& observation, std::int64_t lasted_us, double pace) {
  const auto paced = [&](std::int64_t micros) { return static_cast<std::int64_t>(static_cast<double>(micros) * pace); };
  const auto symptom = symptom_of(observation);
  auto& seen = symptoms[static_cast<std::size_t>(symptom)];
  if (seen.probes++ == 0) seen.first = observation.sent;
  seen.lasted_us += lasted_us;
  seen.last = std::max(seen.last, observation.sent);
  auto& vantage = vantages[observation.vantage];
  ++(symptom == Symptom::good ? vantage.good : vantage.failed);
  vantage.answers += observation.status != 0;
  vantage.valid += symptom == Symptom::notice_valid;
  const auto& phases = observation.phases;
  if (phases.connect_us > 0) (symptom == Symptom::good ? good_connect : failed_connect).add(paced(phases.connect_us));
  const auto answered = paced(phases.first_byte_us > 0 ? phases.first_byte_us : observation.took_us);
  if (symptom == Symptom::good) return good_answer.add(answered);
  if (observation.status != 0) {
    failed_answer.add(answered);
    if (statuses.size() < statuses_kept || statuses.contains(observation.status)) ++statuses[observation.status];
  }
  note(observation);
}

int Evidence::failed() const {
  return std::accumulate(symptoms.begin() + 1, symptoms.end(), 0, [](int sum, const auto& seen) { return sum + seen.probes; });
}

std::int64_t Evidence::failing_us() const {
  return std::accumulate(symptoms.begin() + 1, symptoms.end(), std::int64_t{0},
                         [](auto sum, const auto& seen) { return sum + seen.lasted_us; });
}

double Evidence::share(Symptom symptom) const {
  const auto whole = failing_us();
  if (whole > 0) return static_cast<double>((*this)[symptom].lasted_us) / static_cast<double>(whole);
  return failed() > 0 ? static_cast<double>((*this)[symptom].probes) / failed() : 0;
}

Symptom Evidence::main_symptom() const {
  const auto most = std::ranges::max_element(symptoms.begin() + 1, symptoms.end(), {},
                                             [](const SymptomSeen& seen) { return std::pair{seen.lasted_us, seen.probes}; });
  return static_cast<Symptom>(most - symptoms.begin());
}

}  // namespace kulla::outage
