// What is done with every event of one class (source_class.hpp): the rules that can still match, each found by strings or fields without
// which it cannot match. Only what is found so is evaluated, exactly, by the Matcher.
//
// Which of a rule's strings it is found by decides the speed, and only events tell which are rare. So the first events of a class are
// evaluated in full and observed (Survey, Observed); then the program is made. What matches never depends on it.
#pragma once
#include <future>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "detect/sigma/source_class.hpp"
#include "detect/sigma/value_matcher.hpp"

namespace kulla::detect::sigma {

/// The entries that can match events of a class, and what is to be observed before a program is made.
struct Survey {
  std::vector<std::uint32_t> entries;  ///< indices into RuleSet::entries()
  std::vector<std::uint32_t> tests;    ///< that entries could be found by
  std::vector<FieldId> fields;         ///< of these tests
};
/// Counts over the first events of a class.
struct Observed {
  static constexpr std::uint32_t enough = 12;
  std::uint32_t events = 0;
  std::vector<std::uint32_t> held;   ///< beside Survey::tests
  std::vector<std::uint64_t> bytes;  ///< beside Survey::fields
};

/// Immutable once made.
struct Program {
  using Entries = std::vector<std::uint32_t>;  ///< indices into RuleSet::entries()
  struct Scan {
    FieldId field = 0;
    ValueMatcher values;
    std::vector<Entries> entries_of;  ///< what to evaluate where ValueMatcher::find answers an index into this
  };
  struct Presence {
    FieldId field = 0;
    Entries entries;
  };
  std::vector<Scan> scans;
  std::unique_ptr<Scan> record;  ///< of JSON records: for all fields together what is sought in any of them
  std::vector<Presence> presences;  ///< what to evaluate where a field is there at all
  Entries always;                   ///< what nothing could be found for
};

/// Surveys and programs of the classes that came, shared by all threads.
class Programs {
 public:
  /// Who is asked for a program makes it; or a thread aside does, and meanwhile events are evaluated in full: to make one takes as long as
  /// a thousand events or more, for which a live stream would wait.
  enum class Making { at_once, aside };
  /// Classes kept; there are a few hundred in practice. An attacker who invents more makes us forget all and begin anew.
  static constexpr std::size_t class_limit = 4096;
  explicit Programs(std::shared_ptr<const RuleSet> rules, Making making = Making::at_once);
  [[nodiscard]] const RuleSet& rules() const { return *rules_; }
  [[nodiscard]] const SourceClasses& classes() const { return classes_; }
  [[nodiscard]] std::shared_ptr<const Survey> survey(const SourceClass& source);
  using MadeProgram = std::shared_ptr<const Program>;
  /// Nothing while it is being made aside and this caller does not `wait`.
  [[nodiscard]] MadeProgram make(const SourceClass& source, const Observed& observed, bool wait);

 private:
  struct Class {
    std::shared_ptr<const Survey> survey;
    std::shared_future<MadeProgram> program;
  };
  Class& of(const SourceClass& source);
  const std::shared_ptr<const RuleSet> rules_;
  const SourceClasses classes_;
  std::mutex mutex_;
  std::unordered_map<SourceClass, Class, SourceClassHash> known_;
  std::unique_ptr<boost::asio::thread_pool> aside_;  // of one thread; last: what it makes uses all the others
};

}  // namespace kulla::detect::sigma
