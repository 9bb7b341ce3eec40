#include "drill/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <ranges>

#include "base/shown_text.hpp"
#include "drill/segments.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono_literals;
constexpr int label_width = 168, lane_height = 36, bar_height = 18, bar_gap = 6, axis_height = 26, beside_from = 600;
constexpr std::size_t bars_most = 40;      // more would be a picture of nothing; the rest is summed up in one line
constexpr auto shown_before = 4s;          // of the time before the attack

double seconds(Timestamp::duration time) { return std::chrono::duration<double>(time).count(); }

class Picture {
 public:
  Picture(const Observed& observed, const Score& score, int width)
      : seen_(observed),
        score_(score),
        width_(width),
        left_(width < beside_from ? 4 : label_width),
        began_(observed.attack_began - shown_before),
        end_(std::max(observed.ended, observed.attack_began + 1s)) {}

  std::string draw() {
    lanes();
    bars();
    axis();
    return fmt::format(
        "<svg class=\"chart\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"Timeline of the "
        "drill\">{2}</svg>\n",
        width_, y_, out_);
  }

 private:
  // ---- drawing
  template <typename... T>
  void put(fmt::format_string<T...> format, T&&... values) {
    out_ += fmt::format(format, std::forward<T>(values)...);
  }
  [[nodiscard]] double x(Timestamp at) const {
    const double share = seconds(std::clamp(at, began_, end_) - began_) / seconds(end_ - began_);
    return left_ + share * (width_ - left_ - 6);
  }
  void label(std::string_view text, int height) {
    if (left_ == label_width) put("<text class=\"lane\" x=\"0\" y=\"{}\">{}</text>", y_ + height / 2 + 5, escape_markup(text));
    else {
      put("<text class=\"lane\" x=\"2\" y=\"{}\">{}</text>", y_ + 12, escape_markup(text));
      y_ += 16;
    }
  }
  void lane(std::string_view name, const std::function<void(int middle)>& draw_lane) {
    label(name, lane_height);
    put("<line class=\"rule\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>", left_, width_ - 2, y_ + lane_height / 2);
    draw_lane(y_ + lane_height / 2);
    y_ += lane_height;
  }
  void dot(std::string_view what, Timestamp at, int middle, std::string_view title, int radius = 5) {
    put("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{}\" r=\"{}\"><title>{}</title></circle>", what, x(at), middle, radius,
        escape_markup(title));
  }
  void tick(std::string_view what, Timestamp at, int middle, int half, std::string_view title) {
    put("<line class=\"{0}\" x1=\"{1:.1f}\" x2=\"{1:.1f}\" y1=\"{2}\" y2=\"{3}\"><title>{4}</title></line>", what, x(at), middle - half,
        middle + half, escape_markup(title));
  }
  void note(Timestamp at, int baseline, std::string_view text) {
    const auto where = x(at);
    const bool right = where > width_ * 0.7;
    put("<text class=\"note\" x=\"{:.1f}\" y=\"{}\"{}>{}</text>", right ? where - 5 : where + 5, baseline,
        right ? " text-anchor=\"end\"" : "", escape_markup(text));
  }
  template <typename T, typename F>
  void each(F use) {
    for (const auto& fact : seen_.facts)
      if (const auto* body = std::get_if<T>(&fact.body)) use(*body, fact.at.wall);
  }

  // ---- lanes
  void lanes() {
    lane("Attack", [&](int middle) { attack(middle); });
    lane("Decisions", [&](int middle) { decisions(middle); });
    lane("Gate", [&](int middle) { gate(middle); });
    lane("Outside", [&](int middle) { outside(middle); });
    lane("Way back", [&](int middle) { way_back(middle); });
    y_ += 8;
  }
  // Attempts come by the thousand: one hollow mark for each few pixels in which there were some.
  void attack(int middle) {
    double drawn = -10;
    auto requests = seen_.requests | std::views::filter([&](const Request& r) {
                      return (r.who == Who::attempt || r.who == Who::attack) && r.sent >= began_;
                    });
    std::vector<Timestamp> times;
    for (const auto& request : requests) times.push_back(request.sent);
    std::ranges::sort(times);
    for (const auto at : times) {
      if (x(at) < drawn + 9) continue;
      drawn = x(at);
      dot("attempt", at, middle, "attempts", 3);
    }
    drawn = -10;
    auto effects = seen_.effects;
    std::ranges::sort(effects, {}, &Effect::at);
    for (const auto& effect : effects) {
      if (x(effect.at) < drawn + 2) continue;
      drawn = x(effect.at);
      dot("effect", effect.at, middle, effect.wiped ? "data overwritten" : "script planted", 6);
    }
    if (!effects.empty()) note(effects.back().at, middle - 8, "web shell, implant, wiper");
  }
  void decisions(int middle) {
    each<fact::Guarded>([&](const auto& fact, Timestamp at) { tick("guard", at, middle, 7, "guards " + fact.service.str()); });
    each<fact::Closed>([&](const auto& fact, Timestamp at) { tick("close", at, middle, 11, "closes " + fact.service.str()); });
    each<fact::Verified>([&](const auto& fact, Timestamp at) { tick("verify", at, middle, 9, fact.service.str() + " verified"); });
    each<fact::Opened>([&](const auto& fact, Timestamp at) { tick("reopen", at, middle, 11, "opens " + fact.service.str()); });
    if (!score_.closures.empty()) note(score_.closures.back().closed, middle - 8, fmt::format("{} closed", score_.closures.size()));
  }
  void gate(int middle) {
    for (const auto& closure : score_.closures) {
      if (closure.acknowledged)
        tick("close", *closure.acknowledged, middle, 11,
             fmt::format("{} ms from order to acknowledgement", std::round(seconds(*closure.acknowledged - closure.closed) * 10000) / 10));
      for (const auto& trial : closure.trials) tick("trial-tick", trial.from, middle, 8, fmt::format("{} % let in", trial.share));
      if (closure.open_acknowledged) tick("reopen", *closure.open_acknowledged, middle, 11, "open to all");
    }
    if (!score_.closures.empty())
      note(score_.closures.back().closed, middle - 8,
           fmt::format("first refusal {} ms after the order", score_.figures.order_to_refused_ms));
  }
  // Onset intervals as brackets: last good answer to first bad one.
  void outside(int middle) {
    int level = 0;
    each<fact::BeliefChanged>([&](const auto& fact, Timestamp) {
      if (fact.belief.seen != Seen::down || fact.belief.first_bad < began_) return;
      const auto from = x(fact.belief.last_good), to = std::max(x(fact.belief.first_bad), from + 3);
      const auto line = middle - 10 + (level++ % 5) * 5;
      put("<path class=\"bracket\" d=\"M{0:.1f} {2}v4h{1:.1f}v-4\"><title>{3} seen down</title></path>", from, to - from, line,
          escape_markup(fact.belief.service.str()));
    });
    if (level > 0 && !score_.closures.empty())
      note(score_.closures.back().closed + 200ms, middle + 5, fmt::format("  {} onsets seen", level));
  }
  void way_back(int middle) {
    each<fact::Inspected>([&](const auto& fact, Timestamp) {
      put("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"7\" height=\"7\" transform=\"rotate(45 {:.1f} {})\"><title>{}</title></rect>",
          fact.report.clean ? "clean" : "unclean", x(fact.report.finished.wall) - 3.5, middle - (fact.report.clean ? 10 : 20) + 1.5,
          x(fact.report.finished.wall), middle - (fact.report.clean ? 5 : 15),
          escape_markup(fact.report.system.str() + (fact.report.clean ? " clean" : " not clean")));
    });
    each<fact::Proved>([&](const auto& fact, Timestamp) {
      const auto from = x(fact.proof.started.wall);
      put("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"4\"><title>{}</title></rect>",
          fact.proof.passed ? "proof" : "unproved", from, middle - 2, std::max(2.0, x(fact.proof.finished.wall) - from),
          escape_markup(fact.proof.dataset.str() + (fact.proof.passed ? " proved" : " not proved")));
    });
    each<fact::Approved>([&](const auto& fact, Timestamp at) {
      dot("approval", at, middle + 9, fact.approval.person.str() + " signs for " + fact.approval.service.str(), 4);
    });
  }

  // ---- services
  void bars() {
    auto all = bars_of(seen_, began_);
    std::ranges::stable_sort(all, std::greater{}, [](const ServiceBar& bar) {
      return bar.was_closed() ? 2 : bar.segments.size() > 1 ? 1 : 0;
    });
    const auto shown = all.size() <= bars_most
                           ? all.size()
                           : std::min<std::size_t>(bars_most, static_cast<std::size_t>(std::ranges::count_if(
                                                                  all, [](const ServiceBar& bar) { return bar.segments.size() > 1; })));
    for (const auto& bar : all | std::views::take(shown)) draw_bar(bar);
    if (shown < all.size()) {
      label(fmt::format("{} more services", all.size() - shown), bar_height);
      const auto calm = std::ranges::count_if(all | std::views::drop(shown), [](const ServiceBar& bar) { return !bar.was_closed(); });
      put("<text class=\"note\" x=\"{}\" y=\"{}\">● {} of them open throughout</text>", left_, y_ + 13, calm);
      y_ += bar_height + bar_gap;
    }
  }
  void draw_bar(const ServiceBar& bar) {
    label(seen_.plan.services[bar.service].name, bar_height);
    for (const auto& segment : bar.segments) {
      if (segment.until <= began_) continue;
      const auto from = x(segment.from), to = x(segment.until);
      const auto words = segment.bar == Bar::trial ? fmt::format("{} {} %", shape_of(segment.bar), segment.share)
                                                   : fmt::format("{} {}", shape_of(segment.bar), word_of(segment.bar));
      put("<g><title>{}</title><rect class=\"s-{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>", escape_markup(words),
          word_of(segment.bar), from, y_, std::max(1.0, to - from), bar_height);
      const auto room = to - from;
      if (room > 6.0 * static_cast<double>(word_of(segment.bar).size()) + 24)
        put("<text class=\"state\" x=\"{:.1f}\" y=\"{}\">{}</text>", from + 5, y_ + 13, escape_markup(words));
      else if (room > 14) put("<text class=\"state\" x=\"{:.1f}\" y=\"{}\">{}</text>", from + 2, y_ + 13, shape_of(segment.bar));
      put("</g>");
    }
    y_ += bar_height + bar_gap;
  }
  void axis() {
    const auto total = seconds(end_ - seen_.attack_began);
    const double wanted = width_ < beside_from ? 4 : 9;
    double step = 1;
    for (const double candidate : {2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0})
      if (total / step > wanted) step = candidate;
    put("<line class=\"rule\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>", left_, width_ - 2, y_ + 2);
    for (double at = 0; at <= total; at += step) {
      const auto where = x(seen_.attack_began + std::chrono::microseconds{static_cast<long long>(at * 1e6)});
      put("<line class=\"rule\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>", where, y_ + 2, y_ + 7);
      const bool last = where > width_ - 30;
      put("<text class=\"axis\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{} s</text>", last ? width_ - 2.0 : where, y_ + 19,
          last ? "end" : "middle", at);
    }
    put("<line class=\"begin\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"{1}\"><title>the attack begins</title></line>",
        x(seen_.attack_began), y_ + 2);
    y_ += axis_height;
  }

  const Observed& seen_;
  const Score& score_;
  const int width_, left_;
  const Timestamp began_, end_;
  std::string out_;
  int y_ = 4;
};
}  // namespace

std::string chart(const Observed& observed, const Score& score, int width) { return Picture{observed, score, width}.draw(); }
}  // namespace kulla::drill
