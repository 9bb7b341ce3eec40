// Numbers that follow from a seed, the same on every machine.
#pragma once
#include <cstdint>
#include <random>
#include <string_view>

namespace kulla::drill {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// The same seed and name give the same numbers, whatever else was drawn.
  Random(std::uint64_t seed, std::string_view name) : engine_(mixed(seed, name)) {}
  /// From 0 to `below` - 1.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::uint64_t next() { return engine_(); }

 private:
  static std::uint64_t mixed(std::uint64_t seed, std::string_view name) {
    std::uint64_t hash = 14695981039346656037ULL ^ seed;  // FNV-1a
    for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
    return hash;
  }
  std::mt19937_64 engine_;
};

}  // namespace kulla::drill
