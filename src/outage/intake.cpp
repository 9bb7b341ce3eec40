#include "outage/intake.hpp"

#include <algorithm>

namespace kulla::outage {
using std::chrono::microseconds;
namespace {
constexpr std::size_t most_vantages = 1024;       // far above a country's observers; who names more is broken
constexpr std::uint64_t remembered = 1U << 16;    // numbers of a vantage in which a replay shows: half an hour at 40 a second
constexpr std::uint64_t restart = 1U << 20;       // a number that is further ahead is a new start, not a loss
constexpr std::size_t most_ahead = 4096;          // held of a vantage until it shows whose clock is wrong
constexpr std::chrono::seconds ahead_patience{30};
constexpr int enough_behind = 20;
constexpr std::chrono::seconds behind_patience{60};
constexpr std::size_t most_queued = 1U << 20;     // 64 MiB
}  // namespace

std::optional<std::uint16_t> Intake::vantage(const VantageId& name) {
  if (sources_.size() >= most_vantages) return std::nullopt;
  auto& source = sources_.emplace_back();
  source.name = name;
  source.seen.resize(remembered / 64);
  return static_cast<std::uint16_t>(sources_.size() - 1);
}

bool Intake::is_new(Source& source, std::uint64_t number) {
  const auto bit = [&](std::uint64_t n) -> std::pair<std::uint64_t&, std::uint64_t> {
    return {source.seen[n / 64 % source.seen.size()], std::uint64_t{1} << n % 64};
  };
  if (source.counts.taken == 0 || number > source.top) {
    const auto step = source.counts.taken == 0 ? remembered : number - source.top;
    if (step >= remembered) std::ranges::fill(source.seen, 0);
    else
      for (auto n = source.top + 1; n < number; ++n) bit(n).first &= ~bit(n).second;
    if (source.counts.taken > 0 && step < restart) source.counts.missing += step - 1;
    source.top = number;
  } else {
    if (source.top - number >= remembered) return false;
    if ((bit(number).first & bit(number).second) != 0) return false;
    if (source.counts.missing > 0) --source.counts.missing;
  }
  bit(number).first |= bit(number).second;
  return true;
}

Intake::Verdict Intake::take(const Record& record) {
  auto& source = sources_[record.vantage];
  if (!is_new(source, record.number)) {
    ++source.counts.replayed;
    return Verdict::dropped;
  }
  ++source.counts.taken;
  ++arrivals_;
  const auto ended = record.ended();
  if (ended > source.newest) {
    source.newest = ended;
    if (ended > clock_) move_clock();
  }
  if (ended > clock_ + parameters_.clock_tolerance) return from_the_future(source, record);
  if (ended < horizon_) return from_the_past(source, record);
  source.off = false;
  source.behind = 0;
  push(record);
  return Verdict::queued;
}

Intake::Verdict Intake::from_the_past(Source& source, const Record& record) {
  ++source.counts.late;
  const auto by = clock_ - record.ended();
  if (by <= parameters_.clock_tolerance) {
    source.behind = 0;
    source.off = false;
    return Verdict::late;
  }
  // A backlog catches up, a wrong clock does not.
  if (source.behind++ == 0) source.behind_since = clock_, source.behind_by = by;
  if (source.behind >= enough_behind && clock_ - source.behind_since >= behind_patience && by > source.behind_by / 2) source.off = true;
  return Verdict::very_late;
}

Intake::Verdict Intake::from_the_future(Source& source, const Record& record) {
  if (source.off) {
    ++source.counts.future;
    return Verdict::dropped;
  }
  if (source.ahead.empty()) source.ahead_since = clock_, source.ahead_at = arrivals_;
  source.ahead.push_back(record);
  ahead_ = true;
  if (source.ahead.size() >= most_ahead) {
    // Where nobody else spoke meanwhile, all were silent for long and this one is the first to be back.
    if (arrivals_ - source.ahead_at < source.ahead.size()) accept_ahead(source);
    else drop_ahead(source);
  }
  return Verdict::queued;
}

void Intake::accept_ahead(Source& source) {
  for (const auto& record : source.ahead) push(record);
  clock_ = std::max(clock_, source.newest);
  source.ahead.clear();
}
void Intake::drop_ahead(Source& source) {
  source.counts.future += source.ahead.size();
  source.ahead.clear();
  source.off = true;
}

/// The wall clock where it is told; with several vantages, what half of them have reached.
void Intake::move_clock() {
  auto now = std::max(clock_, passed_);
  if (sources_.size() > 1 || passed_ == Timestamp{}) {
    scratch_.clear();
    for (const auto& source : sources_)
      if (source.newest != Timestamp{} && !source.off) scratch_.push_back(source.newest);
    if (!scratch_.empty()) {
      const auto middle = scratch_.begin() + static_cast<std::ptrdiff_t>((scratch_.size() - 1) / 2);
      std::ranges::nth_element(scratch_, middle);
      now = std::max(now, *middle);
    }
  }
  clock_ = now;
  if (ahead_) settle_those_ahead(false);
}

void Intake::settle_those_ahead(bool all) {
  ahead_ = false;
  for (auto& source : sources_) {
    if (source.ahead.empty()) continue;
    std::erase_if(source.ahead, [&](const Record& record) {
      const bool now = record.ended() <= clock_ + parameters_.clock_tolerance;
      if (now) push(record);
      return now;
    });
    if (source.ahead.empty()) continue;
    if (all || clock_ - source.ahead_since >= ahead_patience) drop_ahead(source);
    else ahead_ = true;
  }
}

void Intake::pass(Timestamp now) {
  passed_ = std::max(passed_, now);
  move_clock();
}

void Intake::finish() {
  // Of two vantages the slower one held time back: it did not come.
  if (sources_.size() <= 2)
    for (auto& source : sources_)
      if (!source.ahead.empty() && arrivals_ - source.ahead_at < source.ahead.size()) accept_ahead(source);
  settle_those_ahead(true);
  for (const auto& record : queue_) clock_ = std::max(clock_, record.ended());
  clock_ += parameters_.window;
}

bool Intake::only_one_is_behind() const {
  return passed_ == Timestamp{} && sources_.size() == 1 && sources_.front().behind >= enough_behind;
}

void Intake::begin_anew(Timestamp now) {
  KULLA_ASSERT(queue_.empty());
  for (auto& source : sources_) {
    source.newest = source.ahead_since = source.behind_since = {};
    source.ahead.clear();
    source.behind = 0;
    source.off = false;
  }
  if (passed_ != Timestamp{}) passed_ = now;
  clock_ = now;
  horizon_ = {};
  ahead_ = false;
}

void Intake::push(const Record& record) {
  if (queue_.size() >= most_queued) {
    ++sources_[record.vantage].counts.dropped;
    return;
  }
  queue_.push_back(record);
  std::ranges::push_heap(queue_, [this](const Record& left, const Record& right) { return later(left, right); });
}

bool Intake::later(const Record& left, const Record& right) const {
  if (const auto l = left.ended(), r = right.ended(); l != r) return l > r;
  if (left.vantage != right.vantage) return name(left.vantage) > name(right.vantage);
  return left.number > right.number;
}

bool Intake::next(Record& record) {
  horizon_ = std::max(horizon_, clock_ - parameters_.window);
  if (queue_.empty() || queue_.front().ended() > horizon_) return false;
  std::ranges::pop_heap(queue_, [this](const Record& left, const Record& right) { return later(left, right); });
  record = queue_.back();
  queue_.pop_back();
  return true;
}
}  // namespace kulla::outage
