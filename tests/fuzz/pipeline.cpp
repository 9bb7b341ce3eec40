// Any bytes as processing pipelines: what is one is applied to a rule, and what comes of that compiles.
#include <cstddef>
#include <string_view>

#include "detect/sigma/parse.hpp"
#include "detect/sigma/pipeline.hpp"
#include "detect/sigma/rule_set.hpp"

using namespace kulla::detect;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static const auto rule = *sigma::parse_rule(sigma::read_yaml(R"(
title: A rule
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\cmd.exe', CommandLine|fieldref: ParentCommandLine}
  other: {User: [ana, null]}
  condition: selection and not other
)")
                                                  ->front());
  sigma::Pipelines pipelines;
  if (!pipelines.add_each({data, size})) return 0;
  const auto variants = pipelines.variants(rule);
  if (!variants) return 0;
  sigma::RuleSet rules;
  KULLA_ASSERT(rules.add(rule, *variants));
  return 0;
}
