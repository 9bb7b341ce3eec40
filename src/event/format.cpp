#include "event/format.hpp"

#include <algorithm>

#include "event/evtx/evtx.hpp"
#include "event/gate_log_reader.hpp"
#include "event/json.hpp"
#include "model/gate_log.hpp"

namespace kulla::event {
namespace {
std::string_view from_text(std::string_view head) {
  const auto first = head.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{} : head.substr(first);
}
std::string_view first_line(std::string_view head) { return from_text(head).substr(0, from_text(head).find('\n')); }

/// Cloud services wrap their records.
bool is_wrapped(std::string_view head) {
  std::string bare;
  for (const char c : head.substr(0, 60))
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') bare += c;
  return bare.starts_with(R"({"Records":[)");
}
/// An object that is closed where its line ends, or whose line goes on beyond what is seen.
bool is_ndjson(std::string_view head) {
  auto line = first_line(head);
  if (!line.starts_with('{') || is_wrapped(from_text(head))) return false;
  const bool whole = from_text(head).size() > line.size();
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return (line.ends_with('}') && std::count(line.begin(), line.end(), '{') >= 1 && line.size() > 1) || !whole;
}
bool is_evtx(std::string_view head) { return head.starts_with(std::string_view{"ElfFile\0", 8}) || head.starts_with(std::string_view{"ElfChnk\0", 8}); }
bool is_gate_log(std::string_view head) { return from_text(head).starts_with(gate_log::version) && first_line(head).substr(gate_log::version.size()).starts_with(' '); }
bool is_json(std::string_view head) { return from_text(head).starts_with('{') || from_text(head).starts_with('['); }
}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> all{
      {"evtx", "Windows event logs", Cut::chunks, is_evtx, make_evtx_reader},
      {"ndjson", "a JSON object a line", Cut::lines, is_ndjson, make_ndjson_reader},
      {"gate_log", "kulla's own gate's log", Cut::lines, is_gate_log, make_gate_log_reader},
      {"json", "JSON objects in any layout, or in an array", Cut::none, is_json, make_json_reader},
  };
  return all;
}

const Format* find_format(std::string_view name) {
  const auto found = std::find_if(formats().begin(), formats().end(), [&](const Format& each) { return each.name == name; });
  return found == formats().end() ? nullptr : &*found;
}

const Format* recognise(std::string_view head) {
  const auto found = std::find_if(formats().begin(), formats().end(), [&](const Format& each) { return each.begins(head); });
  return found == formats().end() ? nullptr : &*found;
}

}  // namespace kulla::event
