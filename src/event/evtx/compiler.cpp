#include "event/evtx/compiler.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "event/evtx/instance.hpp"
#include "event/evtx/value.hpp"
#include "event/utf8.hpp"

namespace kulla::event::evtx {
namespace {
constexpr std::size_t depth_limit = 64;   // elements within elements; Windows's own events have five
constexpr std::size_t name_limit = 1024;  // UTF-16 units of an element's or attribute's name: many may point to one name

enum class Token : std::uint8_t {
  end_of_stream = 0x00,
  open = 0x01,
  close_start = 0x02,
  close_empty = 0x03,
  end = 0x04,
  value = 0x05,
  attribute = 0x06,
  cdata = 0x07,
  character = 0x08,
  entity = 0x09,
  instruction_target = 0x0A,
  instruction_data = 0x0B,
  instance = 0x0C,
  substitution = 0x0D,
  optional_substitution = 0x0E,
  fragment_head = 0x0F,
};
constexpr std::uint8_t more_flag = 0x40;
}  // namespace

Program Compiler::compile(std::string_view chunk, std::size_t at, std::size_t end, ContextId where) {
  chunk_ = chunk;
  where_ = where;
  frames_.clear();
  raw_.clear();
  in_attribute_ = false;
  fault_ = nullptr;
  const auto first = static_cast<std::uint32_t>(code_.ops.size());
  Cursor cursor{chunk_, at, end};
  while (!fault_ && !cursor.done() && token(cursor)) {}
  if (cursor.failed()) fail("BinXML ends within a token");
  if (!frames_.empty()) fail("an element is not closed");
  return {first, static_cast<std::uint32_t>(code_.ops.size()), fault_};
}

// False at the end of the stream.
bool Compiler::token(Cursor& cursor) {
  const auto byte = cursor.take<std::uint8_t>();
  switch (static_cast<Token>(byte & ~more_flag)) {
    case Token::end_of_stream: return false;
    case Token::open: open(cursor, byte & more_flag); break;
    case Token::close_start: finish_attribute(); break;
    case Token::close_empty:
    case Token::end: close(); break;
    case Token::value: value(cursor); break;
    case Token::attribute: attribute(cursor); break;
    case Token::cdata: characters(cursor); break;
    case Token::character: add({Raw::Kind::character, cursor.take<std::uint16_t>()}); break;
    case Token::entity: entity(cursor); break;
    case Token::instruction_target: name(cursor); break;
    case Token::instruction_data: cursor.skip(std::size_t{2} * cursor.take<std::uint16_t>()); break;
    case Token::instance: instance(cursor); break;
    case Token::substitution:
    case Token::optional_substitution: substitution(cursor); break;
    case Token::fragment_head: cursor.skip(3); break;
    default: fail("unknown BinXML token");
  }
  return true;
}

void Compiler::open(Cursor& cursor, bool attributes) {
  finish_attribute();
  if (frames_.size() == depth_limit) return fail("elements nested too deep");
  cursor.skip(dependencies_ ? 6 : 4);  // dependency id, size
  const auto element = name(cursor);
  if (attributes) cursor.skip(4);  // size of the attributes
  auto parent = where_;
  if (!frames_.empty()) {
    parent = frames_.back().inside;
    frames_.back().has_children = true;
  }
  frames_.push_back({element, parent, code_.names.inside(parent, element), raw_.size()});
}

void Compiler::close() {
  finish_attribute();
  if (frames_.empty()) return fail("an element ends that did not begin");
  const Frame frame = frames_.back();
  const auto begin = raw_.begin() + static_cast<std::ptrdiff_t>(frame.first_part);
  const bool is_layout = frame.has_children && std::all_of(begin, raw_.end(), [&](const Raw& raw) { return is_blank(raw); });
  if (begin != raw_.end() && !is_layout) {
    const auto field = frame.field.empty() ? code_.names.of_element(frame.parent, frame.name, code_.text) : frame.field;
    emit({.name_slot = frame.field_slot, .context = frame.inside, .name = field}, frame.first_part);
  }
  raw_.resize(frame.first_part);
  frames_.pop_back();
}

void Compiler::attribute(Cursor& cursor) {
  finish_attribute();
  if (frames_.empty()) return fail("an attribute without an element");
  attribute_ = name(cursor);
  attribute_first_ = raw_.size();
  in_attribute_ = true;
}

void Compiler::finish_attribute() {
  if (!std::exchange(in_attribute_, false)) return;
  auto& frame = frames_.back();
  const bool is_namespace = attribute_ == "xmlns" || attribute_.starts_with("xmlns:");
  if (Names::names_element(frame.parent, frame.name, attribute_)) name_field(frame);
  else if (!is_namespace && raw_.size() != attribute_first_) {
    const auto field = code_.names.of_attribute(frame.parent, frame.name, attribute_, code_.text);
    emit({.is_time = frame.parent == context::system && field == "TimeCreated", .context = frame.inside, .name = field}, attribute_first_);
  }
  raw_.resize(attribute_first_);
}

void Compiler::name_field(Frame& frame) {
  if (raw_.size() == attribute_first_ + 1 && raw_.back().kind == Raw::Kind::slot) frame.field_slot = raw_.back().number;
  else frame.field = text_of(attribute_first_, raw_.size());
}

void Compiler::value(Cursor& cursor) {
  if (static_cast<Type>(cursor.take<std::uint8_t>()) != Type::string) return fail("a literal value that is no string");
  characters(cursor);
}

void Compiler::characters(Cursor& cursor) {
  const auto units = cursor.take<std::uint16_t>();
  const auto at = static_cast<std::uint32_t>(cursor.at());
  if (cursor.skip(std::size_t{2} * units)) add({Raw::Kind::text, units, at});
}

void Compiler::entity(Cursor& cursor) {
  constexpr std::array<std::pair<std::string_view, char>, 5> entities{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  const auto word = name(cursor);
  for (const auto& [known, character] : entities)
    if (word == known) return add({Raw::Kind::character, static_cast<std::uint16_t>(character)});
  fail("unknown entity");
}

void Compiler::substitution(Cursor& cursor) {
  const auto slot = cursor.take<std::uint16_t>();
  cursor.skip(1);  // the type that is usual for it: what counts is that of the value
  if (slot == no_slot) return fail("a substitution that can have no value");
  add({Raw::Kind::slot, slot});
}

void Compiler::instance(Cursor& cursor) {
  finish_attribute();
  const auto at = static_cast<std::uint32_t>(cursor.at());
  const auto parsed = take_instance(cursor);
  if (!parsed) return fail("a template instance does not fit in");
  for (std::uint32_t value = 0; value < parsed->count; ++value)
    cursor.skip(load<std::uint16_t>(chunk_.data() + parsed->descriptors + std::size_t{4} * value));
  const auto inside = frames_.empty() ? where_ : frames_.back().inside;
  code_.ops.push_back({.kind = Op::Kind::instance, .context = inside, .first = at, .count = static_cast<std::uint32_t>(cursor.at())});
}

void Compiler::add(Raw raw) {
  if (frames_.empty()) return fail("text outside of elements");
  raw_.push_back(raw);
}

bool Compiler::is_blank(const Raw& raw) const {
  if (raw.kind != Raw::Kind::text) return false;
  const auto text = chunk_.substr(raw.at, std::size_t{2} * raw.number);
  return text.find_first_not_of(std::string_view{" \t\r\n\0", 5}) == std::string_view::npos;
}

void Compiler::emit(Op op, std::size_t first_part) {
  const auto begin = raw_.begin() + static_cast<std::ptrdiff_t>(first_part);
  const auto is_slot = [](const Raw& raw) { return raw.kind == Raw::Kind::slot; };
  if (std::none_of(begin, raw_.end(), is_slot)) {
    op.kind = Op::Kind::text;
    op.text = text_of(first_part, raw_.size());
  } else if (raw_.end() - begin == 1) {
    op.kind = Op::Kind::slot;
    op.first = begin->number;
  } else {
    op.kind = Op::Kind::mixed;
    op.first = static_cast<std::uint32_t>(code_.parts.size());
    op.count = static_cast<std::uint32_t>(raw_.end() - begin);
    for (auto at = first_part; at < raw_.size(); ++at) {
      if (is_slot(raw_[at])) code_.parts.push_back({.slot = raw_[at].number});
      else code_.parts.push_back({.text = text_of(at, at + 1)});
    }
  }
  if (!fault_) code_.ops.push_back(op);
}

std::string_view Compiler::text_of(std::size_t first, std::size_t end) {
  std::size_t room = 0;
  for (auto at = first; at < end; ++at) room += raw_[at].kind == Raw::Kind::text ? utf8_room(raw_[at].number) : utf8_room(1);
  char* out = code_.text.room(room);
  if (!out) return fail("more text in a chunk's templates than fits into one"), std::string_view{};
  for (auto at = first; at < end; ++at) {
    const auto& raw = raw_[at];
    if (raw.kind == Raw::Kind::text) out = utf16_to_utf8(chunk_.data() + raw.at, raw.number, out);
    else if (raw.kind == Raw::Kind::character) out = put_utf8(raw.number, out);
  }
  return code_.text.keep(out);
}

std::string_view Compiler::name(Cursor& cursor) {
  const auto at = cursor.take<std::uint32_t>();
  constexpr std::size_t head = 8;  // offset of the next name, hash, length
  Cursor there{chunk_, at, chunk_.size()};
  there.skip(head - 2);
  const auto units = there.take<std::uint16_t>();
  if (at == cursor.at()) cursor.skip(head + std::size_t{2} * units + 2);  // its first use carries it
  const auto text = there.at();
  if (!there.skip(std::size_t{2} * units)) return fail("a name outside of the chunk"), std::string_view{};
  if (units > name_limit) return fail("a name is too long"), std::string_view{};
  char* out = code_.text.room(utf8_room(units));
  if (!out) return fail("more text in a chunk's templates than fits into one"), std::string_view{};
  return code_.text.keep(utf16_to_utf8(chunk_.data() + text, units, out));
}

}  // namespace kulla::event::evtx
