// Templates may refer to each other and to themselves, and a value may be used many times: depth, steps and text are counted.
#include "event/evtx/record.hpp"

#include <algorithm>
#include <utility>

namespace kulla::event::evtx {
namespace {
constexpr std::size_t depth_limit = 16;      // instances and fragments within each other; Windows has two of each
// Steps: fields, values and parts, and 16 bytes of text each. 64 KiB hold at most 16 Ki values, or 64 Ki of an array's.
constexpr std::size_t record_steps_limit = chunk_size, chunk_steps_limit = 16 * chunk_size, bytes_a_step = 16;
constexpr const char* too_much_work = "more fields than fit into a record, or into its chunk";
constexpr const char* too_much_text = "more text than fits into a record";
constexpr char head_token = 0x0F, instance_token = 0x0C, end_token = 0x00;
}  // namespace

void RecordReader::start(std::string_view chunk) {
  chunk_ = chunk;
  templates_.start(chunk);
  chunk_steps_left_ = chunk_steps_limit;
}

const char* RecordReader::read(std::size_t at, std::size_t end, Event& event) {
  event_ = &event;
  text_.clear();
  values_.clear();
  depth_ = 0;
  const auto allowed = steps_left_ = std::min(record_steps_limit, chunk_steps_left_);
  fault_ = nullptr;
  fragment(at, end, context::document, true);
  chunk_steps_left_ -= allowed - steps_left_;
  return fault_;
}

bool RecordReader::spend(std::size_t steps) {
  if (steps > steps_left_) return fail(too_much_work), steps_left_ = 0, false;
  steps_left_ -= steps;
  return true;
}

void RecordReader::fragment(std::size_t at, std::size_t end, ContextId where, bool dependencies) {
  if (depth_ == depth_limit) return fail("templates nested too deep");
  ++depth_;
  tokens(Cursor{chunk_, at, end}, end, where, dependencies);
  --depth_;
}

// Mostly a head and one instance. Elements without a template are compiled with all that follows them.
void RecordReader::tokens(Cursor cursor, std::size_t end, ContextId where, bool dependencies) {
  while (!cursor.done() && spend(1)) {
    const char token = chunk_[cursor.at()];
    if (token == end_token) return;
    if (token == head_token) {
      cursor.skip(4);
    } else if (token == instance_token) {
      cursor.skip(1);
      instance(cursor, end, where);
    } else {
      return run(templates_.fragment(cursor.at(), end, where, dependencies), {});
    }
  }
  if (cursor.failed()) fail("BinXML ends within a token");
}

void RecordReader::instance(Cursor& cursor, std::size_t end, ContextId where) {
  const auto instance = take_instance(cursor);
  if (!instance) return fail("a template instance does not fit in"), void(cursor.skip(cursor.left()));
  const Values values{values_.size(), instance->count};
  if (!spend(instance->count)) return;
  cursor.skip(push_values(*instance, end));
  run(templates_.at(instance->definition, where), values);
  values_.resize(values.first);
}

void RecordReader::nested(const Op& op) {
  if (depth_ == depth_limit) return fail("templates nested too deep");
  ++depth_;
  Cursor cursor{chunk_, op.first, op.count};
  instance(cursor, op.count, op.context);
  --depth_;
}

// Values that would lie behind `end` are absent. Returns the size of the others.
std::size_t RecordReader::push_values(const Instance& instance, std::size_t end) {
  std::size_t at = instance.values;
  end = std::min(end, chunk_.size());
  for (std::uint32_t n = 0; n < instance.count; ++n) {
    const char* descriptor = chunk_.data() + instance.descriptors + std::size_t{4} * n;
    const auto size = load<std::uint16_t>(descriptor);
    const auto type = static_cast<std::uint8_t>(descriptor[2]);
    if (size > end - at) {
      fail("values end behind their record");
      values_.resize(values_.size() + instance.count - n);
      break;
    }
    values_.push_back({static_cast<std::uint32_t>(at), size, static_cast<Type>(type & ~array_flag), (type & array_flag) != 0});
    at += size;
  }
  return at - instance.values;
}

void RecordReader::run(const Program& program, Values values) {
  if (program.fault) fail(program.fault);
  for (auto index = program.first; index < program.end && spend(1); ++index) {
    const Op op = templates_.op(index);  // a copy: what it leads to may compile more
    switch (op.kind) {
      case Op::Kind::text: literal(op, values); break;
      case Op::Kind::slot: slot(op, values); break;
      case Op::Kind::mixed: mixed(op, values); break;
      case Op::Kind::instance: nested(op); break;
    }
  }
}

RecordReader::Value RecordReader::value(Values values, std::uint32_t slot) const {
  return slot < values.count ? values_[values.first + slot] : Value{};
}

// Numbers without bytes are how some writers leave out a value.
bool RecordReader::Value::is_absent() const {
  if (type == Type::null) return true;
  return size == 0 && (is_array || (type != Type::string && type != Type::ansi && type != Type::binary && type != Type::xml));
}

std::string_view RecordReader::name(const Op& op, Values values) {
  if (op.name_slot == no_slot) return op.name;
  const auto named = value(values, op.name_slot);
  if (named.is_absent() || named.is_array) return op.name;
  const auto written = text(named.type, bytes(named));
  return written.data() ? written : op.name;
}

void RecordReader::literal(const Op& op, Values values) {
  event_->add(name(op, values), op.text);
  if (op.is_time) set_time(Type::string, {}, op.text);
}

void RecordReader::slot(const Op& op, Values values) {
  const auto found = value(values, op.first);
  if (found.is_absent()) return;
  if (found.type == Type::binxml) return fragment(found.at, found.at + found.size, op.context, false);
  const auto field = name(op, values);
  each(found, [&](std::string_view bytes) { add(op, field, found.type, bytes); });
}

template <typename Each>
void RecordReader::each(Value value, Each&& each) {
  auto rest = bytes(value);
  if (!value.is_array) return each(rest);
  while (!rest.empty() && spend(1)) {
    const auto step = array_step(value.type, rest);
    if (!step) return fail("an array that does not fit its type");
    each(rest.substr(0, *step));
    rest.remove_prefix(*step);
  }
}

void RecordReader::add(const Op& op, std::string_view name, Type type, std::string_view value) {
  const auto written = text(type, value);
  if (!written.data()) return;
  event_->add(name, written);
  if (op.is_time) set_time(type, value, written);
}

void RecordReader::set_time(Type type, std::string_view value, std::string_view text) {
  auto time = time_of(type, value);
  if (!time)
    if (const auto parsed = parse_rfc3339(text)) time = *parsed;
  if (time) event_->happened = event_->recorded = *time;
}

std::string_view RecordReader::text(Type type, std::string_view value) {
  if (!spend(value.size() / bytes_a_step)) return std::string_view{};
  char* out = text_.room(text_room(value.size()));
  if (!out) return fail(too_much_text), std::string_view{};
  const char* end = write(type, value, out);
  if (!end) return fail("a value does not fit its type"), std::string_view{};
  return text_.keep(end);
}

// Its pieces are kept one behind the other, and so are one text.
void RecordReader::mixed(const Op& op, Values values) {
  const auto field = name(op, values);
  const char* begin = text_.room(0);
  bool has_value = false, has_elements = false;
  for (std::uint32_t n = 0; n < op.count && spend(1); ++n) {
    const Part part = templates_.part(op.first + n);
    const auto found = value(values, part.slot);
    if (part.slot == no_slot) keep(part.text);
    else if (found.type == Type::binxml) has_elements = true;
    else if (!found.is_absent()) has_value = true, keep(found);
  }
  if (has_value || !has_elements) event_->add(field, {begin, static_cast<std::size_t>(text_.room(0) - begin)});
  if (has_elements) elements(op, values);
}

void RecordReader::keep(std::string_view literal) {
  if (!spend(literal.size() / bytes_a_step)) return;
  if (char* out = text_.room(literal.size())) text_.keep(std::copy(literal.begin(), literal.end(), out));
  else fail(too_much_text);
}

void RecordReader::keep(Value value) {
  bool first = true;
  each(value, [&](std::string_view bytes) {
    if (!std::exchange(first, false)) keep(" ");
    (void)text(value.type, bytes);
  });
}

void RecordReader::elements(const Op& op, Values values) {
  for (std::uint32_t n = 0; n < op.count && spend(1); ++n) {
    const auto found = value(values, templates_.part(op.first + n).slot);
    if (found.type == Type::binxml) fragment(found.at, found.at + found.size, op.context, false);
  }
}

}  // namespace kulla::event::evtx
