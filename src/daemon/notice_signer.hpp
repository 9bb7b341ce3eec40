// Keeps the notice pages of closed services signed, on a thread of its own: a gate that does not answer delays nothing else.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/time.hpp"
#include "gate/signed_notices.hpp"

namespace kulla::daemon {

class NoticeSigner {
 public:
  using Closures = std::map<ServiceId, ClosureId>;
  /// `closures`: what is closed now, or nothing where nobody could say; asked on the signer's thread, once a second.
  NoticeSigner(gate::SignedNotices notices, const Clock& clock, std::function<std::optional<Closures>()> closures);
  [[nodiscard]] std::string problem() const;

 private:
  void work(const std::stop_token& stop);
  void look(Moment now);

  gate::SignedNotices notices_;
  const Clock& clock_;
  const std::function<std::optional<Closures>()> closures_;
  Closures signed_;
  std::optional<Ticks> done_at_;
  mutable std::mutex mutex_;
  std::string problem_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kulla::daemon
