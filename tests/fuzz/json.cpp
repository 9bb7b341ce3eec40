// Any bytes as JSON: never a crash; what is accepted has one canonical text, which reads back as itself.
#include "base/canonical_json.hpp"

namespace {
/// Fractions and integers beyond ±2^53 are not canonical JSON's; nobody hands them to it.
bool is_canonical(const kulla::json::value& value) {
  constexpr std::int64_t largest = std::int64_t{1} << 53;
  if (value.is_double() || value.is_uint64()) return false;
  if (const auto* number = value.if_int64()) return *number >= -largest && *number <= largest;
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array)
      if (!is_canonical(element)) return false;
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object)
      if (!is_canonical(member.value())) return false;
  }
  return true;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const auto value = kulla::parse_json({data, size});
  if (!value || !is_canonical(*value)) return 0;
  const auto text = kulla::canonical(*value);
  const auto again = kulla::parse_json(text);
  KULLA_ASSERT(again && kulla::canonical(*again) == text);
  return 0;
}
