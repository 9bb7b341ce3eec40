// Witnesses: signed heads kept where whoever can alter the ledger cannot alter them. Written beside the append, never in its way.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ledger/chain.hpp"

namespace kulla::ledger {

/// Tells one witness the newest head, from a thread of its own. Heads that come faster than `pace` are left out in favour of
/// the newest: the chain binds what lies between. A failed delivery is tried again. The destructor delivers what waits, once.
class WitnessFeed {
 public:
  static constexpr std::chrono::milliseconds pace{250};  ///< at most four lines a second: 100 MB in a day without a pause
  static constexpr std::chrono::seconds patience{10};    ///< for a command

  explicit WitnessFeed(Witness witness);
  ~WitnessFeed();
  WitnessFeed(const WitnessFeed&) = delete;
  WitnessFeed& operator=(const WitnessFeed&) = delete;
  /// Any thread. Does not wait.
  void offer(std::string line);
  /// Why the last delivery failed; empty where it did not.
  [[nodiscard]] std::string problem() const;

 private:
  void work();
  [[nodiscard]] Result<> deliver(const std::string& line) const;
  const Witness witness_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::string> waiting_;
  std::string problem_;
  bool closing_ = false;
  std::thread thread_;
};

/// What a witness file says. Only heads signed by the trusted key are in `heads`; `problem` names the first other line.
struct Testimony {
  std::vector<Head> heads;
  std::string problem;
};
[[nodiscard]] Result<Testimony> read_witness(const std::filesystem::path& file, const PublicKey& trust);
/// The last head in the file that is signed by `trust`, looking at its end only; none where there is no file.
[[nodiscard]] Result<std::optional<Head>> newest_witnessed(const std::filesystem::path& file, const PublicKey& trust);

}  // namespace kulla::ledger
