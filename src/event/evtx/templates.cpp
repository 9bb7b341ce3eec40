#include "event/evtx/templates.hpp"

#include "event/evtx/instance.hpp"

namespace kulla::event::evtx {
namespace {
// In bytes compiled, and so many for each start. An honest chunk has 64 KiB; a few of its templates may be used in several contexts.
constexpr std::size_t work_limit = 8 * chunk_size, start_work = 64;
static_assert(work_limit / start_work < 0xFFFF, "their numbers have 16 bits");
}  // namespace

void Templates::start(std::string_view chunk) {
  chunk_ = chunk;
  code_.clear();
  for (const auto& known : known_) by_definition_[known.definition] = 0;
  known_.resize(1);
  work_ = 0;
}

Program Templates::at(std::uint32_t definition, ContextId where) {
  if (definition >= chunk_.size()) return {.fault = "a template outside of the chunk"};
  const auto newest = by_definition_[definition];
  for (auto known = newest; known != 0; known = known_[known].next)
    if (known_[known].where == where) return known_[known].program;
  const auto program = compile(definition, where);
  if (work_ > work_limit) return program;
  by_definition_[definition] = static_cast<std::uint16_t>(known_.size());
  known_.push_back({definition, where, newest, program});
  return program;
}

Program Templates::compile(std::uint32_t definition, ContextId where) {
  Cursor head{chunk_, definition, chunk_.size()};
  head.skip(definition_head - 4);
  const auto size = head.take<std::uint32_t>();
  if (size <= head.left()) return fragment(head.at(), head.at() + size, where, true);
  work_ += start_work;
  return {.fault = "a template does not fit into the chunk"};
}

Program Templates::fragment(std::size_t at, std::size_t end, ContextId where, bool dependencies) {
  work_ += start_work + (end - at);
  if (work_ > work_limit) return {.fault = "more templates than fit into a chunk"};
  return (dependencies ? with_dependencies_ : without_dependencies_).compile(chunk_, at, end, where);
}

}  // namespace kulla::event::evtx
