// What the server itself asks for of another one, over HTTPS (libcurl): an identity provider's documents and tokens. Worker threads.
#pragma once
#include <map>
#include <string>

#include "base/result.hpp"

namespace kulla::serve {

struct Fetch {
  std::string url;
  std::map<std::string, std::string> form = {};  ///< sent by POST, where there is one
  std::string user = {}, password = {};          ///< HTTP Basic, where there is a user
  bool plain = false;                            ///< http:// too; for a provider on this machine
};
/// The body of a 200, at most 1 MiB, within 10 s; no redirect is followed. Code::io or Code::timed_out; Code::refused for another status.
[[nodiscard]] Result<std::string> fetch(const Fetch& what);

}  // namespace kulla::serve
