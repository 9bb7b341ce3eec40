#include "daemon/status_teller.hpp"

#include <algorithm>
#include <memory>
#include <ranges>

namespace kulla::daemon {
namespace {
using incident::ServiceRecord;
using incident::ServiceState;
using serve::StatusState;

constexpr std::size_t noted_most = 100'000;  // hours of a flapping country while the disk hangs; a few hundred bytes each

/// A service's present, copied on the core's thread: little, as the core waits.
struct Row {
  std::optional<StatusState> closed;  ///< how an open one is seen, the past knows
  std::optional<Timestamp> since;  ///< nothing: as the past says
  ClosureId closure;
  int share = 0;
};
using Present = std::map<ServiceId, Row>;

/// Changes what a citizen sees, or what StatusPast tells.
bool is_news(const Fact& fact) {
  return StatusPast::matters(fact) || std::visit(
                                          []<typename T>(const T&) {
                                            return std::is_same_v<T, fact::VerificationAsked> ||
                                                   std::is_same_v<T, fact::VerificationFailed> || std::is_same_v<T, fact::Verified> ||
                                                   std::is_same_v<T, fact::VerificationVoided> || std::is_same_v<T, fact::TrialStarted> ||
                                                   std::is_same_v<T, fact::TrialWidened> || std::is_same_v<T, fact::GateDrifted>;
                                          },
                                          fact.body);
}

/// What the gate has confirmed, and not what it was told.
StatusState closed_state(const ServiceRecord& record) {
  const auto mode = record.confirmed.mode;
  if (record.state == ServiceState::trial && mode == GateMode::trial) return StatusState::trial;
  if (!record.closure->acknowledged || mode != GateMode::closed) return StatusState::closing;
  if (record.state == ServiceState::closed) return StatusState::closed;
  return record.state == ServiceState::verifying ? StatusState::verifying : StatusState::verified;
}

/// It was decided to open it, and the gate has not said that it has.
Row still_closed(const ServiceRecord& record) {
  const auto& stands = record.confirmed;
  if (stands.mode == GateMode::trial) return {StatusState::trial, {}, stands.closure, stands.share};
  if (stands.mode == GateMode::closed) return {StatusState::verified, {}, stands.closure, 0};
  return {};
}

Row row_of(const ServiceRecord& record) {
  if (!incident::is_closed(record.state)) return still_closed(record);
  const auto& closure = *record.closure;
  return {closed_state(record), closure.acknowledged.value_or(closure.at.wall), closure.id, record.confirmed.share};
}

/// Of the newest statement what holds no longer, and when the next is promised: older ones were replaced by it.
void tell(serve::StatusPicture& picture, const Released& released) {
  for (auto& incident : picture.incidents)
    for (auto& update : incident.updates)
      if (update.version == released.number) update.withdrawn = released.withdrawn;
  if (!released.promised) return;
  for (auto& service : picture.services)
    if (serve::is_on_its_way_back(service.state)) service.next_update = released.promised->by;
}

/// "Ministry of Interior" → "ministry-of-interior": a file's name.
std::string slug(std::string_view text) {
  std::string name;
  for (const char letter : text) {
    const auto lower = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (plain) name += lower;
    else if (!name.empty() && name.back() != '-') name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  return name.substr(0, 64);
}
}  // namespace

StatusTeller::StatusTeller(const PublicPages& pages, const Catalogue& catalogue)
    : pages_(pages), services_(catalogue.services), institutions_(pages.institutions) {
  for (const auto& service : services_) {
    const auto presented = pages_.services.find(service.id);
    auto institution = presented == pages_.services.end() ? "" : presented->second.institution;
    if (institution.empty()) institution = slug(service.owner);
    if (institution.empty()) continue;
    if (std::ranges::find(institutions_, institution, &serve::StatusInstitution::id) == institutions_.end())
      institutions_.push_back({institution, {{"", service.owner}}});
    institution_of_[service.id] = institution;
  }
}

bool StatusTeller::note(std::uint64_t number, const Fact& fact) {
  if (StatusPast::matters(fact)) {
    const std::scoped_lock lock{mutex_};
    if (noted_.size() < noted_most) noted_.push_back({number, fact});
    else ++lost_;
  }
  return is_news(fact);
}
std::uint64_t StatusTeller::lost() const {
  const std::scoped_lock lock{mutex_};
  return lost_;
}
void StatusTeller::catch_up(Timestamp now) {
  std::vector<Noted> noted;
  {
    const std::scoped_lock lock{mutex_};
    noted.swap(noted_);
  }
  for (const auto& [number, fact] : noted) past_.take(number, fact);
  past_.forget(now);
}

serve::StatusService StatusTeller::service(const Service& service, Timestamp now) const {
  serve::StatusService told{.id = service.id, .address = service.host + (service.path == "/" ? "" : service.path)};
  if (const auto presented = pages_.services.find(service.id); presented != pages_.services.end())
    told.name = presented->second.name, told.meanwhile = presented->second.meanwhile;
  if (const auto institution = institution_of_.find(service.id); institution != institution_of_.end())
    told.institution = institution->second;
  const auto outside = past_.outside(service.id, now);
  told.state = outside.state, told.since = outside.since;
  told.spans = past_.spans(service.id, now);
  return told;
}

std::optional<Timestamp> StatusTeller::data_checked(const serve::StatusPicture& picture, Timestamp now) const {
  const bool any_closed = std::ranges::any_of(picture.services, [](const auto& each) { return serve::is_closed(each.state); });
  std::set<ServiceId> spoken_of;
  for (const auto& service : picture.services)
    if (!any_closed || serve::is_closed(service.state)) spoken_of.insert(service.id);
  std::set<DatasetId> datasets;
  for (const auto& service : services_) {
    if (!spoken_of.contains(service.id)) continue;
    if (service.datasets.empty()) return std::nullopt;  // nobody has ever looked at its data
    datasets.insert(service.datasets.begin(), service.datasets.end());
  }
  return past_.proved(datasets, now);
}

std::optional<serve::StatusPicture> StatusTeller::picture(const Sources& sources, Timestamp now) {
  // Shared with the core: if nobody waits any more, the answer harms nobody.
  auto present = std::make_shared<Present>();
  const bool answered = sources.ask([present](const incident::State& state) {
    for (const auto& [id, record] : state.services)
      if (!record.retired) present->emplace(id, row_of(record));
  });
  if (!answered) return std::nullopt;
  catch_up(now);
  serve::StatusPicture picture{
      .time = now, .institutions = institutions_, .incidents = past_.incidents(), .ledger_key = sources.ledger_key};
  for (const auto& each : services_) {
    const auto row = present->find(each.id);
    if (row == present->end()) continue;
    auto& told = picture.services.emplace_back(service(each, now));
    if (!row->second.closed) continue;
    const bool reached = past_.outside(each.id, now).answers_though_closed && row->second.closed != StatusState::trial;
    told.state = reached ? StatusState::closing : *row->second.closed;
    if (row->second.since) told.since = *row->second.since;
    told.closure = row->second.closure, told.share = row->second.share;
  }
  const auto head = sources.durable();
  picture.head = {head.number, to_hex(head.hash)};
  for (auto& incident : picture.incidents)  // what is not safely recorded is not said
    std::erase_if(incident.updates, [&](const serve::StatusUpdate& update) { return update.version > head.number; });
  picture.data_checked = data_checked(picture, now);
  const auto released = sources.statement ? sources.statement() : std::nullopt;
  if (released && released->number <= head.number) tell(picture, *released);
  return picture;
}
}  // namespace kulla::daemon
