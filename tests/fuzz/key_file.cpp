// Any bytes as a secret key file: what is read as sealed is within the bounds of its cost and is written back the same; nothing is unsealed,
// as that costs a guess's time.
#include "base/sealed_key.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view text{data, size};
  if (const auto sealed = sealed_key_from_text(text)) {
    KULLA_ASSERT(sealed->cost.memory <= highest_seal_cost.memory && sealed->cost.ops <= highest_seal_cost.ops);
    KULLA_ASSERT(sealed_key_from_text(to_line(*sealed)) == *sealed);
  }
  const auto plain = secret_key_from_text(text);
  const auto any = any_secret_key_from_text(text);
  if (plain && any) KULLA_ASSERT(public_key_of(*any) == plain->public_key());
  return 0;
}
