// Tells the daemon's facts in words, as they come.
#pragma once
#include "drill/story.hpp"
#include "model/fact.hpp"

namespace kulla::drill {
void narrate(const Fact& fact, Story& story);
}
