// An event: one record from a sensor, read as fields without copying.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "event/field_keys.hpp"

namespace kulla::event {

/// One value of an event. `raw` is what the record holds; text() of the event gives what it means.
struct Field {
  enum class Form : std::uint8_t {
    text,     ///< raw is the value
    escaped,  ///< raw is the inside of a JSON string
    null,     ///< there, without a value
  };
  std::string_view name, raw;
  Form form = Form::text;
  FieldKeys::Key key = FieldKeys::none;  ///< of the name, in Event::keys()
};

/// Views into the line it was read from, or into its own scratch (for values that had to be decoded); valid as long as both.
/// Meant to be reused: clear() keeps all storage, so that reading the next record allocates nothing. One thread's.
class Event {
 public:
  /// In the order of the record; one name may come several times, as in a list.
  [[nodiscard]] std::span<const Field> fields() const { return {fields_.data(), size_}; }
  /// What field number `at` holds; undone the first time it is asked for. Empty for null; as it stands where
  /// an escape is none.
  [[nodiscard]] std::string_view text(std::size_t at) const;
  /// The first field of that name. Linear: for those who ask once.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
  void add(std::string_view name, std::string_view value) { add({name, value, Field::Form::text, FieldKeys::none}); }
  /// An escaped value is the inside of a JSON string; read_padding bytes after it must be readable.
  void add(const Field& field) {
    if (size_ == fields_.size()) fields_.resize(size_ * 2 + 32);
    fields_[size_++] = field;
  }
  /// What Field::key means; kept by clear(). Nothing where the reader numbers no names.
  [[nodiscard]] const std::shared_ptr<const FieldKeys>& keys() const { return keys_; }
  void use(std::shared_ptr<const FieldKeys> keys) { keys_ = std::move(keys); }
  /// An empty string that lives until clear(); its capacity is that of an earlier event.
  std::string& scratch() const;
  /// Keeps `text` until clear().
  std::string_view own(std::string_view text) const;
  void clear();
  Timestamp happened;  ///< when what it tells of began
  Timestamp recorded;  ///< when its sensor wrote it: in order, whatever a client does; what counts over time counts by this
  Timestamp seen;      ///< when it reached us
  /// Sigma's log source of this event: product, category, service; empty where unknown.
  std::string_view product, category, service;
  /// The record as it was read; empty where it has no text form. Keywords are looked for in it; without it, in every value.
  std::string_view record;
  /// Of a JSON record, the text of the object: every value as text stands in it, escaped.
  std::string_view json;
  std::uint64_t number = 0;  ///< within its input, from 1: the line in line formats, else the record; 0 where that means nothing

 private:
  std::vector<Field> fields_;  // size_ of them are the event's
  std::size_t size_ = 0;
  std::shared_ptr<const FieldKeys> keys_;
  mutable std::vector<std::string_view> plain_;  // what escaped fields mean, once asked for
  mutable std::vector<std::unique_ptr<std::string>> scratch_;
  mutable std::size_t scratch_used_ = 0;
};

}  // namespace kulla::event
