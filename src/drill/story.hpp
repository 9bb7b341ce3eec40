// Tells the drill as it happens: a live timeline for people, or an object a line for programs; and keeps it for the report. Any thread.
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/canonical_json.hpp"
#include "drill/records.hpp"

namespace kulla::drill {

/// The timeline's lanes.
enum class Lane : std::uint8_t { drill, attack, decision, gate, outside, way_back, saboteur };
[[nodiscard]] std::string_view name_of(Lane lane);

struct Told {
  Timestamp at;
  Lane lane = Lane::drill;
  std::string what;
};

class Story {
 public:
  enum class Form { text, ndjson };
  /// `terminal`: colours, and progress that overwrites its line.
  Story(Form form, bool terminal) : form_(form), terminal_(terminal) {}

  void tell(Lane lane, std::string what) { tell(lane, std::move(what), wall_now()); }
  void tell(Lane lane, std::string what, Timestamp at);
  /// At most a few a second where there is no terminal; `done` of `all`.
  void progress(std::string_view what, std::size_t done, std::size_t all);
  /// An object for programs; nothing in text.
  void emit(const json::object& object);
  /// Text for people that is no event: a heading, the score. Nothing in ndjson.
  void say(std::string_view text);
  [[nodiscard]] std::vector<Told> all() const;
  [[nodiscard]] bool colours() const { return terminal_ && form_ == Form::text; }

 private:
  void clear_progress();
  const Form form_;
  const bool terminal_;
  const Timestamp began_ = wall_now();
  mutable std::mutex mutex_;
  std::vector<Told> told_;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point progress_at_{};
  std::string progress_;  ///< as it was said last
};

}  // namespace kulla::drill
