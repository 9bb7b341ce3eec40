// Rows are grouped by target and go in rounds: the first of each target, then the second of each, and so on. What is written of a row
// is how it differs from what the rows before it of its target foretell, so that the columns are mostly small numbers around zero.
#include <algorithm>
#include <bit>
#include <numeric>

#include "outage/store_batch.hpp"
#include "outage/store_columns.hpp"
#include "outage/store_zstd.hpp"

namespace kulla::outage::store {
namespace {
constexpr std::size_t word_after = 3;  // a text becomes a word when a block has it this often

std::int64_t millis_of(const Observation& observation) { return micros_of(observation.sent) / 1000; }

struct Timing {
  std::uint64_t period = 0;
  unsigned pull = 0;
};

/// Bits that the differences to the foretold times take, about.
std::size_t cost_of(const std::vector<std::uint64_t>& sent, Timing timing) {
  Pace pace{timing.period, timing.pull};
  std::size_t bits = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (i > 0) bits += static_cast<std::size_t>(std::bit_width(zigzag(static_cast<std::int64_t>(sent[i] - pace.foretold()))));
    pace.was(sent[i]);
  }
  return bits;
}

/// The period and pull that foretell best: of the median of the gaps, that rounded, and their mean.
Timing timing_of(const std::vector<std::uint64_t>& sent) {
  if (sent.size() < 2) return {};
  std::vector<std::uint64_t> gaps;
  for (std::size_t i = 1; i < sent.size(); ++i) gaps.push_back(sent[i] - sent[i - 1]);
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::ranges::nth_element(gaps, middle);
  const auto median = *middle, mean = (sent.back() - sent.front()) / gaps.size();
  Timing best{median, 0};
  auto least = cost_of(sent, best);
  for (const std::uint64_t period : {median, (median + 50) / 100 * 100, (median + 500) / 1000 * 1000, mean})
    for (const unsigned pull : {0U, 2U, 6U}) {
      const auto cost = cost_of(sent, {period, pull});
      if (cost < least) best = {period, pull}, least = cost;
    }
  return best;
}

/// One text column: symbols, with what the target's row before had.
class TextColumn {
 public:
  TextColumn(std::string& symbols, std::string& inlined, std::size_t targets) : symbols_(symbols), inlined_(inlined), before_(targets) {}

  void put(std::size_t target, const std::optional<std::string>& text, const Words& words) {
    auto& before = before_[target];
    if (text == before) return put_varint(symbols_, symbol::same);
    before = text;
    if (!text) return put_varint(symbols_, symbol::none);
    if (const auto word = words.find(*text)) {
      put_varint(symbols_, symbol::word + zigzag(static_cast<std::int64_t>(*word - last_)));
      last_ = *word;
      return;
    }
    put_varint(symbols_, symbol::inlined);
    put_text(inlined_, *text);
  }

 private:
  std::string& symbols_;
  std::string& inlined_;
  std::vector<std::optional<std::string>> before_;
  std::uint64_t last_ = 0;
};

class Encoder {
 public:
  Encoder(std::span<const Observation> observations, const std::vector<bool>& exact, Words& words)
      : observations_(observations), exact_(exact), words_(words) {}

  std::string run() {
    group();
    learn_words();
    put_targets();
    put_rows();
    put_numbers();
    std::string payload;
    for (const auto& column : columns_) put_packed(payload, column);
    return payload;
  }

 private:
  struct Group {
    std::vector<std::size_t> rows;
    Pace pace{0, 0};
    std::array<Usual, phase_count> usual{};
  };
  std::string& operator[](Column column) { return columns_[static_cast<std::size_t>(column)]; }

  void group() {
    std::map<std::string_view, std::vector<std::size_t>> by_name;
    for (std::size_t i = 0; i < observations_.size(); ++i) by_name[observations_[i].target.str()].push_back(i);
    base_ = millis_of(*std::ranges::min_element(observations_, {}, &Observation::sent));
    for (auto& [name, rows] : by_name) {
      std::ranges::stable_sort(rows, {}, [&](std::size_t i) { return std::pair{observations_[i].sent, observations_[i].number}; });
      (void)words_.add(name);
      groups_.push_back({std::move(rows)});
    }
    std::ranges::stable_sort(groups_, {}, [&](const Group& each) { return words_.find(name_of(each)).value_or(Words::reach_most); });
  }
  const std::string& name_of(const Group& group) const { return observations_[group.rows.front()].target.str(); }

  /// Texts that come up often, each column's in the order of the targets.
  void learn_words() {
    std::map<std::string, std::size_t, std::less<>> seen;
    for (const auto& observation : observations_) {
      ++seen[answer_bytes(observation)];
      if (observation.address) ++seen[*observation.address];
      if (observation.body) ++seen[*observation.body];
    }
    const auto learn = [&](const std::optional<std::string>& text) {
      if (text && seen[*text] >= word_after) (void)words_.add(*text);
    };
    for (const auto part : {0, 1, 2})
      for (const auto& each : groups_)
        for (const auto row : each.rows) {
          const auto& observation = observations_[row];
          learn(part == 0 ? std::optional{answer_bytes(observation)} : part == 1 ? observation.address : observation.body);
        }
  }

  void put_targets() {
    auto& column = (*this)[Column::targets];
    put_varint(column, groups_.size());
    std::uint64_t last = 0;
    for (auto& each : groups_) {
      const auto word = words_.find(name_of(each));
      put_varint(column, word ? symbol::word + zigzag(static_cast<std::int64_t>(*word - last)) : symbol::inlined);
      if (word) last = *word;
      else put_text((*this)[Column::inlined], name_of(each));
      std::vector<std::uint64_t> sent;
      for (const auto row : each.rows) sent.push_back(static_cast<std::uint64_t>(millis_of(observations_[row]) - base_));
      const auto timing = timing_of(sent);
      put_varint(column, each.rows.size());
      put_varint(column, timing.period);
      put_varint(column, timing.pull);
      each.pace = Pace{timing.period, timing.pull};
    }
  }

  void put_rows() {
    TextColumn answers{(*this)[Column::answer], (*this)[Column::inlined], groups_.size()};
    TextColumn addresses{(*this)[Column::address], (*this)[Column::inlined], groups_.size()};
    TextColumn bodies{(*this)[Column::body], (*this)[Column::inlined], groups_.size()};
    bool more = true;
    for (std::size_t round = 0; more; ++round) {
      more = false;
      for (std::size_t target = 0; target < groups_.size(); ++target) {
        if (round >= groups_[target].rows.size()) continue;
        more = true;
        const auto row = groups_[target].rows[round];
        put_times(groups_[target], row);
        answers.put(target, answer_bytes(observations_[row]), words_);
        addresses.put(target, observations_[row].address, words_);
        bodies.put(target, observations_[row].body, words_);
        rows_.push_back(row);
      }
    }
  }

  void put_times(Group& group, std::size_t row) {
    const auto& observation = observations_[row];
    const auto at = static_cast<std::uint64_t>(millis_of(observation) - base_);
    const auto difference = zigzag(static_cast<std::int64_t>(at - group.pace.foretold()));
    group.pace.was(at);
    (*this)[Column::sent_low].push_back(static_cast<char>(difference));
    put_varint((*this)[Column::sent_high], difference >> 8);
    std::array<Step, phase_count> phase_steps{};
    std::int64_t sum = 0;
    const auto phases = phases_of(observation.phases);
    for (std::size_t i = 0; i < phase_count; ++i) {
      const auto step = phase_steps[i] = step_of(phases[i]);
      (*this)[phase_column(i)].push_back(static_cast<char>(step - group.usual[i].foretold()));
      group.usual[i].was(step);
      sum += value_of(step);
    }
    const auto took = step_of(observation.took_us);
    (*this)[Column::took].push_back(static_cast<char>(took - step_of(sum)));
    (*this)[Column::flags].push_back(exact_[row] ? '\1' : '\0');
    if (exact_[row]) put_rest(observation, took, phase_steps);
    // The end as a reader will know it: what orders the rows.
    const auto sent = exact_[row] ? micros_of(observation.sent) : millis_of(observation) * 1000;
    ends_.push_back(sent + (exact_[row] ? observation.took_us : value_of(took)));
  }
  void put_rest(const Observation& observation, Step took, const std::array<Step, phase_count>& phase_steps) {
    auto& rest = (*this)[Column::rest];
    put_varint(rest, static_cast<std::uint64_t>(micros_of(observation.sent) % 1000));
    put_signed(rest, observation.took_us - value_of(took));
    const auto phases = phases_of(observation.phases);
    for (std::size_t i = 0; i < phase_count; ++i) put_signed(rest, phases[i] - value_of(phase_steps[i]));
  }

  void put_numbers() {
    std::vector<std::uint64_t> numbers;
    for (const auto& observation : observations_) numbers.push_back(observation.number);
    std::ranges::sort(numbers);
    for (std::size_t i = 1; i < numbers.size(); ++i) put_varint((*this)[Column::numbers], numbers[i] - numbers[i - 1] - 1);
    std::vector<std::size_t> by_end(rows_.size());
    std::iota(by_end.begin(), by_end.end(), std::size_t{0});
    std::ranges::stable_sort(by_end, {}, [&](std::size_t i) { return ends_[i]; });
    for (std::size_t i = 0; i < by_end.size(); ++i) {
      const auto rank = std::ranges::lower_bound(numbers, observations_[rows_[by_end[i]]].number) - numbers.begin();
      put_signed((*this)[Column::order], rank - static_cast<std::int64_t>(i));
    }
  }

  std::span<const Observation> observations_;
  const std::vector<bool>& exact_;
  Words& words_;
  Columns columns_;
  std::int64_t base_ = 0;
  std::vector<Group> groups_;
  std::vector<std::size_t> rows_;      ///< observations in the order of the columns
  std::vector<std::int64_t> ends_;     ///< and when each was over, as a reader will know it
};
}  // namespace

std::string encode_batch(std::span<const Observation> observations, const std::vector<bool>& exact, Words& words) {
  KULLA_ASSERT(!observations.empty() && exact.size() == observations.size());
  return Encoder{observations, exact, words}.run();
}
}  // namespace kulla::outage::store
