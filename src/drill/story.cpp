#include "drill/story.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>

namespace kulla::drill {
namespace {
using namespace std::chrono_literals;
struct Look {
  std::string_view name, colour;
};
constexpr std::array<Look, 7> looks{{{"drill", "\x1b[2m"},
                                     {"attack", "\x1b[31m"},
                                     {"kulla", "\x1b[1m"},
                                     {"gate", "\x1b[36m"},
                                     {"outside", "\x1b[35m"},
                                     {"way back", "\x1b[32m"},
                                     {"saboteur", "\x1b[33m"}}};
constexpr std::size_t told_limit = 20'000;  // of what the report lists
constexpr auto progress_pause = 2s;         // between lines, where they cannot overwrite each other

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}
}  // namespace

std::string_view name_of(Lane lane) { return looks.at(static_cast<std::size_t>(lane)).name; }

void Story::clear_progress() {
  if (progress_shown_) print_line("\r\x1b[K");
  progress_shown_ = false;
}

void Story::tell(Lane lane, std::string what, Timestamp at) {
  const std::scoped_lock lock{mutex_};
  const auto seconds = std::chrono::duration<double>(at - began_).count();
  if (form_ == Form::ndjson)
    print_line(json::serialize(json::object{{"kind", "step"}, {"at", to_rfc3339(at)}, {"who", name_of(lane)}, {"what", what}}) + "\n");
  else {
    clear_progress();
    const auto& look = looks.at(static_cast<std::size_t>(lane));
    print_line(terminal_ ? fmt::format("\x1b[2m{:8.3f}\x1b[0m  {}{:<9}\x1b[0m {}\n", seconds, look.colour, look.name, what)
                         : fmt::format("{:8.3f}  {:<9} {}\n", seconds, look.name, what));
  }
  if (told_.size() < told_limit) told_.push_back({at, lane, std::move(what)});
}

void Story::progress(std::string_view what, std::size_t done, std::size_t all) {
  const std::scoped_lock lock{mutex_};
  const auto now = std::chrono::steady_clock::now();
  const bool live = terminal_ && form_ == Form::text;
  if (done < all && now - progress_at_ < (live ? 50ms : std::chrono::milliseconds{progress_pause})) return;
  auto state = fmt::format("{} {} of {}", what, done, all);
  if (state == progress_) return;
  progress_at_ = now;
  progress_ = std::move(state);
  if (form_ == Form::ndjson) {
    print_line(json::serialize(json::object{{"kind", "progress"}, {"what", what}, {"done", done}, {"all", all}}) + "\n");
  } else if (live) {
    const auto filled = all ? done * 24 / all : 24;
    print_line(fmt::format("\r\x1b[K  {:<10} {:█<{}}{:·<{}} {} of {}", what, "", filled, "", 24 - filled, done, all));
    progress_shown_ = done < all;
    if (done >= all) print_line("\r\x1b[K");
  } else if (all > 50) {
    print_line(fmt::format("          {}\n", progress_));
  }
}

void Story::emit(const json::object& object) {
  if (form_ != Form::ndjson) return;
  const std::scoped_lock lock{mutex_};
  print_line(json::serialize(object) + "\n");
}

void Story::say(std::string_view text) {
  if (form_ != Form::text) return;
  const std::scoped_lock lock{mutex_};
  clear_progress();
  print_line(text);
}

std::vector<Told> Story::all() const {
  const std::scoped_lock lock{mutex_};
  return told_;
}
}  // namespace kulla::drill
