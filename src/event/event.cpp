#include "event/event.hpp"

#include "event/json_text.hpp"

namespace kulla::event {

std::string_view Event::text(std::size_t at) const {
  const auto& field = fields_[at];
  if (field.form != Field::Form::escaped || field.raw.find('\\') == std::string_view::npos) return field.raw;
  if (plain_.size() <= at) plain_.resize(size_);
  auto& plain = plain_[at];
  if (plain.data() == nullptr) {
    auto& text = scratch();
    plain = unescape_json(field.raw, text) ? std::string_view{text} : field.raw;
  }
  return plain;
}

std::optional<std::string_view> Event::field(std::string_view name) const {
  for (std::size_t at = 0; at < size_; ++at)
    if (fields_[at].name == name && fields_[at].form != Field::Form::null) return text(at);
  return std::nullopt;
}

std::string& Event::scratch() const {
  if (scratch_used_ == scratch_.size()) scratch_.push_back(std::make_unique<std::string>());
  auto& text = *scratch_[scratch_used_++];
  text.clear();
  return text;
}

std::string_view Event::own(std::string_view text) const { return scratch().append(text); }

void Event::clear() {
  size_ = 0;
  plain_.clear();
  scratch_used_ = 0;
  happened = recorded = seen = {};
  product = category = service = record = json = {};
  number = 0;
}

}  // namespace kulla::event
