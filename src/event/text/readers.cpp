#include "event/text/readers.hpp"

namespace kulla::event {

std::unique_ptr<Reader> make_text_reader(Format format, const ReadOptions& options) {
  switch (format) {
    case Format::syslog: return make_syslog_reader(options);
    case Format::journald: return make_journald_reader(options);
    case Format::auditd: return make_auditd_reader(options);
    case Format::web_access: return make_web_reader(options);
    case Format::csv: return make_csv_reader(options);
    case Format::gate_log: return make_gate_log_reader(options);
    case Format::evtx:
    case Format::ndjson:
    case Format::json: return nullptr;
  }
  return nullptr;
}

}  // namespace kulla::event
