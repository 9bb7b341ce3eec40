#include "daemon/notice_signer.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>

#include "model/notice.hpp"

namespace kulla::daemon {
namespace {
constexpr auto look_every = std::chrono::seconds{1};
constexpr auto sign_anew_after = std::chrono::minutes{2};
static_assert(sign_anew_after * 3 < notice_life, "a signature outlives two that could not be made");
}  // namespace

NoticeSigner::NoticeSigner(gate::SignedNotices notices, const Clock& clock, std::function<std::optional<Closures>()> closures)
    : notices_(std::move(notices)),
      clock_(clock),
      closures_(std::move(closures)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

std::string NoticeSigner::problem() const {
  const std::scoped_lock lock{mutex_};
  return problem_;
}

void NoticeSigner::work(const std::stop_token& stop) {
  std::mutex waiting;
  std::condition_variable_any woken;
  for (std::unique_lock lock{waiting}; !stop.stop_requested(); woken.wait_for(lock, stop, look_every, [] { return false; }))
    look(clock_.now());
}

void NoticeSigner::look(Moment now) {
  const auto closed = closures_();
  if (!closed) return;
  if (done_at_ && *closed == signed_ && now.mono - *done_at_ < sign_anew_after) return;
  const auto done = notices_.refresh(*closed, now.wall);
  if (done) signed_ = *closed, done_at_ = now.mono;
  const std::scoped_lock lock{mutex_};
  if (auto now_wrong = done ? std::string{} : done.error().message(); now_wrong != std::exchange(problem_, now_wrong) && !done)
    spdlog::warn("the notice pages could not be signed: {}", problem_);
}
}  // namespace kulla::daemon
