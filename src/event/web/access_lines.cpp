#include "event/web/access_lines.hpp"

#include <array>

#include "event/text/syslog.hpp"

namespace kulla::event {
namespace {

LineFormat lenient(Result<LineFormat> format, std::size_t required, std::string_view service) {
  KULLA_ASSERT(format && required < format->values.size());
  format->required = required;
  format->service = service;
  format->logged_at_end = false;
  return *std::move(format);
}

// Each refuses the lines of the others: %l is no address, %a is one. The user agent may be absent, and anything may follow.
const std::array<LineFormat, 4>& formats() {
  static const std::array<LineFormat, 4> all{
      lenient(compile_apache(R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")"), 7, ""),
      lenient(compile_apache(R"(%v:%p %a %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i")"), 9, "apache"),
      lenient(compile_apache(R"(%v %a %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")"), 8, ""),
      lenient(
          compile_nginx(
              R"($host $remote_addr - $request_id $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")"),
          8, "nginx")};
  return all;
}
constexpr std::size_t haproxy_form = std::tuple_size_v<std::remove_cvref_t<decltype(formats())>>;

void forget_fields(Event& event) {
  const auto record = event.record;
  const auto number = event.number;
  const auto seen = event.seen;
  event.clear();
  event.record = record;
  event.number = number;
  event.seen = event.happened = event.recorded = seen;
}
}  // namespace

bool AccessLines::read_as(std::size_t form, std::string_view line, const ReadOptions& options, Event& event) const {
  if (form == haproxy_form ? read_haproxy(line, options, event) : read_by(formats()[form], line, options, event)) return true;
  forget_fields(event);
  return false;
}

bool AccessLines::read_any(std::string_view line, const ReadOptions& options, Event& event) {
  if (read_as(last_, line, options, event)) return true;
  for (std::size_t form = 0; form <= haproxy_form; ++form) {
    if (form == last_ || !read_as(form, line, options, event)) continue;
    last_ = form;
    return true;
  }
  return false;
}

bool AccessLines::read(std::string_view line, const ReadOptions& options, Event& event) {
  if (!behind_syslog_ && read_any(line, options, event)) return true;
  const auto header = parse_syslog(line, options);
  const bool behind = header && read_any(header->message, options, event);
  if (behind || !behind_syslog_) return behind_syslog_ = behind, behind;
  behind_syslog_ = false;
  return read_any(line, options, event);
}

}  // namespace kulla::event
