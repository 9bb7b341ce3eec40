#include "outage/fingerprint.hpp"

#include <charconv>

namespace kulla::outage {
namespace {
constexpr int enough_equal = 3;  // fewer would learn a page that was broken for a moment
constexpr std::size_t digits = 16;
}  // namespace

std::optional<std::uint64_t> Fingerprint::parse(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (text.size() != digits || error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

Fingerprint::Fingerprint(std::string_view wanted) : known_(parse(wanted)), learning_(wanted == "learn") {}

bool Fingerprint::differs(std::uint64_t body) {
  if (known_ || !learning_) return would_differ(body);
  equal_ = equal_ > 0 && body == candidate_ ? equal_ + 1 : 1;
  candidate_ = body;
  if (equal_ == enough_equal) known_ = body;
  return false;
}
}  // namespace kulla::outage
