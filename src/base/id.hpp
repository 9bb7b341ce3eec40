// Names of things as distinct types: a ServiceId cannot be passed for a SystemId.
#pragma once
#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace kulla {
template <typename Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};
}  // namespace kulla

template <typename Tag>
struct std::hash<kulla::Id<Tag>> {
  std::size_t operator()(const kulla::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
