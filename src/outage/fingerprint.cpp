#include "outage/fingerprint.hpp"

#include <fmt/format.h>

#include <charconv>

namespace kulla::outage {
namespace {
constexpr int enough_equal = 3;   // fewer would learn a page that was broken for a moment
constexpr int enough_others = 3;  // in a row, each another: fewer would unlearn a page that is put right after a defacement
// A page that was the same in so many answers does not change by itself: what comes is another, also if it never is the same. A clock that
// shows minutes, asked by five vantages each second, comes to as many.
constexpr int settled = 300;
constexpr std::size_t digits = 16;
}  // namespace

std::optional<std::uint64_t> Fingerprint::parse(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (text.size() != digits || error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}
std::string Fingerprint::text(std::uint64_t body) { return fmt::format("{:016x}", body); }

Fingerprint::Fingerprint(std::string_view wanted) : known_(parse(wanted)), learning_(wanted == "learn") {}
Fingerprint Fingerprint::learned(std::uint64_t body) {
  Fingerprint fingerprint{"learn"};
  fingerprint.known_ = body;
  fingerprint.equal_ = enough_equal;
  return fingerprint;
}

bool Fingerprint::differs(std::uint64_t body) {
  if (!known_) {
    if (learning_ && !changes_) learn(body);
    return false;
  }
  if (body != *known_) {
    if (learning_) note_another(body);
    return !changes_;
  }
  equal_ += equal_ < settled ? 1 : 0;
  others_ = 0;
  return false;
}

void Fingerprint::learn(std::uint64_t body) {
  equal_ = equal_ > 0 && body == candidate_ ? equal_ + 1 : 1;
  candidate_ = body;
  if (equal_ == enough_equal) known_ = body;
}

void Fingerprint::note_another(std::uint64_t body) {
  if (others_ == 0 || body != candidate_) ++others_;
  candidate_ = body;
  changes_ = others_ >= enough_others && equal_ < settled;
  if (changes_) known_.reset();
}

Layer Fingerprint::judged(Layer failed, std::uint64_t body) {
  if (failed == Layer::none) return differs(body) ? Layer::body : Layer::none;
  if (failed != Layer::body || (!known_ && !changes_)) return failed;
  return differs(body) ? Layer::body : Layer::none;
}

Layer Fingerprint::would_be_judged(Layer failed, std::uint64_t body) const {
  const bool known = known_ || changes_;
  if (failed != Layer::none && (failed != Layer::body || !known)) return failed;
  return would_differ(body) ? Layer::body : Layer::none;
}
}  // namespace kulla::outage
