#include "detect/sigma/yaml_cache.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/file.hpp"

namespace kulla::detect::sigma {
namespace json = boost::json;
namespace {
constexpr std::size_t hex_size = 64;

// A tree is a list: its line, then its text, its items, or its items by key; nothing more where it is null.
void write(const Tree& tree, std::string& out) {
  fmt::format_to(std::back_inserter(out), "[{}", tree.line);
  if (tree.is(Tree::Kind::text)) out.append(1, ',').append(json::serialize(json::string_view{tree.text}));
  if (tree.is(Tree::Kind::list) || tree.is(Tree::Kind::map)) {
    const bool is_map = tree.is(Tree::Kind::map);
    out += is_map ? ",{" : ",[";
    for (std::size_t at = 0; at < tree.items.size(); ++at) {
      if (at > 0) out += ',';
      if (is_map) out.append(json::serialize(json::string_view{tree.keys[at]})).append(1, ':');
      write(tree.items[at], out);
    }
    out += is_map ? '}' : ']';
  }
  out += ']';
}

/// The library bounds the depth. Throws where it is not what write() writes.
Tree tree_of(const json::value& value) {
  const auto& parts = value.as_array();
  Tree tree;
  tree.line = static_cast<int>(parts.at(0).as_int64());
  if (parts.size() < 2) return tree;
  const auto& content = parts[1];
  if (const auto* text = content.if_string()) {
    tree.kind = Tree::Kind::text;
    tree.text = *text;
  } else if (const auto* list = content.if_array()) {
    tree.kind = Tree::Kind::list;
    tree.items.reserve(list->size());
    for (const auto& item : *list) tree.items.push_back(tree_of(item));
  } else {
    tree.kind = Tree::Kind::map;
    for (const auto& [key, item] : content.as_object()) tree.keys.emplace_back(key), tree.items.push_back(tree_of(item));
  }
  return tree;
}

Result<> check_owner(const std::filesystem::path& file) {
  struct stat about{};
  if (::lstat(file.c_str(), &about) != 0) return fail_errno(file.string());
  if (!S_ISREG(about.st_mode) || about.st_uid != ::geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(Code::io, fmt::format("{}: not a file that you alone can write; remove it", file.string()));
  return {};
}
}  // namespace

std::string trees_to_json(const std::vector<Tree>& trees) {
  std::string text{"["};
  for (const auto& tree : trees) {
    if (text.size() > 1) text += ',';
    write(tree, text);
  }
  return text + ']';
}

std::optional<std::vector<Tree>> trees_from_json(std::string_view json) {
  try {
    boost::json::monotonic_resource memory;
    const auto value = boost::json::parse(json, &memory, {.max_depth = 2 * yaml_depth_limit + 4});
    std::vector<Tree> trees;
    for (const auto& each : value.as_array()) trees.push_back(tree_of(each));
    return trees;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Result<YamlCache> YamlCache::open(const std::filesystem::path& file) {
  YamlCache cache;
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, error))) return cache;
  KULLA_CHECK(check_owner(file));
  KULLA_TRY(cache.text_, read_file(file, 2 * size_limit));
  const auto damaged = [&] { return fail(Code::bad_rule, fmt::format("{}: damaged; remove it", file.string())); };
  const std::string_view text{cache.text_};
  if (text.size() <= hex_size || text[hex_size] != '\n') return damaged();
  auto rest = text.substr(hex_size + 1);
  if (const auto sum = digest_from_hex(text.substr(0, hex_size)); !sum || *sum != sha256(rest)) return damaged();
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto digest = digest_from_hex(line.substr(0, hex_size));
    if (!digest || line.size() <= hex_size) return damaged();
    cache.kept_.emplace_hint(cache.kept_.end(), *digest, Kept{line.substr(hex_size + 1)});
  }
  return cache;
}

Checked<std::vector<Tree>> YamlCache::read(std::string_view yaml) {
  const auto digest = sha256(yaml);
  if (const auto kept = kept_.find(digest); kept != kept_.end()) {
    if (auto trees = trees_from_json(kept->second.json)) {
      const std::scoped_lock lock{mutex_};
      kept->second.used = true;
      return std::move(*trees);
    }
  }
  auto trees = read_yaml(yaml);
  if (!trees) return trees;
  auto text = trees_to_json(*trees);
  const std::scoped_lock lock{mutex_};
  added_.emplace(digest, std::move(text));
  return trees;
}

Result<> YamlCache::save(const std::filesystem::path& file) const {
  if (added_.empty()) return {};
  std::size_t size = 0;
  for (const auto& [digest, json] : added_) size += json.size();
  for (const auto& [digest, kept] : kept_) size += kept.json.size();
  std::map<Digest, std::string_view> lines{added_.begin(), added_.end()};
  for (const auto& [digest, kept] : kept_)
    if (kept.used || size <= size_limit) lines.emplace(digest, kept.json);
  std::string text;
  for (const auto& [digest, json] : lines) text.append(to_hex(digest)).append(1, ' ').append(json).append(1, '\n');
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  return write_file_atomic(file, to_hex(sha256(text)) + "\n" + text, 0600);
}

}  // namespace kulla::detect::sigma
