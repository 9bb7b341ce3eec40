// Names for values inside nested JSON objects, made once for each place in the structure.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/field_keys.hpp"

namespace kulla::event {

/// "a.b.c"; in a Windows event in its XML's shape ("Event", "System", "EventID", "#text") the names of event/evtx: "EventID".
[[nodiscard]] std::string flat_name(const std::vector<std::string>& path);

/// One place in the structure. The tree below the root holds at most place_limit of them: an attacker may invent keys without end.
class JsonPlace {
 public:
  static constexpr std::size_t place_limit = 20'000;
  explicit JsonPlace(FieldKeys& keys) : keys_(keys) {}
  /// nullptr where the tree is full.
  JsonPlace* child(std::string_view key);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] FieldKeys::Key key() const { return key_; }

 private:
  explicit JsonPlace(JsonPlace& parent, std::string_view key);
  std::vector<std::string> path_;
  std::string name_;
  FieldKeys& keys_;
  FieldKeys::Key key_ = FieldKeys::none;
  std::map<std::string, std::unique_ptr<JsonPlace>, std::less<>> children_;
  JsonPlace* root_ = this;
  std::size_t places_ = 0;  // of the root
};

}  // namespace kulla::event
