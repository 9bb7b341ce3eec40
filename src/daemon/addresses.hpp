// Which address a pseudonym stands for: kept in memory only, for blocking at the gate.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "model/names.hpp"

namespace kulla::daemon {

class Addresses {
 public:
  explicit Addresses(Pseudonyms pseudonyms) : pseudonyms_(pseudonyms) {}
  void remember(const SourceRef& source, const std::string& address) {
    const std::scoped_lock lock{mutex_};
    if (known_.size() < limit) known_.try_emplace(source, address);
  }
  [[nodiscard]] std::optional<std::string> of(const SourceRef& source) const {
    const std::scoped_lock lock{mutex_};
    const auto found = known_.find(source);
    return found == known_.end() ? std::nullopt : std::optional{found->second};
  }
  /// Those blocked before a restart stand in the gate's own source map: the first word of each line.
  void learn_from(const std::filesystem::path& source_map);
  [[nodiscard]] const Pseudonyms& pseudonyms() const { return pseudonyms_; }

 private:
  static constexpr std::size_t limit = 1'000'000;  // about 100 MB; more than that many attackers are not blocked one by one
  const Pseudonyms pseudonyms_;
  mutable std::mutex mutex_;
  std::map<SourceRef, std::string> known_;
};

/// The key of all pseudonyms, made on first use: FOLDER/pseudonym.key, 0600.
[[nodiscard]] Result<Pseudonyms> read_pseudonyms(const std::filesystem::path& folder);

}  // namespace kulla::daemon
