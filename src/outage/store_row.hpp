// An observation as the store holds it: what varies with each, and texts for what rarely changes.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outage/observation.hpp"
#include "outage/store_bytes.hpp"

namespace kulla::outage::store {

constexpr std::size_t phase_count = 4;
constexpr std::int64_t latest_micros = 253'402'300'799'999'999;  // the end of 9999, as in base/time.hpp
constexpr std::size_t text_most = 1024;                           // bytes of one text; a line of an observation is 4096 at most

/// What was seen, but for numbers, times, address and body; as bytes, so that equal ones are one word.
struct Answer {
  Layer failed = Layer::none;
  NoticeSeen notice = NoticeSeen::none;
  int status = 0;
  std::optional<std::string> closure, detail;
  std::optional<Timestamp> certificate_ends;
};
[[nodiscard]] std::string answer_bytes(const Observation& observation);
[[nodiscard]] std::optional<Answer> read_answer(std::string_view bytes);

[[nodiscard]] constexpr std::array<std::int64_t, phase_count> phases_of(const Phases& phases) {
  return {phases.resolve_us, phases.connect_us, phases.tls_us, phases.first_byte_us};
}
[[nodiscard]] constexpr std::int64_t micros_of(Timestamp time) { return time.time_since_epoch().count(); }

/// Within what can be stored and read again: times of 1970 to 9999, durations of 0 to 2^53, texts of at most 1 KiB.
[[nodiscard]] bool storable(const Observation& observation);

/// The texts of one day, each with a number, in the order in which they were first needed.
class Words {
 public:
  static constexpr std::size_t most = 1'000'000, bytes_most = std::size_t{64} << 20;  // what comes beyond is written where it is used
  static constexpr std::size_t reach_most = std::size_t{1} << 22;                     // of an index that a block may speak of

  /// Its index; adds it where it is new and there is room.
  std::optional<std::uint64_t> add(std::string_view text);
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view text) const;
  /// Read from a block: at this index. False where that is out of bounds.
  bool set(std::uint64_t index, std::string_view text);
  [[nodiscard]] const std::string* at(std::uint64_t index) const;
  /// Up to and with this index, all are taken, whether they could be read or not.
  void reach(std::uint64_t index);
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// A words block's payload: those from `first` on.
  [[nodiscard]] std::string payload(std::size_t first) const;
  /// Reads one; false where it is damaged.
  bool read(std::string_view payload);

 private:
  std::vector<std::optional<std::string>> texts_;
  std::map<std::string, std::uint64_t, std::less<>> index_;
  std::size_t bytes_ = 0;
};

/// One record of the present: everything, as it is.
void put_record(std::string& to, const Observation& observation);
/// Nothing where the record is damaged or not whole; then `read` is spent.
[[nodiscard]] std::optional<Observation> read_record(ByteReader& read, const VantageId& vantage);

}  // namespace kulla::outage::store
