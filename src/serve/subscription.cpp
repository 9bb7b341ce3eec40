#include "serve/subscription.hpp"

#include "base/result.hpp"

namespace kulla::serve {

bool Subscription::push(EventText event) {
  KULLA_ASSERT(event);
  const std::scoped_lock lock{mutex_};
  if (closed_) return false;
  if (waiting_ + event->size() > limit_) {
    closed_ = too_slow_ = true;
    events_.clear();
  } else {
    waiting_ += event->size();
    events_.push_back(std::move(event));
  }
  if (wake_) wake_();
  return !closed_;
}

EventText Subscription::pop() {
  const std::scoped_lock lock{mutex_};
  if (events_.empty()) return {};
  auto event = std::move(events_.front());
  events_.pop_front();
  waiting_ -= event->size();
  return event;
}

void Subscription::close() {
  const std::scoped_lock lock{mutex_};
  closed_ = true;
  if (wake_) wake_();
}

bool Subscription::closed() const {
  const std::scoped_lock lock{mutex_};
  return closed_;
}
bool Subscription::too_slow() const {
  const std::scoped_lock lock{mutex_};
  return too_slow_;
}

void Subscription::on_news(std::function<void()> wake) {
  const std::scoped_lock lock{mutex_};
  wake_ = std::move(wake);
}

}  // namespace kulla::serve
