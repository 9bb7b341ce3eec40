// Evidence: what alerts were made from, stored once, outside the ledger, encrypted with a key a day, bound by its hash.
// Destroying a day's key erases that day's evidence, and the ledger still verifies.
//   FOLDER/2022-07-15.key       32 bytes, 0600
//   FOLDER/2022-07-15.evidence  a line each: SHA-256 of 16 random bytes and the text (so that no text can be guessed from it), space, XChaCha20-Poly1305
//   secretbox (nonce, then box) of the same, in hexadecimal
#pragma once
#include <filesystem>
#include <string>
#include <thread>

#include "base/hash.hpp"
#include "base/queue.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace kulla::daemon {

class EvidenceStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<EvidenceStore>> open(std::filesystem::path folder);
  ~EvidenceStore();
  EvidenceStore(const EvidenceStore&) = delete;

  /// Returns the hash at once; the text is written by a thread of its own. What finds no room is counted.
  Digest put(std::string text, Timestamp at);
  [[nodiscard]] std::uint64_t lost() const { return lost_ + queue_.dropped(); }
  /// The text again, while its day's key exists. Code::not_found otherwise.
  [[nodiscard]] static Result<std::string> find(const std::filesystem::path& folder, const Digest& hash);

 private:
  explicit EvidenceStore(std::filesystem::path folder);
  struct Item {
    std::string text;
    Digest hash;
    Timestamp at;
  };
  void work();
  Result<> write(const Item& item);

  static constexpr std::size_t waiting_limit = 10'000;
  static constexpr std::size_t text_limit = 16'384;  // a longer text is cut before it is hashed
  const std::filesystem::path folder_;
  BoundedQueue<Item> queue_{waiting_limit};
  std::atomic<std::uint64_t> lost_ = 0;
  std::thread thread_;
};

}  // namespace kulla::daemon
