// Bytes of a stream, cut into records by a length that each begins with. A record over the limit is stepped over and counted. Pure.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kulla::outage {

class Framing {
 public:
  /// Where a record's length stands: how many bytes its header has, and the whole record's size by them; nothing: not a header.
  struct Shape {
    std::size_t header;
    std::optional<std::uint64_t> (*size)(std::string_view header);
  };
  explicit Framing(Shape shape, std::size_t limit) : shape_(shape), limit_(limit) {}

  /// Calls on_record(std::string_view) for each whole record, on_large() for each that is too large. False from the first header that is
  /// none: there is no way to find the next record.
  template <typename OnRecord, typename OnLarge>
  bool feed(std::string_view bytes, OnRecord&& on_record, OnLarge&& on_large);
  /// Bytes of a record that is not whole yet.
  [[nodiscard]] bool within_record() const { return !held_.empty() || skipping_ > 0; }

 private:
  Shape shape_;
  std::size_t limit_;
  std::string held_;
  std::uint64_t skipping_ = 0;
  bool lost_ = false;
};

template <typename OnRecord, typename OnLarge>
bool Framing::feed(std::string_view bytes, OnRecord&& on_record, OnLarge&& on_large) {
  while (!lost_ && !bytes.empty()) {
    if (skipping_ > 0) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(skipping_, bytes.size()));
      bytes.remove_prefix(step), skipping_ -= step;
      continue;
    }
    const auto fill = [&](std::size_t wanted) {
      const auto taken = std::min(bytes.size(), wanted - held_.size());
      held_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      return held_.size() == wanted;
    };
    if (held_.size() < shape_.header && !fill(shape_.header)) break;
    const auto size = shape_.size(std::string_view{held_}.substr(0, shape_.header));
    if (!size || *size < shape_.header) {
      lost_ = true;
    } else if (*size > limit_) {
      on_large();
      skipping_ = *size - held_.size();
      held_.clear();
    } else if (fill(static_cast<std::size_t>(*size))) {
      on_record(std::string_view{held_});
      held_.clear();
    }
  }
  return !lost_;
}

}  // namespace kulla::outage
