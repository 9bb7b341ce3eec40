// Ed25519 keys on a token, through PKCS#11 (OASIS, 3.0: CKM_EDDSA without parameters is pure Ed25519) and p11-kit, which finds the modules.
// A key is named by a URI (RFC 7512), for example pkcs11:token=kulla;object=ana?module-path=/usr/lib/softhsm/libsofthsm2.so
#pragma once
#include <memory>
#include <string>

#include "cli/signer.hpp"

namespace kulla::cli {

[[nodiscard]] bool is_token_uri(std::string_view key);
/// The one key that the URI names, by its public half, which a token shows without a PIN. Without module-path all modules that are
/// registered with p11-kit are asked. The PIN is asked for when signing, on the terminal or at the token, or read from pin-source=file:PATH.
/// Code::not_found where there is no such token or key (and which there are), Code::bad_key where it cannot sign with Ed25519.
[[nodiscard]] Result<std::unique_ptr<Signer>> find_token_key(const std::string& uri);

}  // namespace kulla::cli
