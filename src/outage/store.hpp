// What vantages saw, kept for years: a folder that one writer a vantage appends to and anyone reads. Read this first;
// docs/observation-store.md is the byte-exact specification.
//
//   DIR/VANTAGE/targets.json      what it asked, every version with the time from which it holds
//   DIR/VANTAGE/key.pub           who signs this vantage's blocks (and key, 0600, where the store made it)
//   DIR/VANTAGE/DAY.observations  signed, chained blocks of one UTC day
//   DIR/VANTAGE/NUMBER.present    what is not yet in a block, one record an observation
//
// What is kept of an observation: everything, but timings within 5 % and `sent` cut to the millisecond, except on both sides of every
// change of what a target answered, and of the first failures in a row: these are kept to the microsecond.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/keys.hpp"
#include "base/result.hpp"
#include "outage/observation.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

struct StoreOptions {
  std::filesystem::path folder;      ///< made where it is missing
  VantageId vantage;
  std::optional<SecretKey> key{};    ///< signs; none: the store's own, made in the folder
  std::function<void(const std::string&)> say{};  ///< lines for a person ("observations are not stored: No space left"); any thread
};

/// One writer of one vantage's observations. `append` and `flush` on one thread; blocks are made on the store's own.
class Store {
 public:
  /// Code::store_busy where another writes this vantage; Code::bad_key where another key signed it before.
  [[nodiscard]] static Result<Store> open(StoreOptions options);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) = delete;
  ~Store();  ///< what is present is made a block

  /// Returns when the system has it: a process that is killed loses nothing, a machine that loses power at most the last 5 seconds.
  /// Another vantage's, one whose number is not above the newest, or one out of bounds is refused (Code::bad_argument) and counted;
  /// one that cannot be written is lost, counted, and said once; writing is tried again with the next one.
  [[nodiscard]] Result<> append(const Observation& observation);
  /// Waits until the disk has all that was appended and is in no block yet.
  [[nodiscard]] Result<> sync();
  /// Makes a block of what is present, and waits until it is on the disk.
  [[nodiscard]] Result<> flush();
  /// Remembers what is asked; a version is added where it differs from the newest. A damaged targets.json is put aside, and said.
  [[nodiscard]] Result<> set_targets(const std::vector<Target>& targets, Timestamp from);

  /// Any thread: takes away the observations of days before this one, and signs that it did, so that they are not missing. A day stays
  /// while a block of it is newer than one of a day that stays, and the newest always does.
  [[nodiscard]] Result<> retire(Timestamp before);

  [[nodiscard]] const std::filesystem::path& folder() const;  ///< of this vantage
  [[nodiscard]] const SecretKey& key() const;                 ///< that signs
  [[nodiscard]] std::uint64_t newest() const;   ///< number of the newest observation; 0: none
  [[nodiscard]] std::uint64_t refused() const;  ///< replayed, foreign, or out of bounds
  [[nodiscard]] std::uint64_t lost() const;     ///< could not be written

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A part of a store that cannot be read, or cannot be trusted.
struct Damage {
  std::filesystem::path file;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> observations;  ///< how many are lost with it, where that can be told
  std::string what;
};

struct ReadOptions {
  std::filesystem::path folder{};
  std::optional<Timestamp> from{}, to{};  ///< `sent` in [from, to)
  std::set<ServiceId> targets{};          ///< empty: all
  std::optional<PublicKey> trust{};       ///< every vantage's blocks must be signed by it; none: by the vantage's key in the folder
};

/// Reads in the order of `sent`, over all vantages, also while they are written. Holds a few blocks a vantage, however long the history.
class StoreReader {
 public:
  [[nodiscard]] static Result<StoreReader> open(ReadOptions options);
  StoreReader(StoreReader&&) noexcept;
  StoreReader& operator=(StoreReader&&) = delete;
  ~StoreReader();

  /// The next one; nothing at the end.
  [[nodiscard]] std::optional<Observation> next();
  /// What could not be read so far; whole only at the end.
  [[nodiscard]] const std::vector<Damage>& damage() const;
  /// The newest version of each target that was ever asked. Where targets.json is damaged, those that the observations name, with
  /// their usual time from one to the next and nothing else.
  [[nodiscard]] const std::vector<Target>& targets() const;
  [[nodiscard]] std::vector<VantageId> vantages() const;
  /// Of the whole store, whatever was asked for: when the first and the last were sent; nothing where it is empty.
  [[nodiscard]] std::optional<std::pair<Timestamp, Timestamp>> span() const;

 private:
  struct State;
  explicit StoreReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kulla::outage
