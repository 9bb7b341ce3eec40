// From BinXML to a list of fields. Never recursive, and never follows a reference to another template: an instance within is an op.
#pragma once
#include <vector>

#include "event/evtx/cursor.hpp"
#include "event/evtx/names.hpp"
#include "event/evtx/program.hpp"
#include "event/evtx/text.hpp"

namespace kulla::event::evtx {

/// Where ops and what they point to are kept.
struct Code {
  std::vector<Op> ops;
  std::vector<Part> parts;
  Text text{std::size_t{1} << 20};  ///< an honest chunk's templates have at most 64 KiB of UTF-16
  Names names;
  void clear() { ops.clear(), parts.clear(), text.clear(), names.clear(); }
};

class Compiler {
 public:
  /// `dependencies`: elements carry a dependency id, as all do but those of a fragment that is itself a value.
  Compiler(Code& code, bool dependencies) : code_(code), dependencies_(dependencies) {}
  /// Appends to the code what stands in `chunk` between `at` and `end`, its outermost elements in `where`.
  Program compile(std::string_view chunk, std::size_t at, std::size_t end, ContextId where);

 private:
  struct Frame {
    std::string_view name;
    ContextId parent, inside;
    std::size_t first_part;
    std::string_view field = {};  // what its attribute Name says
    std::uint16_t field_slot = no_slot;
    bool has_children = false;
  };
  /// A piece of text that is not yet decoded.
  struct Raw {
    enum class Kind : std::uint8_t { text, slot, character } kind;
    std::uint16_t number;  // of UTF-16 units, of the slot, or of the character
    std::uint32_t at = 0;
  };
  bool token(Cursor& cursor);
  void open(Cursor& cursor, bool attributes);
  void close();
  void attribute(Cursor& cursor);
  void finish_attribute();
  void value(Cursor& cursor);
  void characters(Cursor& cursor);
  void entity(Cursor& cursor);
  void substitution(Cursor& cursor);
  void instance(Cursor& cursor);
  void add(Raw raw);
  void name_field(Frame& frame);
  void emit(Op op, std::size_t first_part);
  [[nodiscard]] bool is_blank(const Raw& raw) const;
  std::string_view name(Cursor& cursor);
  std::string_view text_of(std::size_t first, std::size_t end);
  void fail(const char* why) { fault_ = fault_ ? fault_ : why; }

  std::string_view chunk_;
  Code& code_;
  bool dependencies_;
  ContextId where_ = context::document;
  std::vector<Frame> frames_;
  std::vector<Raw> raw_;  // of the open elements, then of the open attribute
  bool in_attribute_ = false;
  std::string_view attribute_;
  std::size_t attribute_first_ = 0;
  const char* fault_ = nullptr;
};

}  // namespace kulla::event::evtx
