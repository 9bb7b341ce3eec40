// A hand-written reader: one pass, views only. Only a quoted value with a backslash in it, and a URI with an encoding in it, are copied
// (into the event's scratch).
#include "event/gate_log.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "event/fields.hpp"

namespace kulla::event {
using namespace std::chrono;
namespace {
constexpr std::int64_t last_date_us = 253'402'300'800'000'000;  // the year 10000

class Reader {
 public:
  Reader(std::string_view line, Event& event) : rest_(line), event_(event) {}
  Result<> read();

 private:
  Result<std::string_view> plain(std::string_view name);
  Result<std::string_view> quoted(std::string_view name);
  Result<std::int64_t> number(std::string_view name, std::int64_t low, std::int64_t high);
  Result<> read_time();
  Result<> read_client();
  Result<> read_plain(std::string_view name);
  Result<> read_number(std::string_view name, std::int64_t low, std::int64_t high);
  Result<> read_uri();
  Result<> read_header(std::string_view name);
  std::string_view unescaped(std::string_view text);

  std::string_view rest_;
  Event& event_;
};

std::unexpected<Error> bad(std::string_view name, std::string_view why) {
  return fail(Code::bad_event, fmt::format("gate line: {}: {}", name, why));
}

Result<std::string_view> Reader::plain(std::string_view name) {
  const auto space = rest_.find(' ');
  if (space == std::string_view::npos) return bad(name, "the line ends here");
  if (space == 0) return bad(name, "empty");
  const auto value = rest_.substr(0, space);
  rest_.remove_prefix(space + 1);
  return value;
}

Result<std::string_view> Reader::quoted(std::string_view name) {
  if (!rest_.starts_with('"')) return bad(name, "a quoted value expected");
  bool escaped = false;
  std::size_t end = 1;
  for (; end < rest_.size() && rest_[end] != '"'; ++end)
    if (rest_[end] == '\\') escaped = true, ++end;
  if (end >= rest_.size()) return bad(name, "the line ends within it");
  const auto value = rest_.substr(1, end - 1);
  rest_.remove_prefix(end + 1);
  return escaped ? unescaped(value) : value;
}

std::string_view Reader::unescaped(std::string_view text) {
  auto& out = event_.scratch();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out += text[at];
  }
  return out;
}

Result<std::int64_t> Reader::number(std::string_view name, std::int64_t low, std::int64_t high) {
  KULLA_TRY(const auto text, plain(name));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) return bad(name, "not a number in range");
  return value;
}

Result<> Reader::read_time() {
  KULLA_TRY(const auto date, number("DATE_US", 0, last_date_us));
  KULLA_TRY(const auto active, number("ACTIVE_MS", -1, date / 1000));
  event_.recorded = Timestamp{microseconds{date}};
  event_.happened = event_.recorded - milliseconds{std::max<std::int64_t>(active, 0)};
  return {};
}

// The address becomes a key at the gate: nothing but an address may pass.
Result<> Reader::read_client() {
  KULLA_TRY(const auto text, plain("CLIENT"));
  std::array<char, INET6_ADDRSTRLEN> copy{};
  std::array<unsigned char, sizeof(in6_addr)> parsed;
  if (text.size() >= copy.size()) return bad("CLIENT", "not an address");
  std::memcpy(copy.data(), text.data(), text.size());
  if (::inet_pton(text.find(':') == std::string_view::npos ? AF_INET : AF_INET6, copy.data(), parsed.data()) != 1)
    return bad("CLIENT", "not an address");
  event_.add("c-ip", text);
  return {};
}

Result<> Reader::read_plain(std::string_view name) {
  KULLA_TRY(const auto text, plain(name));
  add_present(name, text, event_);
  return {};
}

Result<> Reader::read_number(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto before = rest_;
  KULLA_CHECK(number(name, low, high));
  event_.add(name, before.substr(0, before.find(' ')));
  return {};
}

Result<> Reader::read_uri() {
  KULLA_TRY(const auto uri, quoted("URI"));
  add_uri(uri, event_);
  return {};
}

Result<> Reader::read_header(std::string_view name) {
  if (!rest_.starts_with(' ')) return bad(name, "the line ends here");
  rest_.remove_prefix(1);
  KULLA_TRY(const auto text, quoted(name));
  add_present(name, text, event_);
  return {};
}

Result<> Reader::read() {
  KULLA_TRY(const auto version, plain("version"));
  if (version != gate_log::version) return bad("version", fmt::format("not {}", gate_log::version));
  KULLA_CHECK(read_time());
  KULLA_CHECK(read_client());
  for (const auto name : {"cs-method", "cs-host", "kulla-path"}) KULLA_CHECK(read_plain(name));
  KULLA_CHECK(read_number("sc-status", -1, 999));
  KULLA_CHECK(read_number("sc-bytes", 0, INT64_MAX));
  for (const auto name : {"kulla-service", "kulla-verdict", "kulla-termination"}) KULLA_CHECK(read_plain(name));
  KULLA_CHECK(read_uri());
  for (const auto name : {"cs-user-agent", "cs-referer", "cs-content-type"}) KULLA_CHECK(read_header(name));
  if (!rest_.empty()) return bad("CONTENT-TYPE", "more after it");
  return {};
}
}  // namespace

Result<> read_gate_line(std::string_view line, Timestamp seen, Event& event) {
  event.clear();
  event.record = line;
  event.seen = event.recorded = event.happened = seen;
  event.category = "webserver";
  return Reader{line, event}.read();
}

}  // namespace kulla::event
