// Built from the parser's events, not from YAML::Node: every bound holds while the text is read, before anything has grown.
#include "detect/sigma/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <set>
#include <sstream>

namespace kulla::detect::sigma {
namespace {
using Kind = Tree::Kind;
constexpr YAML::anchor_t no_anchor = 0;

/// Leaves the parser; caught in read_yaml.
struct Stop {
  Fault why;
};
[[noreturn]] void stop(const YAML::Mark& mark, std::string reason) { throw Stop{{mark.line + 1, std::move(reason)}}; }

class Builder final : public YAML::EventHandler {
 public:
  std::vector<Tree> documents;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents.size() == yaml_document_limit) stop(mark, fmt::format("more than {} documents in one file", yaml_document_limit));
    documents.emplace_back();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(Kind::null, mark, anchor, {}); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    scalar(Kind::text, mark, anchor, value);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { stop(mark, "YAML aliases are not supported"); }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(Kind::list, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(Kind::map, mark, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Tree tree;
    std::set<std::string> keys;
    bool key_next = true;
  };
  void count(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != no_anchor) stop(mark, "YAML anchors are not supported");
    if (++nodes_ > yaml_node_limit) stop(mark, fmt::format("more than {} YAML nodes", yaml_node_limit));
  }
  void scalar(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    count(mark, anchor);
    if (!open_.empty() && open_.back().tree.is(Kind::map) && open_.back().key_next) return key(mark, text);
    put(Tree{kind, mark.line + 1, text, {}, {}});
  }
  void key(const YAML::Mark& mark, const std::string& text) {
    auto& open = open_.back();
    if (!open.keys.insert(text).second) stop(mark, fmt::format("the key '{}' is there twice", text.substr(0, 80)));
    open.tree.keys.push_back(text);
    open.key_next = false;
  }
  void begin(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    count(mark, anchor);
    if (open_.size() == yaml_depth_limit) stop(mark, fmt::format("nested deeper than {}", yaml_depth_limit));
    if (!open_.empty() && open_.back().tree.is(Kind::map) && open_.back().key_next) stop(mark, "a key that is a list or a map");
    open_.push_back({Tree{kind, mark.line + 1, {}, {}, {}}, {}, true});
  }
  void end() {
    auto tree = std::move(open_.back().tree);
    open_.pop_back();
    put(std::move(tree));
  }
  void put(Tree tree) {
    if (open_.empty()) {
      documents.back() = std::move(tree);
      return;
    }
    open_.back().tree.items.push_back(std::move(tree));
    open_.back().key_next = true;
  }
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};
}  // namespace

const Tree* Tree::find(std::string_view key) const {
  for (std::size_t at = 0; at < keys.size(); ++at)
    if (keys[at] == key) return &items[at];
  return nullptr;
}

namespace {
// Lengths come before texts, so that no two trees are written alike. As deep as the reader lets a tree be.
void write(const Tree& tree, std::string& out) {
  const auto number = [&](std::size_t value) { out.append(fmt::format_int{value}.c_str()).append(1, ':'); };
  const auto text = [&](std::string_view bytes) {
    number(bytes.size());
    out += bytes;
  };
  number(static_cast<std::size_t>(tree.kind));
  number(tree.items.size());
  text(tree.text);
  for (std::size_t at = 0; at < tree.items.size(); ++at) {
    if (tree.is(Kind::map)) text(tree.keys[at]);
    write(tree.items[at], out);
  }
}
}  // namespace

Digest digest_of(const Tree& tree) {
  std::string text;
  write(tree, text);
  return sha256(text);
}

Checked<std::vector<Tree>> read_yaml(std::string_view text) {
  if (text.size() > yaml_size_limit) return fault(0, fmt::format("larger than {} bytes", yaml_size_limit));
  Builder builder;
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {}
  } catch (Stop& stopped) {
    return std::unexpected(std::move(stopped.why));
  } catch (const YAML::Exception& error) {
    return fault(error.mark.line + 1, fmt::format("not YAML: {}", error.msg));
  }
  return std::move(builder.documents);
}

}  // namespace kulla::detect::sigma
