// Facts of every kind, filled at random by reflection over their described members: a new kind or field is covered by itself.
#pragma once
#include <random>

#include "model/fact.hpp"

namespace kulla::test {

class RandomFacts {
 public:
  /// `wild`: also text that is not UTF-8, integers beyond 2^53 and times outside 1970..9999.
  explicit RandomFacts(std::uint64_t seed, bool wild = false) : random_(seed), wild_(wild) {}

  Fact next();
  Fact of_kind(std::size_t kind);

 private:
  std::mt19937_64 random_;
  bool wild_;
};

}  // namespace kulla::test
