#include "detect/sigma/tally.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kulla::detect::sigma {
namespace {
template <typename Entry>
void visit_all(const Timeline<Entry>& timeline, const Visit& visit) {
  for (const auto& entry : timeline) visit({entry.at, entry.token});
}
}  // namespace

void Moments::visit(const Visit& visit) const { visit_all(moments_, visit); }
void LatestOfEach::visit(const Visit& visit) const { visit_all(latest_, visit); }
void Numbers::visit(const Visit& visit) const { visit_all(numbers_, visit); }
void Ranks::visit(const Visit& visit) const { visit_all(numbers_, visit); }

void LatestOfEach::add(const Sample& sample) {
  const auto known = std::find_if(latest_.begin(), latest_.end(), [&](const Entry& entry) { return entry.key == sample.key; });
  if (known != latest_.end()) {
    if (known->at > sample.at) return;
    latest_.erase(known);
  }
  latest_.add({sample.at, sample.token, sample.key});
}

void Sequence::add(const Sample& sample) {
  if (inputs_.size() <= sample.input) inputs_.resize(sample.input + 1);
  inputs_[sample.input].add({sample.at, sample.token});
}

void Sequence::forget_before(Timestamp time) {
  for (auto& input : inputs_) input.forget_first(input.before(time));
}

void Sequence::forget_first() {
  const auto age = [](const auto& input) { return input.empty() ? Timestamp::max() : input.front().at; };
  const auto oldest = std::min_element(inputs_.begin(), inputs_.end(), [&](const auto& a, const auto& b) { return age(a) < age(b); });
  if (oldest != inputs_.end() && !oldest->empty()) oldest->forget_first(1);
}

std::size_t Sequence::size() const {
  std::size_t size = 0;
  for (const auto& input : inputs_) size += input.size();
  return size;
}

// From the last rule to the first, best[n] is the chain of n events, all of rules seen so far, that begins latest: nothing before it could
// want more. A rule lengthens it by its latest event that is not later than that beginning.
std::vector<Moment> Sequence::longest() const {
  constexpr auto none = std::numeric_limits<std::size_t>::max();
  struct Link {
    Moment moment;
    std::size_t next;
  };
  std::vector<Link> links;
  std::vector<std::size_t> best{none};
  for (auto input = inputs_.rbegin(); input != inputs_.rend(); ++input) {
    for (std::size_t length = best.size(); length-- > 0;) {
      const auto from = best[length];
      const auto later = input->after(from == none ? Timestamp::max() : links[from].moment.at);
      if (later == input->begin()) continue;
      const auto& moment = *std::prev(later);
      if (length + 1 < best.size() && links[best[length + 1]].moment.at >= moment.at) continue;
      if (length + 1 == best.size()) best.push_back(none);
      best[length + 1] = links.size();
      links.push_back({moment, from});
    }
  }
  std::vector<Moment> chain;
  for (auto at = best.back(); at != none; at = links[at].next) chain.push_back(links[at].moment);
  return chain;
}

void Sequence::visit(const Visit& visit) const {
  for (const auto& moment : longest()) visit(moment);
}

void Numbers::add(const Sample& sample) {
  if (const auto whole = sample.number.whole()) whole_sum_ += *whole;
  else ++reals_;
  numbers_.add({sample.at, sample.token, sample.number});
}

void Numbers::forget(std::size_t count) {
  for (auto entry = numbers_.begin(); entry != numbers_.begin() + static_cast<std::ptrdiff_t>(count); ++entry) {
    if (const auto whole = entry->number.whole()) whole_sum_ -= *whole;
    else --reals_;
  }
  numbers_.forget_first(count);
}

// Numbers with a fraction are added up anew each time: taking one away again would leave what a huge one had rounded off.
double Numbers::sum() const {
  auto sum = static_cast<double>(whole_sum_);
  if (reals_ > 0)
    for (const auto& entry : numbers_)
      if (!entry.number.whole()) sum += entry.number.real();
  return sum;
}

Number Numbers::measure(const Correlation& correlation) const {
  constexpr Wide most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  if (correlation.type == Correlation::Type::value_avg) return Number{sum() / static_cast<double>(size())};
  if (reals_ == 0 && whole_sum_ >= least && whole_sum_ <= most) return Number{static_cast<std::int64_t>(whole_sum_)};
  return Number{sum()};
}

void Ranks::add(const Sample& sample) {
  const double number = sample.number.real();
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), number), number);
  numbers_.add({sample.at, sample.token, number});
}

void Ranks::forget(std::size_t count) {
  for (auto entry = numbers_.begin(); entry != numbers_.begin() + static_cast<std::ptrdiff_t>(count); ++entry)
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), entry->number));
  numbers_.forget_first(count);
  if (sorted_.capacity() > 4 * sorted_.size() + 4) sorted_.shrink_to_fit();
}

Number Ranks::measure(const Correlation& correlation) const {
  const auto rank = std::ceil(correlation.percentile.value_or(50) / 100 * static_cast<double>(size()));
  return Number{sorted_[std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, size()) - 1]};
}

void Shares::add(const Sample& sample) {
  last_ = sample.key;
  values_.add({sample.at, sample.token, sample.key});
}

Number Shares::measure(const Correlation&) const {
  const auto same = std::count_if(values_.begin(), values_.end(), [&](const Entry& entry) { return entry.key == last_; });
  return Number{100 * static_cast<double>(same) / static_cast<double>(size())};
}

void Shares::visit(const Visit& visit) const {
  for (const auto& entry : values_)
    if (entry.key == last_) visit({entry.at, entry.token});
}

}  // namespace kulla::detect::sigma
