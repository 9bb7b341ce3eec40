// One record of the Linux audit log taken apart: type=SYSCALL msg=audit(1364481363.243:24287): key=value …
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "event/event.hpp"

namespace kulla::event {

struct AuditHeader {
  std::string_view node, type;  ///< node: the machine, empty where the record does not name one
  Timestamp time;
  std::uint64_t serial = 0;   ///< together with node and time it names the event that the record belongs to
  std::string_view body;      ///< what follows
  [[nodiscard]] bool from_program() const;  ///< sent by a program, and whole by itself, rather than one of the kernel's several
};
[[nodiscard]] std::optional<AuditHeader> parse_audit(std::string_view line);

/// Adds the body's values as fields. Quotes are taken off; what the kernel wrote in hexadecimal (as it does with what others may have
/// chosen: names, arguments, commands) is decoded, its NULs as spaces; values in msg='…' are fields too; an absent one ("(null)", "?") is
/// none. Arguments that were written in pieces (a1[0]=… a1[1]=…) are joined.
void add_audit_fields(const AuditHeader& header, Event& event);

/// The name of a system call, for the architecture as the kernel writes it (c000003e); empty where unknown.
[[nodiscard]] std::string_view syscall_name(std::string_view architecture, std::string_view number);

}  // namespace kulla::event
