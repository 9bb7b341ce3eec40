// What a template (or a fragment without one) comes to: a flat list of the fields it gives and where their values are.
#pragma once
#include <cstdint>
#include <string_view>

namespace kulla::event::evtx {

/// Where in an event an element stands: what its field is called depends on it.
using ContextId = std::uint16_t;
namespace context {
inline constexpr ContextId document = 0, event = 1, system = 2, event_data = 3, user_data = 4;
inline constexpr ContextId first_other = 5;  ///< from here on: other children of Event, each with its own name
}  // namespace context

inline constexpr std::uint16_t no_slot = 0xFFFF;

/// One piece of a text that is made of several.
struct Part {
  std::string_view text = {};    ///< where `slot` is none
  std::uint16_t slot = no_slot;  ///< the value of this number
};

struct Op {
  enum class Kind : std::uint8_t {
    text,     ///< a field whose value is `text`
    slot,     ///< a field whose value is that of slot `first`; where that is BinXML, its elements, which stand in `context`
    mixed,    ///< a field whose value is made of `count` parts from `first` on
    instance  ///< a template's instance between the offsets `first` and `count`, whose elements stand in `context`
  };
  Kind kind = Kind::text;
  bool is_time = false;               ///< TimeCreated
  std::uint16_t name_slot = no_slot;  ///< the slot that has the field's name, instead of `name`
  ContextId context = context::document;
  std::uint32_t first = 0, count = 0;
  std::string_view name = {}, text = {};
};

/// A range of ops, and what was wrong with the rest; the ops before hold.
struct Program {
  std::uint32_t first = 0, end = 0;
  const char* fault = nullptr;
};

}  // namespace kulla::event::evtx
