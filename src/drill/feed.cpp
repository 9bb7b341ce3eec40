#include "drill/feed.hpp"

#include "daemon/control.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono_literals;
constexpr auto reconnect_pause = 50ms;

bool is_notable(const Fact& fact) {
  if (const auto* alerted = std::get_if<fact::Alerted>(&fact.body)) return alerted->effect;
  return !std::holds_alternative<fact::SourceBlocked>(fact.body) && !std::holds_alternative<fact::SourceUnblocked>(fact.body);
}
}  // namespace

Feed::Feed(std::filesystem::path control, std::function<void(const Fact&)> hear)
    : control_(std::move(control)), hear_(std::move(hear)), thread_([this] { follow(); }) {}

void Feed::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Feed::follow() {
  for (; !stop_; std::this_thread::sleep_for(reconnect_pause)) {  // a daemon that was killed comes back; its facts go on where they ended
    auto client = daemon::ControlClient::connect(control_);
    if (client) (void)client->follow(next_, [this](const json::object& line) { return take(line); });
  }
}

bool Feed::take(const json::object& line) {
  const auto* number = line.if_contains("number");
  const auto* body = line.if_contains("fact");
  if (!number || !body || !number->is_int64() || static_cast<std::uint64_t>(number->get_int64()) < next_) return !stop_;
  next_ = static_cast<std::uint64_t>(number->get_int64()) + 1;
  auto fact = fact_from_json(*body);
  if (!fact) return !stop_;
  attempts_ += std::holds_alternative<fact::Alerted>(fact->body);
  if (!is_notable(*fact)) return !stop_;
  if (hear_) hear_(*fact);
  const std::scoped_lock lock{mutex_};
  facts_.push_back(std::move(*fact));
  changed_.notify_all();
  return !stop_;
}

bool Feed::wait(const std::function<bool(const Facts&)>& holds, std::chrono::milliseconds patience, const std::function<bool()>& stopped) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock{mutex_};
  for (std::size_t seen = facts_.size() + 1;;) {
    if (seen != facts_.size() && holds(facts_)) return true;
    seen = facts_.size();
    if (stopped() || std::chrono::steady_clock::now() >= end) return false;
    changed_.wait_for(lock, 100ms);
  }
}
}  // namespace kulla::drill
