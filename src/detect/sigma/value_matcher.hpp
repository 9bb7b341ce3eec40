// Which of many strings stand in a value: whole values by hash, all other strings of one field together by vectorscan.
// Answers may hold too much (a string that stands elsewhere than wanted), never too little.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/sigma/pattern.hpp"

struct hs_database;
struct hs_scratch;

namespace kulla::detect::sigma {

/// One thread's working memory, for any number of matchers.
class ScanSpace {
 public:
  ScanSpace() = default;
  ScanSpace(const ScanSpace&) = delete;
  ScanSpace& operator=(const ScanSpace&) = delete;
  ~ScanSpace();

 private:
  friend class ValueMatcher;
  hs_scratch* scratch_ = nullptr;
};

/// Filled by add(), then compiled, then shared and immutable.
class ValueMatcher {
 public:
  using Place = Pattern::Place;
  ValueMatcher() = default;
  ValueMatcher(ValueMatcher&&) noexcept;
  ValueMatcher& operator=(ValueMatcher&&) noexcept;
  ~ValueMatcher();
  /// `text` is in lower case; empty is allowed for Place::whole only. `id` is what find() answers.
  void add(std::string_view text, Place place, std::uint32_t id);
  void compile();
  /// Makes `space` large enough; once a thread and matcher, before its first find().
  void prepare(ScanSpace& space) const;
  /// Appends the ids whose text stands in `value` (lower case); an id may come several times.
  void find(std::string_view value, ScanSpace& space, std::vector<std::uint32_t>& ids) const;
  [[nodiscard]] std::size_t memory() const;  ///< bytes, about

 private:
  struct Use {
    std::uint32_t id = 0;
    Place place = Place::whole;
  };
  struct Literal {
    std::string text;
    std::vector<Use> uses;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;
  struct Scan;
  static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void* scan);
  std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>> wholes_;
  Index index_;  // into literals_, while adding
  std::vector<Literal> literals_;
  hs_database* database_ = nullptr;
};

}  // namespace kulla::detect::sigma
