#include "event/json_names.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace kulla::event {
namespace {
using Path = std::span<const std::string>;

// As the Rust crate evtx writes it: attributes in an object "#attributes", text beside them as "#text".
std::string windows_name(Path path) {
  if (path.size() > 1 && path.back() == "#text") path = path.first(path.size() - 1);
  const auto attributes = std::find(path.begin(), path.end(), "#attributes");
  if (attributes == path.begin() || path.size() == 1) return path.back();
  const auto& leaf = path.back();
  if (attributes != path.end()) {
    const auto& element = *std::prev(attributes);
    return element == "TimeCreated" && leaf == "SystemTime" ? element : element + "_" + leaf;
  }
  const bool plain = path.front() == "System" || path.front() == "EventData" || path.front() == "UserData";
  return plain ? leaf : path.front() + "_" + leaf;
}
}  // namespace

std::string flat_name(const std::vector<std::string>& path) {
  if (path.size() > 1 && path.front() == "Event") return windows_name(Path{path}.subspan(1));
  return fmt::format("{}", fmt::join(path, "."));
}

JsonPlace::JsonPlace(JsonPlace& parent, std::string_view key) : path_(parent.path_), keys_(parent.keys_), root_(parent.root_) {
  path_.emplace_back(key);
  name_ = flat_name(path_);
  key_ = keys_.intern(name_);
}

JsonPlace* JsonPlace::child(std::string_view key) {
  const auto known = children_.find(key);
  if (known != children_.end()) return known->second.get();
  if (root_->places_ == place_limit) return nullptr;
  ++root_->places_;
  auto made = std::unique_ptr<JsonPlace>(new JsonPlace(*this, key));
  return children_.emplace(std::string{key}, std::move(made)).first->second.get();
}

}  // namespace kulla::event
