// Documents of one file, linked; and a correlator over them that is fed by the names of rules.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "detect/sigma/collection.hpp"
#include "detect/sigma/correlator.hpp"

namespace kulla::detect::sigma::test {

/// Rules a, b and c, each found by the field `rule`; of the log source webserver.
inline std::string three_rules() {
  std::string yaml;
  for (const auto* name : {"a", "b", "c"})
    yaml += fmt::format(
        "title: rule {0}\nid: id-{0}\nname: {0}\nlogsource: {{category: webserver}}\ndetection:\n  s: {{rule: {0}}}\n  condition: s\n---\n",
        name);
  return yaml;
}
inline const std::string head = "title: t\nid: x\n";
/// A correlation with this within `correlation`, as a flow map without its braces.
inline std::string correlation(const std::string& inside) { return head + "correlation: {" + inside + "}\n"; }

struct Linked {
  Collection collection{{.wanted = [](const Logsource& source) { return source.category != "proxy"; }}};
  std::vector<std::string> rejected;  ///< "LINE: reason"
};
inline Linked linked(const std::string& yaml) {
  Linked result;
  const auto reject = [&](const std::filesystem::path&, const Fault& why) {
    result.rejected.push_back(fmt::format("{}: {}", why.line, why.reason));
  };
  auto documents = read_yaml(yaml);
  if (!documents) return reject({}, documents.error()), std::move(result);
  std::erase_if(*documents, [](const Tree& document) { return document.is(Tree::Kind::null); });
  for (std::size_t at = 0; at < documents->size(); ++at)
    if (auto document = read_document((*documents)[at], {}); !document) reject({}, document.error());
    else if (auto added = result.collection.add("f.yml", fmt::format("f-{}", at), std::move(*document)); !added) reject({}, added.error());
  result.collection.link(reject);
  return result;
}
/// Why the last document is refused, with its line in it; "used" if none is.
inline std::string refusal(const std::string& document) {
  const auto all = linked(three_rules() + document);
  if (all.rejected.empty()) return "used";
  const auto& first = all.rejected.front();
  const auto colon = first.find(':');
  int line = 0;
  for (const char digit : first.substr(0, colon)) line = line * 10 + (digit - '0');
  const auto rules = three_rules();
  return fmt::format("{}{}", line - std::count(rules.begin(), rules.end(), '\n'), first.substr(colon));
}

using Fields = std::map<std::string, std::string, std::less<>>;
inline Lookup lookup_in(const Fields& fields) {
  return [&fields](std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::nullopt : std::optional<std::string_view>{found->second};
  };
}
inline Timestamp second(double seconds) {
  return Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)}} + std::chrono::years{50};
}

/// Feeds matches and tells what came of them: "ID[group] MEASURE FIRST..LAST #TOKENS" each.
class Story {
 public:
  explicit Story(const std::string& correlations, const Limits& limits = {}) : Story(linked(three_rules() + correlations), limits) {}
  std::vector<std::string> at(double seconds, char rule, const Fields& fields = {}) { return also(++token_, seconds, rule, fields); }
  /// Another rule matched the same event.
  std::vector<std::string> also(double seconds, char rule, const Fields& fields = {}) { return also(token_, seconds, rule, fields); }
  Correlator correlator;

 private:
  explicit Story(Linked all, const Limits& limits) : correlator(std::move(all.collection.correlations), limits) {
    for (const auto& why : all.rejected) ADD_FAILURE() << why;
  }
  std::vector<std::string> also(Token token, double seconds, char rule, const Fields& fields) {
    std::vector<std::string> told;
    for (const auto& each : correlator.on_match(static_cast<std::size_t>(rule - 'a'), second(seconds), lookup_in(fields), token)) {
      std::string group;
      for (const auto& [name, value] : each.group) group += fmt::format("{}{}={}", group.empty() ? "" : " ", name, value);
      const auto since = [](Timestamp time) { return std::chrono::duration<double>(time - second(0)).count(); };
      told.push_back(fmt::format("{}[{}] {} {}..{} #{}", correlator.correlation(each.correlation).head.id.str(), group,
                                 each.finding.measure.text(), since(each.finding.first), since(each.finding.last),
                                 fmt::join(each.finding.tokens, " ")));
    }
    return told;
  }
  Token token_ = 0;
};

}  // namespace kulla::detect::sigma::test
