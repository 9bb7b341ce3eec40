// Makes a vantage's blocks and appends them to the file of their day. One thread.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "outage/store.hpp"
#include "outage/store_folder.hpp"
#include "outage/store_row.hpp"

namespace kulla::outage::store {

/// Which observations are kept to the microsecond: both sides of a change of what a target answers, and the first failures in a row.
class Exactness {
 public:
  static constexpr int first_failures = 16;  // the burst that confirms an outage is over by then
  [[nodiscard]] std::vector<bool> of(std::span<const Observation> observations);

 private:
  struct Last {
    Layer failed = Layer::none;
    NoticeSeen notice = NoticeSeen::none;
    int status = 0, failures = 0;
    std::optional<std::size_t> index{};  ///< in this block
  };
  std::map<ServiceId, Last> last_;
};

class Maker {
 public:
  /// Finds the chain's end, the key, and what a torn write left. The folder is locked by the caller.
  [[nodiscard]] static Result<std::unique_ptr<Maker>> open(const std::filesystem::path& vantage_folder, const StoreOptions& options);
  /// One block, on the disk when this returns; where not, the file is as it was, and the same may be tried again.
  [[nodiscard]] Result<> make(std::span<const Observation> observations);
  [[nodiscard]] std::uint64_t newest() const { return newest_; }
  [[nodiscard]] const SecretKey& key() const { return key_; }

 private:
  Maker(std::filesystem::path folder, VantageId vantage, SecretKey key)
      : folder_(std::move(folder)), vantage_(std::move(vantage)), key_(std::move(key)) {}
  [[nodiscard]] Result<> find_end(const StoreOptions& options);
  [[nodiscard]] Result<> clear_torn(const std::filesystem::path& file, const Rubble& rubble, const StoreOptions& options) const;
  [[nodiscard]] Result<> turn_to(const std::filesystem::path& file);
  [[nodiscard]] std::string add_block(BlockHeader header, std::string_view payload);

  std::filesystem::path folder_;
  VantageId vantage_;
  SecretKey key_;
  std::uint64_t newest_ = 0;

  std::uint64_t next_number_ = 1, total_ = 0;
  Digest before_;
  std::filesystem::path file_;             ///< of the day that `words_` is of
  Words words_;
  std::size_t words_written_ = 0;
  std::uint64_t bytes_since_words_ = 0;    ///< written since all words were
  Exactness exactness_;
};

}  // namespace kulla::outage::store
