// What a vantage saw, one line of JSON each, signed by the vantage; docs/observation-format.md.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/keys.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"
#include "model/notice.hpp"

namespace kulla::outage {

/// Where a probe failed, in the order in which a probe gets there; none: it did not fail.
BOOST_DEFINE_ENUM_CLASS(Layer, none,
                        resolve_refused,   // a name server refused, or could not say (REFUSED, SERVFAIL)
                        resolve_timeout,   // no name server answered
                        resolve_missing,   // there is no such name, or it has no address (NXDOMAIN, no data)
                        resolve_bogus,     // the zone's signatures do not verify (DNSSEC)
                        connect_refused,   // reset at once
                        connect_timeout,   // no answer to SYN or echo request
                        unreachable,       // no route, host unreachable, prohibited (ICMP or the system said so)
                        tls,               // the handshake failed or broke off
                        tls_timeout,
                        certificate,       // expired, not yet valid, for another name, or from nobody we trust
                        closed,            // connected, and the answer broke off
                        answer_timeout,    // connected, and no whole answer in time
                        malformed,         // the answer is no HTTP, has too large a header, or never ends
                        status,            // not a status that is good
                        body)              // a good status, and not the page that is known

using kulla::NoticeSeen;

/// Each phase alone, in microseconds of a monotonic clock; 0 where it did not come to that.
struct Phases {
  std::int64_t resolve_us = 0, connect_us = 0, tls_us = 0, first_byte_us = 0;
  friend bool operator==(const Phases&, const Phases&) = default;
};
BOOST_DESCRIBE_STRUCT(Phases, (), (resolve_us, connect_us, tls_us, first_byte_us))

struct Observation {
  VantageId vantage;
  std::uint64_t number = 0;     ///< rising by one a vantage: replayed or reordered ones show
  ServiceId target;
  Timestamp sent;               ///< when the probe was sent, by the vantage's clock
  std::int64_t took_us = 0;     ///< the whole probe
  Layer failed = Layer::none;
  int status = 0;               ///< HTTP status; 0 where none came
  NoticeSeen notice = NoticeSeen::none;
  Phases phases{};
  std::optional<std::string> closure{};         ///< that a valid or expired notice names
  std::optional<std::string> body{};  ///< fingerprint: the first 16 hexadecimal digits of the body's SHA-256, where one is wanted
  std::optional<Timestamp> certificate_ends{};
  std::optional<std::string> address{};  ///< asked, without port
  std::optional<std::string> detail{};  ///< what the layer said, in a few words: "certificate has expired"
  friend bool operator==(const Observation&, const Observation&) = default;
};
BOOST_DESCRIBE_STRUCT(Observation, (),
                      (vantage, number, target, sent, took_us, failed, status, notice, phases, closure, body, certificate_ends, address,
                       detail))

/// The probe ran out of time: it would have failed, or answered, earlier than it ended.
[[nodiscard]] constexpr bool is_timeout(Layer layer) {
  return layer == Layer::resolve_timeout || layer == Layer::connect_timeout || layer == Layer::tls_timeout ||
         layer == Layer::answer_timeout;
}

/// {"observation":{…},"signature":HEX} in canonical JSON; the signature is over {"kulla":"observation/2", …fields}.
[[nodiscard]] std::string to_line(const Observation& observation, const SecretKey& key);
[[nodiscard]] Result<Observation> from_line(std::string_view line, const PublicKey& key);

}  // namespace kulla::outage
