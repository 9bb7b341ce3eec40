#include "outage/analysis_company.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "outage/bgp_prefix.hpp"

namespace kulla::outage {
namespace {
using std::chrono::seconds;

constexpr std::size_t count_each_time = 256;             // targets, up to which counting costs nothing
constexpr std::chrono::milliseconds count_again{500};    // for more of them
constexpr int shared_v4 = 24, shared_v6 = 48;            // bits: what is routed as one, at least
constexpr seconds at_once{2};                            // and half a period: onsets so far apart are one
constexpr std::chrono::minutes widest{10};               // an interval that is wider says little of when

/// The host of "scheme://host:port/…", or of "host:port"; without brackets.
std::string host_of(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find('/'));
  if (text.starts_with('[')) return std::string{text.substr(1, text.find(']') - 1)};
  if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
  return std::string{text};
}

std::string network_of(const IpAddress& address) { return to_text(prefix_of(address, address.v6 ? shared_v6 : shared_v4)); }
}  // namespace

bool is_cut(Symptom symptom) {
  return symptom == Symptom::connect_timeout || symptom == Symptom::unreachable || symptom == Symptom::resolve_timeout;
}

Networks::Networks(const std::vector<Target>& targets) {
  for (const auto& target : targets) {
    const auto host = host_of(target.address.empty() ? target.url : target.address);
    const auto literal = parse_ip(host);
    final_.push_back(!target.network.empty() || literal.has_value());
    names_.push_back(!target.network.empty() ? target.network : literal ? network_of(*literal) : "host " + host);
  }
}

void Networks::learn(std::size_t target, const std::string& address) {
  if (final_[target]) return;
  if (const auto parsed = parse_ip(address)) names_[target] = network_of(*parsed), final_[target] = true;
}

void VantageNow::take(std::size_t target, const Observation& observation) {
  const auto symptom = symptom_of(observation);
  last_[target] = symptom == Symptom::good ? Look::good : is_cut(symptom) ? Look::cut : Look::failing;
}

void VantageNow::count(const Networks& networks) {
  std::map<std::string_view, std::pair<int, int>> of_network;
  targets_ = cut_ = networks_cut_ = 0;
  for (std::size_t target = 0; target < last_.size(); ++target) {
    if (last_[target] == Look::none) continue;
    auto& [all, cut] = of_network[networks.of(target)];
    ++targets_, ++all;
    if (last_[target] == Look::cut) ++cut_, ++cut;
  }
  networks_ = static_cast<int>(of_network.size());
  for (const auto& [name, counted] : of_network) networks_cut_ += counted.first == counted.second;
}

void VantageNow::worst(std::size_t target, const Networks& networks, Timestamp now, VantageSeen& seen) {
  if (last_.size() <= count_each_time || now - counted_at_ >= count_again || now < counted_at_) {
    count(networks);
    counted_at_ = now;
  }
  const int others = targets_ - (last_[target] != Look::none), failing = cut_ - (last_[target] == Look::cut);
  const bool worse =
      static_cast<std::int64_t>(failing) * std::max(seen.others, 1) > static_cast<std::int64_t>(seen.others_failing) * std::max(others, 1);
  if (seen.others > 0 && !worse && networks_cut_ <= seen.networks_failing) return;
  seen.others = others, seen.others_failing = failing;
  seen.networks = networks_, seen.networks_failing = networks_cut_;
}

namespace {
/// What began when it did, with slack.
struct Span {
  Timestamp from, to;
};
Span span_of(const Neighbour& outage, const Target& target) {
  const auto slack = at_once + target.every / 2;
  const auto earliest = std::max(outage.onset.earliest, outage.onset.latest - widest);
  const bool never_seen = outage.onset.earliest == Timestamp{};
  return {(never_seen ? outage.onset.latest : earliest) - slack, outage.onset.latest + slack};
}

struct Totals {
  std::map<std::string_view, int> networks, groups;
  int targets = 0;
};
Totals totals_of(const std::vector<Target>& targets, const Networks& networks, const std::vector<bool>& looked_at) {
  Totals totals;
  for (std::size_t at = 0; at < targets.size(); ++at) {
    if (!looked_at[at]) continue;
    ++totals.targets, ++totals.networks[networks.of(at)];
    if (!targets[at].group.empty()) ++totals.groups[targets[at].group];
  }
  return totals;
}
int of(const std::map<std::string_view, int>& counts, std::string_view name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

/// `with`: targets whose outages began with this one, itself among them.
Company company_of(std::size_t self, const std::set<std::size_t>& with, const std::vector<Target>& targets, const Networks& networks,
                   const Totals& totals) {
  std::map<std::string_view, int> failing, groups;
  for (const auto target : with) ++failing[networks.of(target)], ++groups[targets[target].group];
  Company company{
      .targets = totals.targets, .failing = static_cast<int>(with.size()), .networks = static_cast<int>(totals.networks.size())};
  for (const auto& [name, count] : failing) company.networks_failing += 2 * count > of(totals.networks, name);
  company.own_network = of(totals.networks, networks.of(self)), company.own_network_failing = of(failing, networks.of(self));
  if (const auto& group = targets[self].group; !group.empty())
    company.group = of(totals.groups, group), company.group_failing = of(groups, group);
  return company;
}
}  // namespace

std::vector<Company> companies(const std::vector<Neighbour>& outages, const std::vector<Target>& targets, const Networks& networks,
                               const std::vector<bool>& looked_at) {
  const auto totals = totals_of(targets, networks, looked_at);
  std::vector<std::size_t> order(outages.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t at) { return outages[at].onset.latest; });
  std::vector<Company> found(outages.size());
  std::chrono::milliseconds longest{};
  for (const auto& target : targets) longest = std::max(longest, target.every);
  const auto back_reach = at_once + longest / 2, next_reach = back_reach + widest;
  for (std::size_t at = 0; at < order.size(); ++at) {
    const auto& self = outages[order[at]];
    const auto mine = span_of(self, targets[self.target]);
    std::set<std::size_t> with{self.target};
    const auto meets = [&](const Neighbour& other) {
      const auto theirs = span_of(other, targets[other.target]);
      if (other.cut == self.cut && theirs.from <= mine.to && mine.from <= theirs.to) with.insert(other.target);
    };
    for (auto back = at; back-- > 0 && mine.from - outages[order[back]].onset.latest <= back_reach;) meets(outages[order[back]]);
    for (auto next = at + 1; next < order.size() && outages[order[next]].onset.latest - mine.to <= next_reach; ++next)
      meets(outages[order[next]]);
    found[order[at]] = company_of(self.target, with, targets, networks, totals);
  }
  return found;
}

}  // namespace kulla::outage
