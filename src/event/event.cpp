#include "event/event.hpp"

namespace kulla::event {

std::optional<std::string_view> Event::field(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (key == name) return value;
  return std::nullopt;
}

std::string& Event::scratch() {
  if (scratch_used_ == scratch_.size()) scratch_.push_back(std::make_unique<std::string>());
  auto& text = *scratch_[scratch_used_++];
  text.clear();
  return text;
}

std::string_view Event::own(std::string_view text) { return scratch().append(text); }

void Event::clear() {
  fields_.clear();
  scratch_used_ = 0;
  happened = recorded = seen = {};
  product = category = service = record = {};
  number = 0;
}

}  // namespace kulla::event
