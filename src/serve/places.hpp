// The connections of the server: how many there may be, and who leaves where there are too many. One thread.
#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>

namespace kulla::serve {

struct Place {
  std::string network;
  bool signed_in = false;      ///< keeps its place
  std::string streams_to = {};  ///< whose live stream it is; empty: none
  bool ended = false;
  std::function<void()> end;   ///< makes whatever the connection waits for fail
};

class Places {
 public:
  Places(std::size_t most, std::size_t most_a_network) : most_(most), most_a_network_(most_a_network) {}
  /// A new connection's place, last in the list. Where there is none, the oldest leaves that is not signed in, of the same network where
  /// that has its share. None: all are signed in.
  [[nodiscard]] Place* take(const std::string& network);
  /// From now on a live stream to `person`; where that makes more than `most` of them, that person's oldest ends.
  void begin_stream(Place* place, const std::string& person, std::size_t most);
  void leave(Place* place);
  void end_all();
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] std::uint64_t crowded() const { return crowded_; }

 private:
  /// False where nobody can be sent away.
  bool make_room(const std::string& network, bool same_network);
  void send_away(Place& place);
  const std::size_t most_, most_a_network_;
  std::list<Place> places_;  ///< by age; a stream by when it began
  std::map<std::string, std::size_t> by_network_;
  std::size_t leaving_ = 0;
  std::uint64_t crowded_ = 0;
};

}  // namespace kulla::serve
