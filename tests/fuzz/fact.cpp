// Any JSON as a fact: never a crash; an accepted fact is written as it was read.
#include "model/fact.hpp"

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const auto value = kulla::parse_json({data, size});
  if (!value) return 0;
  const auto fact = kulla::fact_from_json(*value);
  if (!fact) return 0;
  const auto text = kulla::canonical(kulla::to_json(*fact));
  const auto again = kulla::fact_from_json(*kulla::parse_json(text));
  KULLA_ASSERT(again && *again == *fact);
  return 0;
}
