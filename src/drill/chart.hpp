// The timeline as one SVG picture, without script: lanes for attack, decisions, gate, outside and way back, then a bar a service.
#pragma once
#include <string>

#include "drill/score.hpp"

namespace kulla::drill {

/// `width` in pixels at which its text has its natural size; below 600 the labels stand above the lanes instead of beside them.
[[nodiscard]] std::string chart(const Observed& observed, const Score& score, int width);

}  // namespace kulla::drill
