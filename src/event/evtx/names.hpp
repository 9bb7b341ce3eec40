// What the fields of an event are called, by where their element stands.
#pragma once
#include <string_view>
#include <vector>

#include "event/evtx/program.hpp"
#include "event/evtx/text.hpp"

namespace kulla::event::evtx {

class Names {
 public:
  /// Forgets the parts of an event that are not among the known ones.
  void clear() { others_.clear(); }
  /// Where the children of element `name`, itself in `parent`, stand. `name` must last until clear().
  [[nodiscard]] ContextId inside(ContextId parent, std::string_view name);
  /// The field of element `name` in `parent`; empty where `text` has no room.
  [[nodiscard]] std::string_view of_element(ContextId parent, std::string_view name, Text& text) const;
  /// The field of an attribute of that element.
  [[nodiscard]] std::string_view of_attribute(ContextId parent, std::string_view element, std::string_view name, Text& text) const;
  /// Whether this attribute is not a field but names the field of its element: <Data Name="X">.
  [[nodiscard]] static bool names_element(ContextId parent, std::string_view element, std::string_view attribute);

 private:
  std::vector<std::string_view> others_;
};

}  // namespace kulla::event::evtx
