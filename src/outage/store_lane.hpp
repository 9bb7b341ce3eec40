// One vantage's part of a store, read in the order of `sent`.
#pragma once
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "outage/store.hpp"
#include "outage/store_batch.hpp"
#include "outage/store_folder.hpp"

namespace kulla::outage::store {

class Lane {
 public:
  static constexpr std::size_t open_most = 8;  ///< blocks that overlap in time; where more do, the order is as good as these make it

  Lane(VantageId vantage, std::filesystem::path folder) : vantage_(std::move(vantage)), folder_(std::move(folder)) {}
  /// Finds what is there, and what is not.
  [[nodiscard]] Result<> open(const ReadOptions& options, std::vector<Damage>& damage);

  /// When the next one was sent; nothing at the end.
  [[nodiscard]] std::optional<Timestamp> next_sent(const ReadOptions& options, std::vector<Damage>& damage);
  /// The next one, after next_sent said that there is one.
  [[nodiscard]] std::optional<Observation> take();

  [[nodiscard]] const VantageId& vantage() const { return vantage_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::optional<std::pair<Timestamp, Timestamp>> span() const { return span_; }

 private:
  struct Open {
    Batch batch;
    std::vector<bool> wanted;  ///< a text that names a target which is asked for; empty: all
    std::size_t at = 0;
  };
  [[nodiscard]] bool wants(const ReadOptions& options, Timestamp sent) const;
  void tell_gaps(const Chain& chain, bool held, std::vector<Damage>& damage) const;
  void load_next(const ReadOptions& options, std::vector<Damage>& damage);
  [[nodiscard]] std::optional<Open> load(const BlockPlace& place, const ReadOptions& options, std::vector<Damage>& damage);
  [[nodiscard]] bool check(const BlockPlace& place, const ReadBlock& block, std::vector<Damage>& damage);
  [[nodiscard]] const Words& words_of(const std::filesystem::path& file, std::vector<Damage>& damage);
  void skip_unwanted(Open& open, const ReadOptions& options);

  VantageId vantage_;
  std::filesystem::path folder_;
  PublicKey key_;
  Retired retired_;
  std::vector<BlockPlace> blocks_, words_blocks_;  ///< of observations, by the earliest, last first; of words
  std::vector<Open> open_;
  std::vector<Observation> present_;               ///< by `sent`, last first
  std::map<std::filesystem::path, Words> words_;   ///< of the last few files
  std::map<std::uint64_t, Digest> hashes_;         ///< of blocks read, by number
  std::map<std::uint64_t, Digest> befores_;        ///< what a block holds as the hash of the one before it
  std::optional<std::pair<Timestamp, Timestamp>> span_;
  std::optional<std::size_t> chosen_;              ///< of `open_`; open_.size(): the present
};

}  // namespace kulla::outage::store
