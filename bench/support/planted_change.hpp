// One change to a tree, and what an inspection must say of it.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "inspect/entry.hpp"
#include "support/planted_archive.hpp"
#include "support/planted_tree.hpp"

namespace kulla::planted {
using inspect::Finding;
using inspect::Kind;
using inspect::Severity;

/// One finding that must be there. A path machine://… is the beginning of a fact's.
struct Expected {
  std::string path;
  Kind kind;
  std::string says{};     ///< part of the reason
  std::string package{};  ///< explained by its upgrade, and so of low severity
};

struct Change {
  std::string name;
  std::vector<Expected> expected;              ///< all of these; of an ordinary change none
  std::function<void(Tree&)> act;
  std::vector<std::string> beside{};           ///< other paths that the same act touches, with all below them: may be found, need not be
  std::function<void(const Tree&)> before{};   ///< what has to be there when the baseline is taken
};

inline bool is_fact(std::string_view path) { return path.starts_with("machine://"); }
inline bool covers(const std::string& path, const std::string& found) {
  return is_fact(path) ? found.starts_with(path) : !is_fact(found) && inspect::lies_at(found, path);
}
/// Whether a finding at `found` comes from this change.
inline bool is_of(const Change& change, const std::string& found) {
  return std::ranges::any_of(change.expected,
                             [&](const Expected& each) { return is_fact(each.path) ? covers(each.path, found) : each.path == found; }) ||
         std::ranges::any_of(change.beside, [&](const std::string& path) { return covers(path, found); });
}

/// A change to a file of text that is made for it.
inline Change on_text(std::string name, const std::string& path, Kind kind, std::function<void(Tree&, const std::string& path)> act,
                      std::string says = {}) {
  return {std::move(name),
          {{path, kind, std::move(says)}},
          [=](Tree& tree) { act(tree, path); },
          {},
          [=](const Tree& tree) { tree.text(path); }};
}
/// Something new at a path.
inline Change new_at(std::string name, const std::string& path, std::function<void(Tree&, const std::string& path)> act,
                     std::vector<std::string> beside = {}) {
  return {std::move(name), {{path, Kind::added}}, [=](Tree& tree) { act(tree, path); }, std::move(beside), {}};
}
inline void join(std::vector<Change>& all, std::vector<Change> more) { std::ranges::move(more, std::back_inserter(all)); }

/// What logrotate does: NAME.log becomes NAME.log.1, that one NAME.log.2.gz, and so on.
inline void rotate(const Tree& tree, const std::string& log) {
  if (fs::exists(tree.at(log + ".2.gz"))) tree.rename(log + ".2.gz", log + ".3.gz");
  if (fs::exists(tree.at(log + ".1"))) {
    tree.put(log + ".2.gz", gzip_of(tree.read(log + ".1")));
    tree.remove(log + ".1");
  }
  tree.append(log, "last line of an old day\n");
  tree.rename(log, log + ".1");
  tree.put(log, "first line of a new day\n");
}
}  // namespace kulla::planted
