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
  JsonPlace root;
  Event* event = nullptr;

  error_code members(ondemand::object object, JsonPlace& place, int depth);
  error_code elements(ondemand::array array, JsonPlace& place, int depth);
  error_code value(ondemand::value& value, std::string_view token, std::string_view name, JsonPlace* place, int depth);
  error_code member(ondemand::field& field, JsonPlace& place, int depth);
  error_code string(std::string_view name, std::string_view token);
  error_code nested(ondemand::value& value, char first, JsonPlace* place, int depth);
};

namespace {
/// A token as it stands, without the blanks that may follow it.
std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

std::string_view key_of(ondemand::field& field, Event& event) {
  const char* const start = field.key().raw();
  const char* end = start;
  bool escaped = false;
  for (; *end != '"'; ++end)
    if (*end == '\\') escaped = true, ++end;
  const std::string_view raw{start, static_cast<std::size_t>(end - start)};
  if (!escaped) return raw;
  auto& plain = event.scratch();
  return unescape_json(raw, plain) ? std::string_view{plain} : raw;
}
bool has_inside(char first) { return first == '{' || first == '['; }
}  // namespace

error_code JsonRecord::Work::value(ondemand::value& value, std::string_view token, std::string_view name, JsonPlace* place, int depth) {
  if (event->fields().size() >= json_field_limit) return error_code::CAPACITY;
  const char first = token.empty() ? '\0' : token.front();
  if (first == '"') return string(name, trimmed(token));
  if (has_inside(first)) return nested(value, first, place, depth);
  if (first == 'n') event->add_null(name);
  else event->add(name, trimmed(token));
  return error_code::SUCCESS;
}

error_code JsonRecord::Work::string(std::string_view name, std::string_view token) {
  if (token.size() < 2 || token.back() != '"') return error_code::TAPE_ERROR;
  event->add_escaped(name, token.substr(1, token.size() - 2));
  return error_code::SUCCESS;
}

error_code JsonRecord::Work::nested(ondemand::value& value, char first, JsonPlace* place, int depth) {
  if (depth == json_depth_limit) return error_code::DEPTH_ERROR;
  if (!place) return error_code::CAPACITY;
  if (first == '{') {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    return members(object, *place, depth + 1);
  }
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) return error;
  return elements(array, *place, depth + 1);
}

error_code JsonRecord::Work::member(ondemand::field& field, JsonPlace& place, int depth) {
  const auto key = key_of(field, *event);
  auto& inside = field.value();
  const auto token = inside.raw_json_token();
  if (&place != &root) {
    auto* const child = place.child(key);
    return child ? value(inside, token, child->name(), child, depth) : error_code::CAPACITY;
  }
  return value(inside, token, key, !token.empty() && has_inside(token.front()) ? root.child(key) : nullptr, depth);
}

error_code JsonRecord::Work::members(ondemand::object object, JsonPlace& place, int depth) {
  for (auto each : object) {
    ondemand::field field;
    if (const auto error = std::move(each).get(field)) return error;
    if (const auto error = member(field, place, depth)) return error;
  }
  return error_code::SUCCESS;
}

error_code JsonRecord::Work::elements(ondemand::array array, JsonPlace& place, int depth) {
  for (auto each : array) {
    ondemand::value element;
    if (const auto error = std::move(each).get(element)) return error;
    if (const auto error = value(element, element.raw_json_token(), place.name(), &place, depth)) return error;
  }
  return error_code::SUCCESS;
}

JsonRecord::JsonRecord() : work_(std::make_unique<Work>()) {}
JsonRecord::~JsonRecord() = default;

std::string_view JsonRecord::read(std::string_view object, Event& event) {
  static_assert(read_padding >= simdjson::SIMDJSON_PADDING);
  work_->event = &event;
  event.json = object;
  ondemand::document document;
  ondemand::object top;
  auto error = work_->parser.iterate(object.data(), object.size(), object.size() + read_padding).get(document);
  if (!error) error = document.get_object().get(top);
  if (!error) error = work_->members(top, work_->root, 0);
  if (!error && document.current_location().error() != error_code::OUT_OF_BOUNDS) error = error_code::TAPE_ERROR;
  if (!error) return {};
  if (error == error_code::INCORRECT_TYPE) return "not a JSON object";
  if (error == error_code::TAPE_ERROR) return "something follows the object, or its structure is broken";
  if (error == error_code::DEPTH_ERROR) return "nested deeper than the limit";
  if (error == error_code::CAPACITY) return "more fields than the limit";
  return simdjson::error_message(error);
}

}  // namespace kulla::event
