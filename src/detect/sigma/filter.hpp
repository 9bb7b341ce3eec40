// A Sigma filter (Sigma 2.1, "Sigma Filters Specification"): searches and a condition that are added to the rules it names.
#pragma once
#include <string>
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"
#include "detect/sigma/search.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

struct Filter {
  struct Target {
    std::string reference;  ///< an id or a name
    int line = 0;
  };
  Rule body;     ///< its head, log source, searches and condition; in itself a rule that could be compiled
  bool any = false;  ///< `rules: any`, a custom of other engines: every rule of its log source
  std::vector<Target> targets;
};

/// Faults that only show in compiling, such as a regular expression that is none, are found here, too.
[[nodiscard]] Checked<Filter> parse_filter(const Tree& document, const Placeholders& placeholders = {});
/// Whether `filter` speaks of `source`: whatever part of its log source is given is that of `source`, too.
[[nodiscard]] bool speaks_of(const Logsource& filter, const Logsource& source);
/// From now on `rule` matches where it did and the filter's condition holds. Its searches are added under names of no other.
void apply(const Filter& filter, Rule& rule);

}  // namespace kulla::detect::sigma
