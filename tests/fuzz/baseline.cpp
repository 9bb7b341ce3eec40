// Any bytes as the body of a baseline, signed here so that what lies behind the signature is reached; and as a backup's manifest.
#include "backup/manifest.hpp"
#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "base/path_text.hpp"
#include "inspect/inspect.hpp"

using namespace kulla;

namespace {
std::string sealed(std::string_view body, const SecretKey& key) {
  const auto signature = key.sign(canonical(json::object{{"kulla", "baseline/2"}, {"sha256", to_hex(sha256(body))}}));
  return std::string(body) + canonical(json::object{{"signature", to_hex(signature)}, {"signer", to_hex(key.public_key())}}) + "\n";
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static const auto key = SecretKey::from_seed({1, 2, 3});
  const std::string_view text{data, size};
  KULLA_ASSERT(!inspect::parse_baseline(text, {key.public_key()}));
  if (const auto baseline = inspect::parse_baseline(sealed(text, key), {key.public_key()})) {
    const auto findings = inspect::compare(*baseline, {baseline->tree, {}, {}});
    KULLA_ASSERT(findings.empty());
    for (const auto& finding : inspect::compare(*baseline, {})) KULLA_ASSERT(unescape_path(finding.path));
  }
  if (const auto manifest = backup::parse_manifest(text)) KULLA_ASSERT(backup::parse_manifest(backup::to_text(*manifest)) == *manifest);
  return 0;
}
