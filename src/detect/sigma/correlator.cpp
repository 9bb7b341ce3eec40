#include "detect/sigma/correlator.hpp"

#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace kulla::detect::sigma {
namespace {
using Type = Correlation::Type;
using namespace std::chrono_literals;

// Far beyond all times that are read, and far enough from the ends that a timespan can be added.
constexpr Timestamp earliest = Timestamp{} - 24h * 366 * 100'000, latest = Timestamp{} + 24h * 366 * 100'000;

bool needs_number(const Correlation& what) {
  return what.type == Type::value_sum || what.type == Type::value_avg || (what.type == Type::value_percentile && what.percentile);
}
}  // namespace

Correlator::Correlator(std::vector<Correlation> correlations, const Limits& limits) : secret_(random_digest()) {
  units_.reserve(correlations.size());
  for (auto& what : correlations) {
    const auto unit = units_.size();
    auto tracker = Tracker::make(what, limits);
    for (std::size_t input = 0; input < what.inputs.size(); ++input) {
      const auto& [index, is_correlation] = std::tie(what.inputs[input].index, what.inputs[input].is_correlation);
      if (!index) continue;
      KULLA_ASSERT(!is_correlation || *index < unit);
      if (!is_correlation && rules_.size() <= *index) rules_.resize(*index + 1);
      auto& routes = is_correlation ? units_[*index].results : rules_[*index];
      routes.to.push_back({unit, input});
      routes.generate = routes.generate || what.generate;
    }
    units_.push_back({std::move(what), std::move(tracker), {}, {}, {}});
  }
}

bool Correlator::silent(std::size_t rule) const { return rule < rules_.size() && !rules_[rule].to.empty() && !rules_[rule].generate; }

const std::vector<Correlated>& Correlator::on_match(std::size_t rule, Timestamp happened, const Lookup& field, Token token) {
  raised_.clear();
  if (rule >= rules_.size()) return raised_;
  for (const auto& route : rules_[rule].to) feed(route, false, std::clamp(happened, earliest, latest), field, token);
  return raised_;
}

std::optional<Key> Correlator::key_of(const std::vector<std::string>& fields, const Lookup& field) {
  buffer_.clear();
  for (const auto& name : fields) {
    const auto value = field(name);
    if (!value) return std::nullopt;
    const auto size = value->size();
    buffer_.append(reinterpret_cast<const char*>(&size), sizeof size).append(*value);
  }
  Key key;
  static_assert(sizeof key == crypto_shorthash_siphashx24_BYTES && sizeof secret_.bytes >= crypto_shorthash_siphashx24_KEYBYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(key.data()), reinterpret_cast<const unsigned char*>(buffer_.data()),
                              buffer_.size(), secret_.bytes.data());
  return key;
}

bool Correlator::fill(Unit& unit, const Lookup& field, Sample& sample) {
  const auto& what = unit.what;
  if (is_temporal(what.type)) sample.key = {sample.input, 0};
  if (what.fields.empty()) return true;
  const auto& fields = what.inputs[sample.input].fields;
  if (!needs_number(what)) {
    const auto key = key_of(fields, field);
    sample.key = key.value_or(Key{});
    return key.has_value();
  }
  const auto text = field(fields.front());
  const auto number = text ? read_number(*text) : std::nullopt;
  if (!number || !std::isfinite(number->real())) return false;
  sample.number = *number;
  return true;
}

bool Correlator::seen_before(Unit& unit, const Key& group, Token token) {
  if (token != unit.last_token) unit.counted.clear();
  unit.last_token = token;
  if (std::find(unit.counted.begin(), unit.counted.end(), group) != unit.counted.end()) return true;
  unit.counted.push_back(group);
  return false;
}

void Correlator::feed(const Route& route, bool is_result, Timestamp at, const Lookup& field, Token token) {
  auto& unit = units_[route.unit];
  const auto group = key_of(unit.what.inputs[route.input].group_by, field);
  if (!group) {
    ++unit.tracker->statistics.without_group;
    return;
  }
  Sample sample{at, token, route.input, {}, {}};
  if (!fill(unit, field, sample)) {
    ++unit.tracker->statistics.without_value;
    return;
  }
  if (!is_result && !is_temporal(unit.what.type) && seen_before(unit, *group, token)) return;
  if (auto finding = unit.tracker->add(*group, sample)) raise(route.unit, route.input, std::move(*finding), field, token);
}

void Correlator::raise(std::size_t index, std::size_t input, Finding finding, const Lookup& field, Token token) {
  const auto& unit = units_[index];
  const auto& names = unit.what.group_by;
  const auto& own = unit.what.inputs[input].group_by;
  const Lookup of_result = [&](std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? field(name) : field(own[static_cast<std::size_t>(found - names.begin())]);
  };
  const auto at = finding.last;
  if (unit.results.to.empty() || unit.results.generate) {
    Correlated correlated{index, {}, std::move(finding)};
    for (const auto& name : names) correlated.group.emplace_back(name, of_result(name).value_or("").substr(0, group_value_limit));
    raised_.push_back(std::move(correlated));
  }
  for (const auto& route : unit.results.to) feed(route, true, at, of_result, token);
}

void Correlator::adopt(Correlator& old) {
  std::map<std::string, Unit*> known;
  for (auto& unit : old.units_) known.emplace(definition_of(unit.what), &unit);
  for (auto& unit : units_) {
    KULLA_ASSERT(unit.tracker->statistics.events == 0);
    const auto found = known.find(definition_of(unit.what));
    if (found != known.end()) std::swap(unit.tracker, found->second->tracker);
  }
  secret_ = old.secret_;  // what was hashed was hashed by it
}

}  // namespace kulla::detect::sigma
