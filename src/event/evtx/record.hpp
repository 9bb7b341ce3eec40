// From one record's BinXML to the fields of an event: walks the compiled templates over the record's values.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "event/evtx/instance.hpp"
#include "event/evtx/templates.hpp"
#include "event/evtx/value.hpp"

namespace kulla::event::evtx {

class RecordReader {
 public:
  /// The records that follow are in this chunk, which must last as long.
  void start(std::string_view chunk);
  /// Adds the fields of the BinXML between `at` and `end`, which last until the next call, and sets the event's times where it has one.
  /// Returns what was wrong first, null where nothing was; fields that could be read are there all the same.
  [[nodiscard]] const char* read(std::size_t at, std::size_t end, Event& event);

 private:
  struct Value {
    std::uint32_t at = 0;
    std::uint16_t size = 0;
    Type type = Type::null;
    bool is_array = false;
    [[nodiscard]] bool is_absent() const;
  };
  /// Of one instance, in values_.
  struct Values {
    std::size_t first = 0, count = 0;
  };
  void fragment(std::size_t at, std::size_t end, ContextId where, bool dependencies);
  void tokens(Cursor cursor, std::size_t end, ContextId where, bool dependencies);
  void instance(Cursor& cursor, std::size_t end, ContextId where);
  void run(const Program& program, Values values);
  void nested(const Op& op);
  void literal(const Op& op, Values values);
  void slot(const Op& op, Values values);
  void mixed(const Op& op, Values values);
  void elements(const Op& op, Values values);
  void add(const Op& op, std::string_view name, Type type, std::string_view value);
  void set_time(Type type, std::string_view value, std::string_view text);
  std::size_t push_values(const Instance& instance, std::size_t end);
  [[nodiscard]] Value value(Values values, std::uint32_t slot) const;
  [[nodiscard]] std::string_view bytes(Value value) const { return chunk_.substr(value.at, value.size); }
  std::string_view name(const Op& op, Values values);
  /// Null where it cannot be written. No optional: its two halves, stored and loaded again as one, cost a fifth of all reading.
  std::string_view text(Type type, std::string_view value);
  void keep(std::string_view literal);
  void keep(Value value);
  template <typename Each>
  void each(Value value, Each&& each);
  bool spend(std::size_t steps);
  void fail(const char* why) { fault_ = fault_ ? fault_ : why; }

  std::string_view chunk_;
  Templates templates_;
  Text text_{5 * chunk_size};  // text is less than five times as long as the bytes it stands for
  std::vector<Value> values_;  // of the instances that are being read, the innermost last
  Event* event_ = nullptr;
  std::size_t depth_ = 0;
  std::size_t steps_left_ = 0, chunk_steps_left_ = 0;  // for this record; for this and those that follow
  const char* fault_ = nullptr;
};

}  // namespace kulla::event::evtx
