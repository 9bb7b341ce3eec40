#include "detect/sigma/condition.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fmt/format.h>

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

const std::vector<Search> searches{{"selection", {}}, {"selection_b", {}}, {"filter_main_x", {}}, {"filter_main_y", {}}, {"_hidden", {}}};

std::string shown(const Expression& expression) {
  if (expression.kind == Kind::leaf) return std::to_string(expression.index);
  if (expression.kind == Kind::negation) return "!" + shown(expression.parts.front());
  std::string text = "(";
  for (const auto& part : expression.parts) text += (text.size() > 1 ? (expression.kind == Kind::all ? "&" : "|") : "") + shown(part);
  return text + ")";
}
std::string parsed(std::string_view text) {
  const auto expression = parse_condition(text, searches, 7);
  if (expression) return shown(*expression);
  EXPECT_EQ(expression.error().line, 7);
  return expression.error().reason;
}

TEST(Condition, BindsNotBeforeAndBeforeOr) {
  EXPECT_EQ(parsed("selection"), "0");
  EXPECT_EQ(parsed("selection and not selection_b or filter_main_x"), "((0&!1)|2)");
  EXPECT_EQ(parsed("selection and not (selection_b or filter_main_x)"), "(0&!(1|2))");
  EXPECT_EQ(parsed("not not selection"), "0");
  EXPECT_EQ(parsed("selection AND(selection_b)"), "(0&1)");
  EXPECT_EQ(parsed("  selection\n  and selection_b\t"), "(0&1)");
}

TEST(Condition, Quantifiers) {
  EXPECT_EQ(parsed("1 of filter*"), "(2|3)");
  EXPECT_EQ(parsed("any of filter_*"), "(2|3)");
  EXPECT_EQ(parsed("all of filter_main_*"), "(2&3)");
  EXPECT_EQ(parsed("all of *main_x"), "2");
  EXPECT_EQ(parsed("1 of them"), "(0|1|2|3)") << "what begins with _ is left out";
  EXPECT_EQ(parsed("all of them"), "(0&1&2&3)");
  EXPECT_EQ(parsed("1 of _*"), "4");
  EXPECT_EQ(parsed("selection and not 1 of filter_main_*"), "(0&!(2|3))");
  EXPECT_EQ(parsed("all of selection* and not 1 of filter_main_* or selection"), "(((0&1)&!(2|3))|0)");
  EXPECT_EQ(parsed("_hidden"), "4");
}

TEST(Condition, WhatIsWrongIsSaid) {
  EXPECT_EQ(parsed(""), "condition: a search expected, not the end");
  EXPECT_EQ(parsed("selection and"), "condition: a search expected, not the end");
  EXPECT_EQ(parsed("selection selection_b"), "condition: unexpected 'selection_b'");
  EXPECT_EQ(parsed("(selection"), "condition: ')' expected, not the end");
  EXPECT_EQ(parsed("selection)"), "condition: unexpected ')'");
  EXPECT_EQ(parsed("()"), "condition: a search expected, not ')'");
  EXPECT_EQ(parsed("nothing"), "condition: no search is named 'nothing'");
  EXPECT_EQ(parsed("1 of nothing*"), "condition: no search matches 'nothing*'");
  EXPECT_EQ(parsed("2 of them"), "condition: '2 of' is not supported; only '1 of', 'any of' and 'all of'");
  EXPECT_EQ(parsed("1 of"), "condition: a name or 'them' expected after 'of', not the end");
  EXPECT_EQ(parsed("1 of (selection)"), "condition: a name or 'them' expected after 'of', not '('");
  EXPECT_NE(parsed("selection | count() > 5").find("unexpected '|'"), std::string::npos);
}

TEST(Condition, IsBounded) {
  const std::string nested = std::string(1000, '(') + "selection" + std::string(1000, ')');
  EXPECT_EQ(parsed(nested), "condition: nested deeper than 64");
  EXPECT_EQ(parsed(std::string(60, '(') + "selection" + std::string(60, ')')), "0");
  EXPECT_EQ(parsed(std::string(9000, ' ')), "condition: longer than 8192 bytes");
  std::string nots;
  for (int at = 0; at < 1500; ++at) nots += "not ";
  EXPECT_EQ(parsed(nots + "selection"), "0");
  const std::vector<Search> many(5000, Search{"s", {}});
  EXPECT_FALSE(parse_condition("1 of them", many, 1));
}

TEST(ConditionProperty, AnyTextIsParsedOrRefused) {
  EXPECT_TRUE(rc::check([] {
    std::string text;
    for (const auto& word : *rc::gen::container<std::vector<std::string>>(
             rc::gen::element<std::string>("(", ")", "and", "or", "not", "1", "all", "of", "them", "selection", "filter*", "|", "x")))
      text += word + " ";
    const auto expression = parse_condition(text, searches, 1);
    const bool told = expression || !expression.error().reason.empty();
    RC_ASSERT(told);
  }));
}
}  // namespace
}  // namespace kulla::detect::sigma
