// A recursive descent parser; depth and leaves are counted as it goes.
#include "detect/sigma/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
std::string quoted(std::string_view word) { return word.empty() ? "the end" : fmt::format("'{}'", word.substr(0, 80)); }

Expression joined(Kind kind, std::vector<Expression> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {kind, 0, std::move(parts)};
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<Search>& searches, int line) : rest_(text), searches_(searches), line_(line) {
    advance();
  }

  Checked<Expression> whole() {
    auto expression = either();
    if (expression && !word_.empty()) return wrong(fmt::format("unexpected {}", quoted(word_)));
    return expression;
  }

 private:
  /// The next word, or a parenthesis; empty at the end.
  void advance() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    std::size_t length = 0;
    const auto ends = [&](char c) { return is_space(c) || c == '(' || c == ')' || c == '|'; };
    while (length < rest_.size() && !ends(rest_[length])) ++length;
    if (length == 0 && !rest_.empty()) length = 1;
    word_ = rest_.substr(0, length);
    fold_case(word_, folded_);
    rest_.remove_prefix(length);
  }
  bool take(std::string_view word) {
    if (folded_ != word) return false;
    advance();
    return true;
  }
  std::unexpected<Fault> wrong(std::string reason) const { return fault(line_, "condition: " + std::move(reason)); }

  Checked<Expression> either() { return chain(Kind::any, "or", &Parser::both); }
  Checked<Expression> both() { return chain(Kind::all, "and", &Parser::negated); }
  Checked<Expression> chain(Kind kind, std::string_view word, Checked<Expression> (Parser::*part)()) {
    std::vector<Expression> parts;
    do {
      KULLA_TRY(auto next, (this->*part)());
      parts.push_back(std::move(next));
    } while (take(word));
    return joined(kind, std::move(parts));
  }
  Checked<Expression> negated() {
    bool negative = false;
    while (take("not")) negative = !negative;
    KULLA_TRY(auto expression, primary());
    if (!negative) return expression;
    Expression negation{Kind::negation, 0, {}};
    negation.parts.push_back(std::move(expression));
    return negation;
  }
  Checked<Expression> primary() {
    if (take("(")) return parenthesis();
    if (word_ == "|") return wrong("aggregations ('| count() …') are not supported; they are correlation rules since Sigma 2");
    if (word_.empty() || word_ == ")") return wrong(fmt::format("a search expected, not {}", quoted(word_)));
    const std::string first{word_}, folded = folded_;
    advance();
    if (take("of")) return quantified(folded);
    return search(first);
  }
  Checked<Expression> parenthesis() {
    if (++depth_ > condition_depth_limit) return wrong(fmt::format("nested deeper than {}", condition_depth_limit));
    KULLA_TRY(auto inner, either());
    if (!take(")")) return wrong(fmt::format("')' expected, not {}", quoted(word_)));
    --depth_;
    return inner;
  }
  Checked<Expression> search(const std::string& name) {
    const auto found = std::find_if(searches_.begin(), searches_.end(), [&](const auto& each) { return each.name == name; });
    if (found == searches_.end()) return wrong(fmt::format("no search is named '{}'", name.substr(0, 80)));
    return leaf(static_cast<std::size_t>(found - searches_.begin()));
  }
  Checked<Expression> leaf(std::size_t index) {
    if (++leaves_ > condition_leaf_limit) return wrong(fmt::format("more than {} searches", condition_leaf_limit));
    return Expression{Kind::leaf, index, {}};
  }
  Checked<Expression> quantified(const std::string& quantity) {
    const bool all = quantity == "all";
    if (!all && quantity != "1" && quantity != "any")
      return wrong(fmt::format("'{} of' is not supported; only '1 of', 'any of' and 'all of'", quantity.substr(0, 20)));
    const std::string name{folded_ == "them" ? "*" : word_};
    if (name.empty() || name == "(" || name == ")")
      return wrong(fmt::format("a name or 'them' expected after 'of', not {}", quoted(word_)));
    advance();
    return members(all ? Kind::all : Kind::any, name);
  }
  Checked<Expression> members(Kind kind, const std::string& name) {
    const Pattern pattern{name, Pattern::Place::whole, true};
    std::vector<Expression> parts;
    for (std::size_t index = 0; index < searches_.size(); ++index) {
      const auto& candidate = searches_[index].name;
      if ((candidate.starts_with('_') && !name.starts_with('_')) || !pattern.matches(candidate)) continue;
      KULLA_TRY(auto part, leaf(index));
      parts.push_back(std::move(part));
    }
    if (parts.empty()) return wrong(fmt::format("no search matches '{}'", name.substr(0, 80)));
    return joined(kind, std::move(parts));
  }

  std::string_view rest_, word_;
  std::string folded_;
  const std::vector<Search>& searches_;
  int line_, depth_ = 0;
  std::size_t leaves_ = 0;
};
}  // namespace

Checked<Expression> parse_condition(std::string_view text, const std::vector<Search>& searches, int line) {
  if (text.size() > condition_size_limit) return fault(line, fmt::format("condition: longer than {} bytes", condition_size_limit));
  return Parser{text, searches, line}.whole();
}

}  // namespace kulla::detect::sigma
