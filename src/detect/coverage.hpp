// Which rules can fire on the events at hand: those whose log source comes, with the fields that they need.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "detect/sigma/matcher.hpp"

namespace kulla::detect {

/// Why a rule cannot match anything that was seen.
struct NeverFires {
  std::size_t rule = 0;
  bool source_seen = false;          ///< its log source comes, and then lacks:
  std::vector<std::string> missing;  ///< the fields it looks at that never came with its log source
};

class Coverage {
 public:
  explicit Coverage(std::shared_ptr<const sigma::RuleSet> rules);
  void look(const event::Event& event);
  /// The rules that cannot fire, ascending; all others can.
  [[nodiscard]] std::vector<NeverFires> never() const;
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::size_t kinds() const { return seen_.size(); }  ///< of events

 private:
  using Seen = std::vector<bool>;  // by FieldId
  [[nodiscard]] bool possible(std::uint32_t node, const sigma::SourceClass& source, const Seen& seen) const;

  std::shared_ptr<const sigma::RuleSet> rules_;
  std::shared_ptr<sigma::Programs> programs_;
  sigma::Matcher matcher_;
  std::unordered_map<sigma::SourceClass, Seen, sigma::SourceClassHash> seen_;
  std::uint64_t events_ = 0;
};

}  // namespace kulla::detect
