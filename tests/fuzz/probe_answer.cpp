// Any bytes as a server's answer: HTTP/1.1, HTTP/2 and DNS. In any pieces the outcome is the same, and every size stays bounded.
#include <algorithm>

#include "outage/ask_dns.hpp"
#include "outage/ask_http.hpp"

using namespace kulla;
using outage::Exchange;

namespace {
struct Seen {
  Exchange::State state;
  int status;
  std::optional<std::string> closure;
  friend bool operator==(const Seen&, const Seen&) = default;
};

/// Hands on what came, `piece` bytes at a time; then the end.
Seen feed(Exchange& exchange, std::string_view bytes, std::size_t piece) {
  auto state = Exchange::State::going_on;
  while (state == Exchange::State::going_on && !bytes.empty()) {
    for (auto out = exchange.to_send(); !out.empty(); out = exchange.to_send()) exchange.sent(out.size());
    state = exchange.take(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (state == Exchange::State::going_on) state = exchange.end();
  KULLA_ASSERT(state != Exchange::State::going_on);
  KULLA_ASSERT(state != Exchange::State::whole || exchange.status != 0);
  return {state, exchange.status, exchange.notice.closure};
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{data + 1, size - 1};
  const auto piece = std::size_t{1} + static_cast<unsigned char>(data[0]) % 7;
  const auto whole = feed(*outage::http1_exchange("GET", true), bytes, bytes.size() + 1);
  const auto pieces = feed(*outage::http1_exchange("GET", true), bytes, piece);
  KULLA_ASSERT(whole.state != Exchange::State::whole || whole == pieces);
  (void)feed(*outage::http2_exchange({"a.example", "/", "agent"}, true), bytes, bytes.size() + 1);
  (void)feed(*outage::http2_exchange({"a.example", "/", "agent"}, true), bytes, piece);
  for (const int type : {1, 2, 6, 15, 16, 33}) {
    const auto answer = outage::read_dns_answer(bytes, type);
    KULLA_ASSERT(answer.failed != outage::Layer::none || outage::fingerprint_of(answer.records).size() == 16);
  }
  return 0;
}
