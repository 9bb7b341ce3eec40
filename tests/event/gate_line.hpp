// Writes a line as the gate does (model/gate_log.hpp), for tests.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "model/gate_log.hpp"

namespace kulla::test {

struct GateLine {
  std::int64_t date_us = 1'657'843'200'000'000;  // 2022-07-15T00:00:00Z
  std::int64_t active_ms = 3;
  std::string client = "192.0.2.7", method = "GET", host = "e-tax.example", path = "/";
  int status = 200;
  std::int64_t bytes = 512;
  std::string service = "e-tax", verdict = "pass", termination = "--";
  std::string uri = "/", user_agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/115.0", referer, content_type;
};

inline std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
  return out + '"';
}

inline std::string to_line(const GateLine& l) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", gate_log::version, l.date_us, l.active_ms, l.client, l.method,
                     l.host, l.path, l.status, l.bytes, l.service, l.verdict, l.termination, in_quotes(l.uri), in_quotes(l.user_agent),
                     in_quotes(l.referer), in_quotes(l.content_type));
}

}  // namespace kulla::test
