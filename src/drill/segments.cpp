#include "drill/segments.hpp"

#include <algorithm>
#include <array>

namespace kulla::drill {
namespace {
constexpr std::array<std::string_view, 6> words{"open", "guarded", "closed", "verifying", "verified", "trial"};
constexpr std::array<std::string_view, 6> shapes{"●", "◐", "■", "◇", "◆", "◔"};

constexpr std::chrono::milliseconds blink{50};

class Fold {
 public:
  Fold(const Plan& plan, Timestamp began) : plan_(plan) {
    for (std::size_t i = 0; i < plan.services.size(); ++i) bars_.push_back({i, {{Bar::open, 100, began, began}}});
  }
  void at(Timestamp now) { now_ = now; }
  template <typename T>
  void operator()(const T&) {}
  void operator()(const fact::Guarded& fact) { change(fact.service, Bar::guarded); }
  void operator()(const fact::Unguarded& fact) { change(fact.service, Bar::open); }
  void operator()(const fact::Closed& fact) { change(fact.service, Bar::closed); }
  void operator()(const fact::VerificationAsked& fact) { change(fact.service, Bar::verifying); }
  void operator()(const fact::VerificationFailed& fact) { change(fact.service, Bar::closed); }
  void operator()(const fact::VerificationVoided& fact) { change(fact.service, Bar::closed); }
  void operator()(const fact::Verified& fact) { change(fact.service, Bar::verified); }
  void operator()(const fact::TrialStarted& fact) { change(fact.service, Bar::trial, fact.share); }
  void operator()(const fact::TrialWidened& fact) { change(fact.service, Bar::trial, fact.share); }
  void operator()(const fact::Opened& fact) { change(fact.service, Bar::open); }
  std::vector<ServiceBar> finish(Timestamp end) {
    for (auto& bar : bars_) bar.segments.back().until = end;
    return std::move(bars_);
  }

 private:
  void change(const ServiceId& service, Bar to, int share = 100) {
    const auto index = plan_.find(service.str());
    if (index >= bars_.size()) return;
    auto& segments = bars_[index].segments;
    const auto now = std::max(now_, segments.back().from);
    if (segments.back().bar == to && segments.back().share == share) return;
    segments.back().until = now;
    if (now - segments.back().from < blink && segments.size() > 1) segments.pop_back();  // nobody could see it
    if (segments.back().bar == to && segments.back().share == share) return;
    segments.push_back({to, share, now, now});
  }
  const Plan& plan_;
  std::vector<ServiceBar> bars_;
  Timestamp now_;
};
}  // namespace

bool ServiceBar::was_closed() const {
  return std::ranges::any_of(segments, [](const Segment& s) { return s.bar == Bar::closed; });
}
std::string_view word_of(Bar bar) { return words.at(static_cast<std::size_t>(bar)); }
std::string_view shape_of(Bar bar) { return shapes.at(static_cast<std::size_t>(bar)); }

std::vector<ServiceBar> bars_of(const Observed& observed, Timestamp began) {
  Fold fold{observed.plan, began};
  for (const auto& fact : observed.facts) {
    fold.at(fact.at.wall);
    std::visit(fold, fact.body);
  }
  return fold.finish(observed.ended);
}
}  // namespace kulla::drill
