#include "daemon/status_writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace kulla::daemon {
namespace {
// What changes together, as a hundred services that close, is written together; what goes on changing, once a second: each time the core is
// asked about every service.
constexpr std::chrono::milliseconds gather{250}, apart{1000};
}  // namespace

StatusWriter::StatusWriter(serve::StatusSite site, std::chrono::milliseconds every, Source source)
    : site_(std::move(site)), every_(every), source_(std::move(source)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

void StatusWriter::nudge() {
  {
    const std::scoped_lock lock{mutex_};
    nudged_ = true;
  }
  woken_.notify_one();
}
StatusWriter::Health StatusWriter::health() const {
  const std::scoped_lock lock{mutex_};
  return health_;
}

void StatusWriter::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto began = std::chrono::steady_clock::now();
    write();
    std::unique_lock lock{mutex_};
    if (woken_.wait_for(lock, stop, every_, [this] { return nudged_; }))
      woken_.wait_until(lock, stop, std::max(std::chrono::steady_clock::now() + gather, began + apart), [] { return false; });
    nudged_ = false;
  }
}

void StatusWriter::write() {
  const auto picture = source_();
  const auto done = picture ? site_.write(*picture) : Result<serve::Written>{fail(Code::timed_out, "the core did not say what to write")};
  const std::scoped_lock lock{mutex_};
  auto problem = done ? "" : done.error().message();
  if (problem != health_.problem) {
    if (done) spdlog::info("the status page is written again");
    else spdlog::error("the status page is not written: {}", problem);
  }
  health_.problem = std::move(problem);
  if (done) health_.written = picture->time, health_.files = done->of;
}
}  // namespace kulla::daemon
