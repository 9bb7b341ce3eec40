// The bytes that are hashed and signed. docs/ledger-format.md says the same for other tools.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/keys.hpp"
#include "ledger/ledger.hpp"

namespace kulla::ledger {

/// The hash of fact `number`, which binds it and all before it. `before` is the hash of the fact before; zero for the first.
[[nodiscard]] Digest fact_hash(const Digest& before, std::uint64_t number, std::string_view bytes);

/// A signed head: its signature vouches for each of the facts `after` + 1 … `number`, and through the chain for all before.
struct SignedHead {
  std::uint64_t after = 0;  ///< number of the signed head before; 0 for the first
  std::uint64_t number = 0;
  Digest hash;              ///< of fact `number`
  Digest links;             ///< SHA-256 over the hashes of the facts `after` + 1 … `number`, 32 bytes each: names the changed one
  std::string at;           ///< when fact `number` was recorded, RFC 3339
  Signature signature;
};

/// The canonical JSON that is signed: all fields but the signature, the public key, and {"kulla":"ledger-head/1"}.
[[nodiscard]] std::string signed_text(const SignedHead& head, const PublicKey& key);
[[nodiscard]] bool vouched(const SignedHead& head, const PublicKey& key);

/// What a witness is told, without a line end: the signed text's object with its signature.
[[nodiscard]] std::string witness_line(const SignedHead& head, const PublicKey& key);
/// Accepts only what `witness_line` writes, byte for byte, signed by `trust`.
[[nodiscard]] Result<SignedHead> read_witness_line(std::string_view line, const PublicKey& trust);

}  // namespace kulla::ledger
