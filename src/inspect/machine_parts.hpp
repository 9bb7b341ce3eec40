// What the parts of machine.cpp share: the place where facts gather within their limits. Nobody else includes this.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "inspect/machine.hpp"

namespace kulla::inspect {

/// Takes bytes as they are, escapes and cuts them. Once a limit is reached it says so, takes no more and reads no more.
class Gatherer {
 public:
  explicit Gatherer(int root) : root_(root) {}
  [[nodiscard]] int root() const { return root_; }
  [[nodiscard]] Machine finish() { return std::move(machine_); }

  /// A name that is there already becomes "NAME (2)".
  void fact(std::string_view name, std::string_view value);
  /// KIND/FILE: TEXT; how often it is there is its value.
  void line(std::string_view kind, std::string_view file, std::string_view text);
  void unreadable(std::string_view path, std::string_view why);
  /// A file below the root; nothing where there is none.
  [[nodiscard]] std::optional<std::string> read(const std::string& path, std::size_t limit = std::size_t{16} << 20);
  /// What is in a folder below the root, as names or as paths.
  [[nodiscard]] std::vector<std::string> names(const std::string& folder);
  [[nodiscard]] std::vector<std::string> files(const std::string& folder);
  /// The value; an error is reported, except that there is nothing.
  template <typename T>
  std::optional<T> told(std::string_view path, Result<T> result) {
    if (result) return std::move(*result);
    if (result.error().code != Code::not_found) unreadable(path, result.error().what);
    return std::nullopt;
  }

 private:
  void put(std::string name, std::string value);
  void stop(std::string_view why);

  int root_;
  Machine machine_;
  std::unordered_map<std::string, std::size_t> times_;  ///< of names that are there again
  std::size_t size_ = 0, read_ = 0, listed_ = 0;
  bool stopped_ = false;
};

struct Account {
  std::string name, uid, home;  ///< home: relative to the root, "" for the root itself
};
/// What systemd starts.
void gather_units(Gatherer& to, const std::vector<Account>& accounts);
/// What the running kernel says.
void gather_kernel(Gatherer& to, const std::vector<Account>& accounts);

/// A folder's path joined with a name in it.
[[nodiscard]] std::string in(const std::string& folder, std::string_view name);

}  // namespace kulla::inspect
