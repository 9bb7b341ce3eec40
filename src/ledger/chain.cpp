#include "ledger/chain.hpp"

#include <fmt/format.h>

#include <array>

#include "base/canonical_json.hpp"
#include "model/codec.hpp"

namespace kulla::ledger {
namespace {
constexpr std::string_view fact_domain = "kulla ledger fact 1\n";
constexpr std::string_view head_domain = "ledger-head/1";

std::string_view text_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}; }

json::object fields(const SignedHead& head, const PublicKey& key) {
  return {{"kulla", head_domain},      {"after", codec::bounded(head.after)}, {"number", codec::bounded(head.number)},
          {"hash", to_hex(head.hash)}, {"links", to_hex(head.links)},         {"at", head.at},
          {"key", to_hex(key)}};
}

template <typename T>
Result<T> field(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (!found) return fail(Code::bad_json, fmt::format("{} is missing", name));
  return codec::decode<T>(*found);
}

Result<SignedHead> head_from(const json::object& object) {
  SignedHead head;
  KULLA_TRY(head.after, field<std::uint64_t>(object, "after"));
  KULLA_TRY(head.number, field<std::uint64_t>(object, "number"));
  KULLA_TRY(head.hash, field<Digest>(object, "hash"));
  KULLA_TRY(head.links, field<Digest>(object, "links"));
  KULLA_TRY(head.at, field<std::string>(object, "at"));
  KULLA_TRY(head.signature, field<Signature>(object, "signature"));
  return head;
}
}  // namespace

Digest fact_hash(const Digest& before, std::uint64_t number, std::string_view bytes) {
  std::array<char, 8> big_endian{};
  for (std::size_t i = 0; i < big_endian.size(); ++i) big_endian[i] = static_cast<char>(number >> (8 * (7 - i)));
  Sha256 hash;
  hash.add(fact_domain);
  hash.add(text_of(before));
  hash.add(std::string_view{big_endian.data(), big_endian.size()});
  hash.add(bytes);
  return hash.finish();
}

std::string signed_text(const SignedHead& head, const PublicKey& key) { return canonical(fields(head, key)); }

bool vouched(const SignedHead& head, const PublicKey& key) { return kulla::verify(key, signed_text(head, key), head.signature); }

std::string witness_line(const SignedHead& head, const PublicKey& key) {
  auto object = fields(head, key);
  object["signature"] = to_hex(head.signature);
  return canonical(object);
}

Result<SignedHead> read_witness_line(std::string_view line, const PublicKey& trust) {
  KULLA_TRY(const auto value, parse_json(line));
  if (!value.is_object()) return fail(Code::bad_json, "an object expected");
  KULLA_TRY(const auto head, head_from(value.get_object()));
  KULLA_TRY(const auto key, field<PublicKey>(value.get_object(), "key"));
  if (key != trust) return fail(Code::bad_signature, fmt::format("signed by another key, {}", fingerprint(key)));
  if (witness_line(head, key) != line) return fail(Code::bad_json, "not a signed head in canonical form");
  if (!vouched(head, key)) return fail(Code::bad_signature, "its signature does not verify");
  return head;
}
}  // namespace kulla::ledger
