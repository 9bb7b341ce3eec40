// Which of many strings stand in a value, without regard to case: whole values by hash, all other strings together by vectorscan.
// Answers may hold too much (a string that stands elsewhere than wanted), never too little.
//
// Values of JSON are searched as they stand in the record, escaped: undoing that costs more than the search. The strings are escaped
// instead, in the form that nearly all programs write; a value in another form (\u0041, \/, a backslash before what needs none) is
// rewritten first.
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
  std::string plain_, canonical_, folded_;
};

/// Filled by add(), then compiled, then shared and immutable.
class ValueMatcher {
 public:
  using Place = Pattern::Place;
  enum class Form : std::uint8_t {
    text,    ///< values as they are
    json,    ///< the insides of JSON strings
    record,  ///< whole JSON objects; places do not count
  };
  explicit ValueMatcher(Form form) : form_(form) {}
  ValueMatcher(ValueMatcher&&) noexcept;
  ValueMatcher& operator=(ValueMatcher&&) = delete;
  ~ValueMatcher();
  /// `text` is in lower case; empty is allowed for Place::whole only. `id` is what find() answers.
  void add(std::string_view text, Place place, std::uint32_t id);
  void compile();
  /// Makes `space` large enough; once a thread and matcher, before its first find().
  void prepare(ScanSpace& space) const;
  /// Appends the ids whose text stands in `value`; an id may come several times. False in a record where a value may be escaped in
  /// another form than the usual: then the values must be asked one by one.
  bool find(std::string_view value, ScanSpace& space, std::vector<std::uint32_t>& ids) const;

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
  struct Scan;
  static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void* scan);
  void add_piece(std::string_view text, Place place, std::uint32_t id);
  void find_whole(std::string_view value, ScanSpace& space, std::vector<std::uint32_t>& ids) const;
  [[nodiscard]] std::string_view canonical(std::string_view value, ScanSpace& space) const;

  const Form form_;
  std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>> wholes_;
  std::unordered_map<std::string, std::size_t> index_;  // into literals_, while adding
  std::vector<Literal> literals_;
  std::vector<std::uint32_t> anything_;  // ids of texts that leave nothing to search for
  hs_database* database_ = nullptr;
};

}  // namespace kulla::detect::sigma
