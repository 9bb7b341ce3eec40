// The signature on the notice page of each closed service, so that whoever meets the page from outside can tell ours from another's
// (model/notice.hpp). It is short-lived, and made anew as long as the service is closed: a page that somebody saved grows old.
#pragma once
#include <map>
#include <string>

#include "base/keys.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/command_socket.hpp"
#include "gate/settings.hpp"

namespace kulla::gate {

class SignedNotices {
 public:
  SignedNotices(const Settings& settings, SecretKey key);
  /// Signs for each of these, for `notice_life` from now, and takes away what is signed for another: the map's file first, then the
  /// worker that takes new connections. An error says what could not be done; the pages then go without a signature, or with an old one.
  [[nodiscard]] Result<> refresh(const std::map<ServiceId, ClosureId>& closed, Timestamp now);

 private:
  Result<> set_live(const std::map<ServiceId, std::string>& values);

  const std::filesystem::path map_;
  const SecretKey key_;
  CommandSocket runtime_;
};

}  // namespace kulla::gate
