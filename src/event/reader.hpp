// Readers: from the bytes of a recording or a live stream to events, record after record. What cannot be read is counted, never fatal.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"

namespace kulla::event {

inline constexpr std::size_t record_limit = std::size_t{16} << 20;  ///< bytes of one record; a longer one is dropped and counted
inline constexpr std::size_t read_padding = 64;                     ///< bytes that may be read (not used) after the end of what is given
inline constexpr std::size_t fault_limit = 20;                      ///< faults that are remembered in words; all are counted

/// What a reader could not use.
struct Losses {
  struct Fault {
    std::uint64_t record = 0;  ///< as Event::number, of the record or of the one that would have come
    std::string why;
  };
  std::uint64_t records = 0;  ///< records that were not readable, wholly or in part
  std::uint64_t bytes = 0;    ///< skipped
  std::vector<Fault> faults;  ///< the first of them
  void add(std::uint64_t record, std::uint64_t skipped, std::string_view why);
  /// Appends those of a later piece of the same input, whose first record has `before` records before it.
  void append(const Losses& later, std::uint64_t before);
};

/// One input's reader; one thread owns it.
class Reader {
 public:
  /// The event, and what its fields point to, last until it returns.
  using OnRecord = std::function<void(const Event& event)>;
  virtual ~Reader() = default;
  /// Takes the next bytes, however they are cut, and hands on each record that is whole; keeps the rest. `last`: nothing follows.
  /// read_padding bytes after `bytes` must be readable.
  virtual void read(std::string_view bytes, bool last, const OnRecord& on_record) = 0;
  [[nodiscard]] virtual const Losses& losses() const = 0;
  /// The number of the last record, or of the last line in line formats: where a following piece's numbers go on.
  [[nodiscard]] virtual std::uint64_t last_number() const = 0;
};

}  // namespace kulla::event
