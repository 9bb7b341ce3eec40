// Any bytes as the body of a baseline, signed here so that what lies behind the signature is reached; and as a backup's manifest.
#include <sys/mman.h>

#include "backup/manifest.hpp"
#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "base/path_text.hpp"
#include "inspect/inspect.hpp"
#include "inspect/judge.hpp"

using namespace kulla;

namespace {
std::string sealed(std::string_view body, const SecretKey& key) {
  const auto signature = key.sign(canonical(json::object{{"kulla", "baseline/4"}, {"sha256", to_hex(sha256(body))}}));
  return std::string(body) + canonical(json::object{{"signature", to_hex(signature)}, {"signer", to_hex(key.public_key())}}) + "\n";
}
Result<std::unique_ptr<inspect::Baseline>> read(std::string_view text, const PublicKey& trusted) {
  Descriptor file{::memfd_create("baseline", MFD_CLOEXEC)};
  KULLA_CHECK(write_all(file.get(), text, "baseline"));
  return inspect::read_baseline(std::move(file), {trusted});
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static const auto key = SecretKey::from_seed({1, 2, 3});
  const std::string_view text{data, size};
  KULLA_ASSERT(!read(text, key.public_key()));
  if (const auto baseline = read(sealed(text, key), key.public_key())) {
    inspect::Judge same{inspect::Rules::standard(), {}}, gone{inspect::Rules::standard(), {}};
    for (;;) {
      const auto thing = (*baseline)->next();
      if (!thing || !*thing) break;
      same.look_at({.path = (*thing)->path, .before = (*thing)->entry, .now = (*thing)->entry});
      gone.look_at({.path = (*thing)->path, .before = (*thing)->entry});
    }
    if (const auto facts = (*baseline)->facts()) same.compare_facts(*facts, *facts);
    KULLA_ASSERT(same.finish().empty());
    for (const auto& finding : gone.finish()) KULLA_ASSERT(unescape_path(finding.path));
  }
  if (const auto manifest = backup::parse_manifest(text)) KULLA_ASSERT(backup::parse_manifest(backup::to_text(*manifest)) == *manifest);
  return 0;
}
