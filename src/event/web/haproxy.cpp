#include <algorithm>
#include <charconv>

#include "event/fields.hpp"
#include "event/text/times.hpp"
#include "event/web/access_lines.hpp"

namespace kulla::event {
using namespace std::chrono;
namespace {
constexpr auto npos = std::string_view::npos;

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

/// An integer, also after the '+' of option logasap.
bool is_number(std::string_view text, int& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool has_slashes(std::string_view text, int wanted) { return std::count(text.begin(), text.end(), '/') == wanted; }

bool add_client(std::string_view word, Event& event) {
  const auto colon = word.rfind(':');
  if (colon == npos || colon == 0) return false;
  auto address = word.substr(0, colon);
  if (address.starts_with("::ffff:") && address.find('.') != npos) address.remove_prefix(7);  // IPv4 on a socket for both
  int port = 0;
  if (!looks_like_address(address) || !is_number(word.substr(colon + 1), port)) return false;
  event.add("c-ip", address);
  event.add("c-port", word.substr(colon + 1));
  return true;
}

bool take_date(std::string_view& text, const ReadOptions& options, Event& event) {
  if (!text.starts_with('[')) return false;
  text.remove_prefix(1);
  const auto time = take_clf_time(text, options.zone);
  if (!time || !text.starts_with("] ")) return false;
  text.remove_prefix(2);
  event.happened = event.recorded = *time;
  return true;
}

/// "frontend/bind: message": a connection that failed before a request came.
bool add_connection_error(std::string_view text, Event& event) {
  const auto end = text.find(": ");
  const auto slash = text.substr(0, end).find('/');
  if (end == npos || slash == npos || text.substr(0, end).find(' ') != npos) return false;
  add_present("frontend", text.substr(0, slash), event);
  add_present("message", text.substr(end + 2), event);
  return true;
}

bool add_route(std::string_view& text, Event& event) {
  auto frontend = take_word(text);
  const auto route = take_word(text);
  const auto slash = route.find('/');
  if (frontend.ends_with('~')) frontend.remove_suffix(1);  // TLS
  if (slash == npos) return false;
  add_present("frontend", frontend, event);
  add_present("backend", route.substr(0, slash), event);
  if (route.substr(slash + 1) != "<NOSRV>") add_present("server", route.substr(slash + 1), event);
  return true;
}

bool add_timers(std::string_view word, Event& event) {
  int total = 0;
  if (!has_slashes(word, 4) || !is_number(word.substr(word.rfind('/') + 1), total)) return false;
  if (total < 0) return true;
  event.recorded += milliseconds{total};
  add_time_taken(milliseconds{total}, event);
  return true;
}

bool add_answer(std::string_view& text, Event& event) {
  int number = 0;
  const auto status = take_word(text), bytes = take_word(text);
  std::uint64_t size = 0;
  const auto digits = bytes.starts_with('+') ? bytes.substr(1) : bytes;
  if (!is_number(status, number) || std::from_chars(digits.data(), digits.data() + digits.size(), size).ptr == digits.data()) return false;
  if (number >= 0) event.add("sc-status", status);
  event.add("sc-bytes", digits);
  add_present("request-cookie", take_word(text), event);
  add_present("response-cookie", take_word(text), event);
  const auto state = take_word(text);
  if (state != "----") add_present("termination-state", state, event);
  return has_slashes(take_word(text), 4) && has_slashes(take_word(text), 1);
}

/// {a|b} of the request, then of the response, each where it captures.
void add_captures(std::string_view& text, Event& event) {
  for (const auto name : {"captured-request-headers", "captured-response-headers"}) {
    const auto close = text.find('}');
    if (!text.starts_with('{') || close == npos) return;
    add_present(name, unescape_hashes(text.substr(1, close - 1), event), event);
    text.remove_prefix(std::min(close + 2, text.size()));
  }
}
}  // namespace

bool read_haproxy(std::string_view line, const ReadOptions& options, Event& event) {
  event.category = "webserver";
  event.service = "haproxy";
  if (!add_client(take_word(line), event) || !take_date(line, options, event)) return false;
  if (add_connection_error(line, event)) return true;
  if (!add_route(line, event) || !add_timers(take_word(line), event) || !add_answer(line, event)) return false;
  add_captures(line, event);
  if (!line.starts_with('"')) return false;
  line.remove_prefix(1);
  add_request(unescape_hashes(line.substr(0, line.find('"')), event), event);
  return true;
}

}  // namespace kulla::event
