#include "outage/observation.hpp"

#include <fmt/format.h>

#include "base/canonical_json.hpp"
#include "model/codec.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t line_limit = 4096;

struct Line {
  Observation observation;
  Signature signature;
};
BOOST_DESCRIBE_STRUCT(Line, (), (observation, signature))

std::string signed_text(const Observation& observation) {
  auto value = codec::encode(observation);
  value.get_object()["kulla"] = "observation/2";
  return canonical(value);
}
}  // namespace

std::string to_line(const Observation& observation, const SecretKey& key) {
  return canonical(codec::encode(Line{observation, key.sign(signed_text(observation))}));
}

Result<Observation> from_line(std::string_view line, const PublicKey& key) {
  KULLA_TRY(const auto value, parse_json(line, line_limit));
  KULLA_TRY(auto read, codec::decode<Line>(value));
  // Beyond what canonical JSON holds exactly, no signature can have been made.
  constexpr std::uint64_t exact = std::uint64_t{1} << 53;
  const auto& phases = read.observation.phases;
  const auto sane = [&](std::int64_t micros) { return micros >= 0 && micros <= std::int64_t{exact}; };
  if (read.observation.number > exact || !sane(read.observation.took_us) || !sane(phases.resolve_us) || !sane(phases.connect_us) ||
      !sane(phases.tls_us) || !sane(phases.first_byte_us))
    return fail(Code::bad_json, "observation: a number is out of range");
  if (!verify(key, signed_text(read.observation), read.signature))
    return fail(Code::bad_signature, fmt::format("observation: not signed by {}", fingerprint(key)));
  return std::move(read.observation);
}
}  // namespace kulla::outage
