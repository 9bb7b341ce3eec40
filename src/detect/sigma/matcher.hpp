// Which rules match an event. Every test is made at most once an event, and only for rules that their strings have found (program.hpp).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/sigma/program.hpp"
#include "detect/sigma/value_cache.hpp"
#include "event/event.hpp"

namespace kulla::detect::sigma {

/// Where the time of a Matcher goes, for benchmarks: nanoseconds.
struct Spent {
  std::uint64_t looking_up = 0;  ///< fields by their names, and the class of the event
  std::uint64_t scanning = 0;    ///< values for strings
  std::uint64_t evaluating = 0;  ///< conditions
};

/// One thread owns it. Allocates nothing once its buffers have grown and its programs are made.
class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const RuleSet> rules);
  explicit Matcher(std::shared_ptr<Programs> programs);  ///< several threads share the programs
  /// The rules that match, as indices into the rule set, ascending; valid until the next call.
  const std::vector<std::size_t>& match(const event::Event& event) { return match(event, {event.category, event.product, event.service}); }
  /// The same where the log source is said from outside.
  struct Source {
    std::string_view category, product, service;
  };
  const std::vector<std::size_t>& match(const event::Event& event, const Source& source);
  [[nodiscard]] const RuleSet& rules() const { return rules_; }
  [[nodiscard]] const SourceClass& source_class() const { return source_; }  ///< of the last event
  void measure(Spent* spent) { spent_ = spent; }  ///< from now on; costs some per cent
  [[nodiscard]] std::uint64_t evaluated() const { return evaluated_; }  ///< conditions evaluated since the start

 private:
  /// The values of an event by number: first what stands for RuleSet's reserved fields, then the event's own fields.
  struct Value {
    std::uint32_t next = none;  ///< of the same field
    std::uint32_t folded_at = 0;  ///< the event for which `folded` was made
    std::string folded;
  };
  struct FieldValues {
    std::uint32_t event = 0;  ///< the one that has this field
    std::uint32_t first = none, last = none;
  };
  struct Prepared {
    std::shared_ptr<const Survey> survey;
    std::shared_ptr<const Program> program;  // none while events are observed
    Observed observed;
    std::uint32_t asked = 0;  // so often for the program
    std::vector<ValueCache> caches;  // beside program->scans
  };
  struct Answer {
    std::uint32_t event = 0;
    bool yes = false;
  };
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::uint32_t patience = 500;  // events of a class evaluated in full while its program is made; then it is waited for
  static constexpr FieldId not_known = none, not_asked = none - 1;

  void find_rules(const event::Event& event, const Source& source);
  void begin(const event::Event& event, const Source& source);
  void use_keys_of(const event::Event& event);
  [[nodiscard]] FieldId field_of(const event::Field& field);
  void add_value(FieldId field, std::uint32_t value);
  [[nodiscard]] std::uint32_t first_value(FieldId field) const;
  [[nodiscard]] bool is_null(std::uint32_t value) const;
  std::string_view text(std::uint32_t value);
  std::string_view folded(std::uint32_t value);
  void classify();
  char32_t class_of(std::size_t source_field);
  char32_t class_of_value(std::size_t source_field, std::uint32_t value);
  Prepared& prepared();
  void observe(Prepared& prepared);
  void ask_for_program(Prepared& prepared);
  void find_candidates(Prepared& prepared);
  bool find_in_record(const Program::Scan& scan);
  const std::vector<std::uint32_t>& found_in(const Program::Scan& scan, ValueCache& cache, std::uint32_t value);
  void consider(const Program::Entries& entries);
  [[nodiscard]] std::string_view raw(std::uint32_t value);
  bool holds(std::uint32_t node);
  bool test(std::uint32_t index);
  bool evaluate(const RuleSet::Test& test);
  bool refers(const RuleSet::OtherField& other, std::uint32_t left);
  template <typename Holds>
  bool any_value(FieldId field, Holds&& holds);

  const std::shared_ptr<Programs> programs_;
  const RuleSet& rules_;
  const event::Event* event_ = nullptr;
  Source logsource_;
  std::uint32_t now_ = 0;  ///< the number of the event, for all that is said to be of one event
  std::vector<Value> values_;
  std::vector<FieldValues> fields_;
  std::shared_ptr<const event::FieldKeys> keys_;  // of the last event
  std::vector<FieldId> field_of_key_;             // of keys_: not_asked, or not_known yet
  std::vector<Answer> answers_;           // beside rules_.tests()
  std::vector<std::uint32_t> considered_;  // beside rules_.entries(): the last event
  struct Remembered {
    std::string value;  // raw
    event::Field::Form form = event::Field::Form::null;
    char32_t number = SourceClasses::other;
  };
  std::vector<Remembered> last_source_;  // beside rules_.source_fields()
  SourceClass source_;
  std::unordered_map<SourceClass, Prepared, SourceClassHash> prepared_;
  Prepared* last_prepared_ = nullptr;
  SourceClass last_class_;
  ScanSpace space_;
  std::vector<std::uint32_t> found_, candidates_;
  std::vector<std::size_t> matched_;
  std::uint64_t evaluated_ = 0;
  Spent* spent_ = nullptr;
};

}  // namespace kulla::detect::sigma
