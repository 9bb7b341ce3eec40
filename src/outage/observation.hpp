// What a vantage saw, one line of JSON each, signed by the vantage; docs/observation-format.md.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <string_view>

#include "base/keys.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::outage {

BOOST_DEFINE_ENUM_CLASS(Layer, none, resolve, connect, request, timeout, status)  // where a probe failed; none: it did not
struct Observation {
  VantageId vantage;
  std::uint64_t number = 0;     ///< rising by one a vantage: replayed or reordered ones show
  ServiceId target;
  Timestamp sent;               ///< when the probe was sent, by the vantage's clock
  std::int64_t took_us = 0;
  Layer failed = Layer::none;
  int status = 0;               ///< HTTP status; 0 where none came
  bool notice = false;          ///< the body is a closure notice (X-Kulla-Closure header)
  friend bool operator==(const Observation&, const Observation&) = default;
};
BOOST_DESCRIBE_STRUCT(Observation, (), (vantage, number, target, sent, took_us, failed, status, notice))

/// {"observation":{…},"signature":HEX} in canonical JSON; the signature is over {"kulla":"observation/1", …fields}.
[[nodiscard]] std::string to_line(const Observation& observation, const SecretKey& key);
[[nodiscard]] Result<Observation> from_line(std::string_view line, const PublicKey& key);

}  // namespace kulla::outage
