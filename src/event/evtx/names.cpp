#include "event/evtx/names.hpp"

#include <algorithm>
#include <initializer_list>

namespace kulla::event::evtx {
namespace {
constexpr std::size_t others_limit = 32;  // kinds of children of Event beside the known ones; Windows has two

std::string_view joined(std::initializer_list<std::string_view> words, Text& text) {
  std::size_t size = 0;
  for (const auto word : words) size += word.size() + 1;
  char* out = text.room(size);
  if (!out) return {};
  for (const auto word : words) {
    if (word.empty()) continue;
    out = std::copy(word.begin(), word.end(), out);
    *out++ = '_';
  }
  return text.keep(out - 1);
}
}  // namespace

ContextId Names::inside(ContextId parent, std::string_view name) {
  if (parent == context::document && name == "Event") return context::event;
  if (parent != context::document && parent != context::event) return parent;
  if (name == "System") return context::system;
  if (name == "EventData") return context::event_data;
  if (name == "UserData") return context::user_data;
  const auto known = std::find(others_.begin(), others_.end(), name);
  const auto id = static_cast<ContextId>(context::first_other + (known - others_.begin()));
  if (known == others_.end()) {
    if (others_.size() == others_limit) return static_cast<ContextId>(id - 1);
    others_.push_back(name);
  }
  return id;
}

std::string_view Names::of_element(ContextId parent, std::string_view name, Text& text) const {
  return parent < context::first_other ? name : joined({others_[parent - context::first_other], name}, text);
}

std::string_view Names::of_attribute(ContextId parent, std::string_view element, std::string_view name, Text& text) const {
  if (parent == context::system && element == "TimeCreated" && name == "SystemTime") return element;
  if (parent < context::first_other) return joined({element, name}, text);
  return joined({others_[parent - context::first_other], element, name}, text);
}

bool Names::names_element(ContextId parent, std::string_view element, std::string_view attribute) {
  return parent == context::event_data && attribute == "Name" && (element == "Data" || element == "ComplexData");
}

}  // namespace kulla::event::evtx
