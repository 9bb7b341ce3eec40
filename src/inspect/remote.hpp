// Inspection of another machine, over ssh: `kulla-inspect` runs there and answers. What it says is what that machine lets it see; its
// baseline and the keys stay here.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "inspect/inspect.hpp"

namespace kulla::inspect {

struct Remote {
  std::string destination;                ///< as ssh takes it: HOST, USER@HOST, or a name of ~/.ssh/config
  std::filesystem::path root = "/";
  bool copy = false;                      ///< kulla-inspect is not installed there: it is copied over, and removed afterwards
  std::vector<std::string> ssh = {"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15"};
  std::chrono::milliseconds silence = std::chrono::seconds{60};  ///< a machine that says nothing for so long is given up,
  std::chrono::milliseconds idle = std::chrono::minutes{10};     ///< and one that lives, and does not get on
  std::chrono::milliseconds longest = std::chrono::hours{12};    ///< and one that never ends
};

/// As `check`. The report's times are ours.
[[nodiscard]] Result<Outcome> check_remote(const Remote& remote, const SystemId& system, const std::filesystem::path& baseline,
                                           const std::vector<PublicKey>& trusted, const Clock& clock, const Options& options = {});
/// As `take_baseline`: recorded there, signed here.
[[nodiscard]] Result<Taken> take_remote_baseline(const Remote& remote, const SystemId& system, const std::filesystem::path& file,
                                                 const SecretKey& key, const Clock& clock, const Options& options = {});

/// What `kulla-inspect` does there: takes an order on standard input, answers on standard output. A copy removes itself. Returns an exit
/// code.
int serve_remote(bool is_copy);

}  // namespace kulla::inspect
