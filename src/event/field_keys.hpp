// Names of fields, numbered by the reader that meets them again and again, so that nobody compares them twice.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kulla::event {

class FieldKeys {
 public:
  using Key = std::uint32_t;
  static constexpr Key none = 0;
  static constexpr std::size_t limit = 20'000;  ///< names; an attacker may invent them without end
  FieldKeys() : entries_{Entry{{}}} {}
  /// The key of a name; none where there are too many.
  Key intern(std::string_view name);
  [[nodiscard]] std::string_view name(Key key) const { return entries_[key].name; }
  /// One of the keys that came after `previous` the last times, if its name stands at `text` with a quote behind it. read_padding bytes
  /// at `text` must be readable.
  [[nodiscard]] Key expected(Key previous, const char* text) const {
    for (const auto key : entries_[previous].followers)
      if (key != none && entries_[key].stands_at(text)) return key;
    return none;
  }
  void follows(Key previous, Key key) {
    auto& followers = entries_[previous].followers;
    std::rotate(followers.begin(), followers.end() - 1, followers.end());
    followers.front() = key;
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  /// The first sixteen bytes are compared as two words, for most names are no longer.
  struct Entry {
    std::string_view name;
    std::array<Key, 4> followers{};
    std::array<std::uint64_t, 2> words{}, masks{};
    explicit Entry(std::string_view text);
    [[nodiscard]] bool stands_at(const char* text) const {
      std::array<std::uint64_t, 2> there;
      std::memcpy(there.data(), text, sizeof there);
      if ((there[0] & masks[0]) != words[0] || (there[1] & masks[1]) != words[1]) return false;
      return (name.size() <= sizeof there || name == std::string_view{text, name.size()}) && text[name.size()] == '"';
    }
  };
  std::map<std::string, Key, std::less<>> keys_;
  std::vector<Entry> entries_;  // by key; the first stands for none
};

}  // namespace kulla::event
