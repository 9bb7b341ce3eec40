// Signs as sentences, with the figures that they rest on.
#pragma once
#include <string>
#include <vector>

#include "outage/cause.hpp"

namespace kulla::outage {

[[nodiscard]] std::string sentence(Sign sign, const Evidence& evidence);
/// What else was seen and is not yet in `said`: other symptoms, notices, how many vantages, a new address.
[[nodiscard]] std::vector<std::string> other_sentences(const Evidence& evidence, const std::vector<std::string>& said);

}  // namespace kulla::outage
