#include "event/text/auditd.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "event/fields.hpp"
#include "event/hex.hpp"
#include "event/text/times.hpp"

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;
constexpr char enriched = '\x1d';  // parts what the kernel wrote from what auditd added

std::size_t end_of_name(std::string_view text) {
  const auto ends = [](char c) { return c == '=' || c == ' ' || c == enriched || c == ','; };
  const auto found = std::find_if(text.begin(), text.end(), ends);
  return found == text.end() ? npos : static_cast<std::size_t>(found - text.begin());
}
std::size_t end_of_value(std::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == enriched; });
  return found == text.end() ? npos : static_cast<std::size_t>(found - text.begin());
}

// Written with audit_log_untrustedstring() or its kin: quoted, or in hexadecimal where a character would not do.
constexpr std::array<std::string_view, 23> untrusted{"acct",     "cmd", "comm",  "cwd",         "data",     "dir",   "exe",  "file",
                                                     "grp",      "key", "name",  "new-chardev", "new-disk", "ocomm", "path", "proctitle",
                                                     "root_dir", "sw",  "table", "unit",        "vm",       "watch", "xattr"};
static_assert(std::is_sorted(untrusted.begin(), untrusted.end()));

bool is_argument(std::string_view name) {
  return name.size() >= 2 && name.front() == 'a' && std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(std::string_view value) {
  const auto upper = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };  // as the kernel writes
  return value.size() >= 2 && value.size() % 2 == 0 && std::all_of(value.begin(), value.end(), upper);
}

void append_decoded(std::string_view hex, std::string& out) {
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    const int byte = hex_byte(hex);
    out += byte == 0 ? ' ' : static_cast<char>(byte);
  }
}

class Fields {
 public:
  Fields(std::string_view type, Event& event) : type_(type), event_(event) {}
  void add_all(std::string_view text);

 private:
  void add(std::string_view name, std::string_view value, bool quoted);
  void add_piece(std::string_view name, std::string_view value, bool quoted);
  [[nodiscard]] bool may_be_hex(std::string_view name) const;

  std::string_view type_;
  Event& event_;
  std::string_view joining_;       // the name of the argument whose pieces are being joined
  std::string* joined_ = nullptr;
};

bool Fields::may_be_hex(std::string_view name) const {
  return (type_ == "EXECVE" && is_argument(name)) || std::binary_search(untrusted.begin(), untrusted.end(), name);
}

void Fields::add_piece(std::string_view name, std::string_view value, bool quoted) {
  if (name != joining_ || joined_ == nullptr) joining_ = name, joined_ = &event_.scratch();
  if (!quoted && is_hex(value)) append_decoded(value, *joined_);
  else joined_->append(value);
}

void Fields::add(std::string_view name, std::string_view value, bool quoted) {
  if (const auto bracket = name.find('['); bracket != npos && is_argument(name.substr(0, bracket)))
    return add_piece(name.substr(0, bracket), value, quoted);
  if (joined_ != nullptr) event_.add(joining_, *std::exchange(joined_, nullptr));
  if (!quoted && (value == "(null)" || value == "?" || value.empty())) return;
  if (quoted || !is_hex(value) || !may_be_hex(name)) return event_.add(name, value);
  auto& decoded = event_.scratch();
  append_decoded(value, decoded);
  event_.add(name, decoded);
}

/// "(hostname=?, addr=192.0.2.1, res=failed)": programs punctuate.
std::string_view without_punctuation(std::string_view value) {
  while (value.ends_with(',') || (value.ends_with(')') && value.find('(') == npos)) value.remove_suffix(1);
  return value;
}

/// One value from the front of `text`, which follows a '='. What is in single quotes may hold some: the last one ends it.
std::string_view take_value(std::string_view& text, char quote) {
  const bool quoted = quote != ' ';
  if (quoted) text.remove_prefix(1);
  const auto end = quote == '"' ? text.find('"') : quoted ? text.substr(0, text.find(enriched)).rfind(quote) : end_of_value(text);
  const auto value = text.substr(0, end);
  text.remove_prefix(end == npos ? text.size() : end + 1);
  return quoted ? value : without_punctuation(value);
}

void Fields::add_all(std::string_view text) {
  while (!text.empty()) {
    const auto end = end_of_name(text);
    auto name = text.substr(0, end);
    const bool named = end != npos && !name.empty() && text[end] == '=';
    text.remove_prefix(end == npos ? text.size() : end + 1);
    if (!named) continue;
    if (name.starts_with('(')) name.remove_prefix(1);
    const char quote = text.starts_with('"') || text.starts_with('\'') ? text.front() : ' ';
    const auto value = take_value(text, quote);
    if (name == "msg" && quote == '\'') Fields{type_, event_}.add_all(value);
    else add(name, value, quote != ' ');
  }
  if (joined_ != nullptr) event_.add(joining_, *std::exchange(joined_, nullptr));
}

/// The value of name=… from the front, with the space after it.
bool take_named(std::string_view& text, std::string_view name, std::string_view& value) {
  if (!text.starts_with(name)) return false;
  const auto end = text.find(' ');
  if (end == npos) return false;
  value = text.substr(name.size(), end - name.size());
  text.remove_prefix(end + 1);
  return true;
}
}  // namespace

bool AuditHeader::from_program() const { return body.find("msg='") != npos; }

std::optional<AuditHeader> parse_audit(std::string_view line) {
  AuditHeader header;
  take_named(line, "node=", header.node);
  constexpr std::string_view stamp = "msg=audit(";
  if (!take_named(line, "type=", header.type) || header.type.empty() || !line.starts_with(stamp)) return std::nullopt;
  line.remove_prefix(stamp.size());
  const auto time = take_epoch_time(line);
  if (!time || !line.starts_with(':')) return std::nullopt;
  header.time = *time;
  const auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), header.serial);
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (error != std::errc{} || !line.starts_with("):")) return std::nullopt;
  header.body = line.substr(2);
  return header;
}

void add_audit_fields(const AuditHeader& header, Event& event) {
  event.add("type", header.type);
  const auto before = event.fields().size();
  Fields{header.type, event}.add_all(header.body);
  if (header.type != "SYSCALL") return;
  std::string_view architecture, number;
  for (const auto& [name, value, form, key] : event.fields().subspan(before)) {
    if (name == "SYSCALL") return;
    if (name == "arch") architecture = value;
    if (name == "syscall") number = value;
  }
  if (const auto called = syscall_name(architecture, number); !called.empty()) event.add("SYSCALL", called);
}

}  // namespace kulla::event
