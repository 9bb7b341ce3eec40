// Readers of text recordings. docs/readers.md names the fields and log sources of each.
#pragma once
#include <memory>

#include "event/format.hpp"
#include "event/reader.hpp"
#include "event/text/read_options.hpp"
#include "event/web/line_format.hpp"

namespace kulla::event {

/// One event a line, RFC 3164 or RFC 5424, or with an RFC 3339 time in place of RFC 3164's. A line of another shape is an event whose
/// message it is, and counted.
[[nodiscard]] std::unique_ptr<Reader> make_syslog_reader(const ReadOptions& options);
/// `journalctl -o export`: systemd's Journal Export Format.
[[nodiscard]] std::unique_ptr<Reader> make_journald_reader(const ReadOptions& options);
/// audit.log, also with enriched fields; the records of one event are one Event.
[[nodiscard]] std::unique_ptr<Reader> make_auditd_reader(const ReadOptions& options);
/// Requests as Apache, nginx, HAProxy and IIS (W3C extended) log them by default, also behind a syslog header.
[[nodiscard]] std::unique_ptr<Reader> make_web_reader(const ReadOptions& options);
/// Requests in a format of one's own.
[[nodiscard]] std::unique_ptr<Reader> make_web_reader(const ReadOptions& options, LineFormat format);
/// RFC 4180 with a header; commas, semicolons or tabs.
[[nodiscard]] std::unique_ptr<Reader> make_csv_reader(const ReadOptions& options);
/// The gate's own log (model/gate_log.hpp).
[[nodiscard]] std::unique_ptr<Reader> make_gate_log_reader(const ReadOptions& options);

/// By the format's name; null for those that are not read here (evtx, ndjson, json).
[[nodiscard]] std::unique_ptr<Reader> make_text_reader(Format format, const ReadOptions& options);

}  // namespace kulla::event
