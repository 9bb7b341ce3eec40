// A log line's format as a web server's configuration writes it, compiled so that lines can be read by it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/text/read_options.hpp"

namespace kulla::event {

/// A line is text and values in turn: a value ends where the text after it begins.
struct LineFormat {
  enum class Meaning {
    ignored,
    named,
    client,
    address,
    ident,
    user,
    time,
    request,
    method,
    uri,
    stem,
    query,
    version,
    status,
    count,
    seconds,
    milliseconds,
    microseconds
  };
  struct Value {
    std::string before;  ///< the text before it
    Meaning meaning = Meaning::ignored;
    std::string name;  ///< of the field, where the meaning does not give it
  };
  std::vector<Value> values;
  std::string end;             ///< the text after the last
  std::size_t required = 0;    ///< so many values must be there; if not all, other text may follow them or the rest
  bool logged_at_end = false;  ///< its time is when the line was written (nginx), not when the request came (Apache)
  std::string_view service;
};

/// The string of nginx's log_format, its pieces joined. A variable without a meaning here is a field named as it is.
/// Code::bad_argument where it has none, or two of which nobody could tell where the first ends.
[[nodiscard]] Result<LineFormat> compile_nginx(std::string_view log_format);
/// The string of Apache's LogFormat; \" in it is a quote.
[[nodiscard]] Result<LineFormat> compile_apache(std::string_view log_format);

/// Adds the line's fields and times; false where the line is not of this format: the event then holds some of its fields.
[[nodiscard]] bool read_by(const LineFormat& format, std::string_view line, const ReadOptions& options, Event& event);

}  // namespace kulla::event
