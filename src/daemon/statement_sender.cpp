#include "daemon/statement_sender.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace kulla::daemon {
using namespace std::chrono_literals;

StatementSender::StatementSender(Statements& statements, const Clock& clock, Report report, std::vector<notify::Outlet> outlets,
                                 Patience patience)
    : statements_(statements), clock_(clock), report_(std::move(report)), patience_(patience) {
  for (auto& outlet : outlets) ways_.push_back({.outlet = std::move(outlet), .problem = {}});
  if (const auto record = statements_.record(); !record.releases.empty()) durable_ = record.releases.back().mark.fact;
  thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

StatementSender::~StatementSender() {
  thread_.request_stop();
  thread_.join();
}

void StatementSender::publish(std::uint64_t number) {
  {
    const std::scoped_lock lock{mutex_};
    durable_ = std::max(durable_, number);
    woken_ = true;
  }
  wake_.notify_all();
}

json::array StatementSender::state() const {
  const std::scoped_lock lock{mutex_};
  json::array ways;
  for (const auto& way : ways_)
    ways.push_back(json::object{{"channel", way.outlet.name},
                                {"statement", way.statement},
                                {"delivered", way.delivered},
                                {"tries", way.tries},
                                {"problem", way.problem}});
  return ways;
}

bool StatementSender::is_due(const Way& way) const {
  return way.statement > 0 && !way.delivered && way.due <= std::chrono::steady_clock::now();
}

/// A newer release takes the place of what was under way.
void StatementSender::begin(const notify::Record& record) {
  const std::scoped_lock lock{mutex_};
  woken_ = false;
  if (record.releases.empty() || record.releases.back().mark.fact > durable_) return;
  const auto number = record.releases.back().mark.fact;
  for (auto& way : ways_)
    if (way.statement != number) {
      auto outlet = std::move(way.outlet);
      const bool delivered = record.delivered.contains(outlet.name);
      way = {.outlet = std::move(outlet), .statement = number, .delivered = delivered, .problem = {}};
    }
}

/// What holds no longer is not sent, however it was released.
Result<> StatementSender::try_once(const Way& way, const notify::Record& record, const std::stop_token& stop) const {
  if (const auto withdrawn = notify::judge(record).withdrawn; !withdrawn.empty())
    return fail(Code::refused, fmt::format("not sent: \"{}\" holds no longer since fact {}; release a new statement",
                                           withdrawn.front().sentence, withdrawn.front().since));
  if (clock_.now().wall - record.releases.back().mark.at > patience_.whole)
    return fail(Code::timed_out, "given up: the statement is over a day old; release a new one");
  const auto& settings = statements_.settings();
  return way.outlet.send({record, settings.languages, settings.zone, settings.outlets, stop});
}

/// Only what it was begun with: a newer release goes out once its fact is on the disk.
void StatementSender::send(Way& way, const notify::Record& record, const std::stop_token& stop) {
  if (record.releases.back().mark.fact != way.statement) {
    const std::scoped_lock lock{mutex_};
    way.due = std::chrono::steady_clock::now() + patience_.first;
    return;
  }
  const auto sent = try_once(way, record, stop);
  if (!sent && sent.error().code == Code::interrupted) return;
  bool is_new = false;
  {
    const std::scoped_lock lock{mutex_};
    ++way.tries;
    way.delivered = sent.has_value();
    const auto problem = sent ? "" : sent.error().message();
    is_new = problem != way.problem;
    way.problem = problem;
    const auto factor = std::int64_t{1} << std::min(way.tries - 1, 20);
    way.due = std::chrono::steady_clock::now() + std::min(patience_.longest, patience_.first * factor);
  }
  if (sent) report_(input::StatementDelivered{way.statement, way.outlet.name, way.tries});
  else if (is_new) spdlog::error("statement {} by {}: {}", way.statement, way.outlet.name, sent.error().message());
}

void StatementSender::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock{mutex_};
      const bool any = std::ranges::any_of(ways_, [this](const Way& way) { return is_due(way); });
      if (!woken_ && !any) wake_.wait_for(lock, stop, std::min<std::chrono::milliseconds>(1s, patience_.first), [this] { return woken_; });
    }
    statements_.settle();  // also where nobody asks, so that what the core hands over does not pile up
    if (stop.stop_requested()) return;
    const bool pending = [this] {
      const std::scoped_lock lock{mutex_};
      return woken_ || std::ranges::any_of(ways_, [this](const Way& way) { return is_due(way); });
    }();
    if (!pending) continue;
    begin(statements_.record());
    for (auto& way : ways_)  // by this thread alone; the lock is for those who look
      if (!stop.stop_requested() && is_due(way)) send(way, statements_.record(), stop);
  }
}
}  // namespace kulla::daemon
