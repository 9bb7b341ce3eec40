#include "event/json_record.hpp"

#include <simdjson.h>

#include "event/json.hpp"
#include "event/json_names.hpp"
#include "event/json_text.hpp"

namespace kulla::event {
namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

struct JsonRecord::Work {
  ondemand::parser parser;
  std::shared_ptr<FieldKeys> keys = std::make_shared<FieldKeys>();
  FieldKeys::Key previous = FieldKeys::none;  // at the top of the record
  JsonPlace root{*keys};
  Event* event = nullptr;

  /// A name, as it is or will be in the event's fields.
  struct Name {
    std::string_view text;
    FieldKeys::Key key = FieldKeys::none;
  };
  error_code top(ondemand::object object);
  Name top_name(const char* raw);
  Name new_top_name(const char* raw);
  error_code members(ondemand::object object, JsonPlace& place, int depth);
  error_code elements(ondemand::array array, JsonPlace& place, int depth);
  error_code nested(ondemand::value value, JsonPlace* place, int depth);
  error_code scalar(std::string_view token, Name name);
};

namespace {
/// A token as it stands, without the blanks that may follow it.
std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}
/// simdjson has seen that there is a closing quote.
std::string_view key_text(const char* raw, Event& event) {
  const char* end = raw;
  bool escaped = false;
  for (; *end != '"'; ++end)
    if (*end == '\\') escaped = true, ++end;
  const std::string_view inside{raw, static_cast<std::size_t>(end - raw)};
  if (!escaped) return inside;
  auto& plain = event.scratch();
  return unescape_json(inside, plain) ? std::string_view{plain} : inside;
}
bool has_inside(std::string_view token) { return !token.empty() && (token.front() == '{' || token.front() == '['); }
}  // namespace

inline error_code JsonRecord::Work::scalar(std::string_view token, Name name) {
  if (event->fields().size() >= json_field_limit) return error_code::CAPACITY;
  token = trimmed(token);
  if (token.empty()) return error_code::TAPE_ERROR;
  if (token.front() == 'n') {
    event->add({name.text, {}, Field::Form::null, name.key});
  } else if (token.front() != '"') {
    event->add({name.text, token, Field::Form::text, name.key});
  } else {
    if (token.size() < 2 || token.back() != '"') return error_code::TAPE_ERROR;
    event->add({name.text, token.substr(1, token.size() - 2), Field::Form::escaped, name.key});
  }
  return error_code::SUCCESS;
}

error_code JsonRecord::Work::nested(ondemand::value value, JsonPlace* place, int depth) {
  if (!place) return error_code::CAPACITY;
  if (depth == json_depth_limit) return error_code::DEPTH_ERROR;
  if (value.raw_json_token().front() == '{') {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    return members(object, *place, depth + 1);
  }
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) return error;
  return elements(array, *place, depth + 1);
}

JsonRecord::Work::Name JsonRecord::Work::new_top_name(const char* raw) {
  const auto text = key_text(raw, *event);
  const auto key = keys->intern(text);
  if (key == FieldKeys::none) return {text, key};
  keys->follows(previous, key);
  previous = key;
  return {keys->name(key), key};
}

// Most records have the keys of the one before, in the same order.
inline JsonRecord::Work::Name JsonRecord::Work::top_name(const char* raw) {
  const auto key = keys->expected(previous, raw);
  if (key == FieldKeys::none) return new_top_name(raw);
  previous = key;
  return {keys->name(key), key};
}

error_code JsonRecord::Work::top(ondemand::object object) {
  previous = FieldKeys::none;
  for (auto each : object) {
    ondemand::field field;
    if (const auto error = std::move(each).get(field)) return error;
    const auto name = top_name(field.key().raw());
    const auto token = field.value().raw_json_token();
    const auto error = has_inside(token) ? nested(field.value(), root.child(name.text), 0) : scalar(token, name);
    if (error) return error;
  }
  return error_code::SUCCESS;
}

error_code JsonRecord::Work::members(ondemand::object object, JsonPlace& place, int depth) {
  for (auto each : object) {
    ondemand::field field;
    if (const auto error = std::move(each).get(field)) return error;
    auto* const child = place.child(key_text(field.key().raw(), *event));
    if (!child) return error_code::CAPACITY;
    const auto token = field.value().raw_json_token();
    const auto error = has_inside(token) ? nested(field.value(), child, depth) : scalar(token, {child->name(), child->key()});
    if (error) return error;
  }
  return error_code::SUCCESS;
}

error_code JsonRecord::Work::elements(ondemand::array array, JsonPlace& place, int depth) {
  for (auto each : array) {
    ondemand::value element;
    if (const auto error = std::move(each).get(element)) return error;
    const auto token = element.raw_json_token();
    const auto error = has_inside(token) ? nested(element, &place, depth) : scalar(token, {place.name(), place.key()});
    if (error) return error;
  }
  return error_code::SUCCESS;
}

JsonRecord::JsonRecord() : work_(std::make_unique<Work>()) {}
JsonRecord::~JsonRecord() = default;

std::string_view JsonRecord::read(std::string_view object, Event& event) {
  static_assert(read_padding >= simdjson::SIMDJSON_PADDING);
  work_->event = &event;
  event.json = object;
  if (event.keys() != work_->keys) event.use(work_->keys);
  ondemand::document document;
  ondemand::object top;
  auto error = work_->parser.iterate(object.data(), object.size(), object.size() + read_padding).get(document);
  if (!error) error = document.get_object().get(top);
  if (!error) error = work_->top(top);
  if (!error && document.current_location().error() != error_code::OUT_OF_BOUNDS) error = error_code::TAPE_ERROR;
  if (!error) return {};
  if (error == error_code::INCORRECT_TYPE) return "not a JSON object";
  if (error == error_code::TAPE_ERROR) return "something follows the object, or its structure is broken";
  if (error == error_code::DEPTH_ERROR) return "nested deeper than the limit";
  if (error == error_code::CAPACITY) return "more fields than the limit";
  return simdjson::error_message(error);
}

}  // namespace kulla::event
