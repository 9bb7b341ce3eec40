#include "event/readers.hpp"

#include "event/evtx/evtx.hpp"
#include "event/json.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {

std::unique_ptr<Reader> make_reader(Format format, const ReadOptions& options) {
  switch (format) {
    case Format::evtx: return make_evtx_reader();
    case Format::ndjson: return make_ndjson_reader();
    case Format::json: return make_json_reader();
    default: return make_text_reader(format, options);
  }
}

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> names;
  for (const auto format : {Format::evtx, Format::ndjson, Format::json, Format::syslog, Format::journald, Format::auditd,
                            Format::web_access, Format::csv, Format::gate_log})
    names.push_back(name(format));
  return names;
}

}  // namespace kulla::event
