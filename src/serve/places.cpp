#include "serve/places.hpp"

#include <algorithm>
#include <utility>

namespace kulla::serve {

bool Places::make_room(const std::string& network, bool same_network) {
  ++crowded_;
  const auto leaves = std::ranges::find_if(
      places_, [&](const Place& each) { return !each.signed_in && !each.ended && (!same_network || each.network == network); });
  if (leaves == places_.end()) return false;
  send_away(*leaves);
  return true;
}

void Places::send_away(Place& place) {
  place.ended = true;
  ++leaving_;
  --by_network_[place.network];
  if (place.end) place.end();
}

Place* Places::take(const std::string& network) {
  const auto found = by_network_.find(network);
  if (found != by_network_.end() && found->second >= most_a_network_ && !make_room(network, true)) return nullptr;
  if (places_.size() - leaving_ >= most_ && !make_room(network, false)) return nullptr;
  ++by_network_[network];
  return &places_.emplace_back(Place{.network = network, .end = {}});
}

void Places::begin_stream(Place* place, const std::string& person, std::size_t most) {
  const auto own = [&person](const Place& each) { return !each.ended && each.streams_to == person; };
  if (std::cmp_greater_equal(std::ranges::count_if(places_, own), most)) send_away(*std::ranges::find_if(places_, own));
  place->streams_to = person;
  places_.splice(places_.end(), places_, std::ranges::find(places_, place, [](const Place& each) { return &each; }));
}

void Places::leave(Place* place) {
  if (place->ended) --leaving_;
  else --by_network_[place->network];
  if (by_network_[place->network] == 0) by_network_.erase(place->network);
  places_.remove_if([place](const Place& each) { return &each == place; });
}

void Places::end_all() {
  for (auto& place : places_) {
    if (!place.ended) send_away(place);
    else if (place.end) place.end();
  }
}

}  // namespace kulla::serve
