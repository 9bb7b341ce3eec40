#include "event/uri.hpp"

#include <gtest/gtest.h>

namespace kulla::event {
namespace {
std::string decoded(std::string_view uri) {
  std::string out;
  return decode_uri(uri, out) ? out : std::string{uri};
}

TEST(Uri, IsTakenApart) {
  const auto parts = [](std::string_view uri) {
    const auto split = split_uri(uri);
    return std::string{split.stem} + "|" + (split.has_query ? std::string{split.query} : "none");
  };
  EXPECT_EQ(parts("/a/b?x=1?y#z"), "/a/b|x=1?y");
  EXPECT_EQ(parts("/a"), "/a|none");
  EXPECT_EQ(parts("/a?"), "/a|");
  EXPECT_EQ(parts("https://e-tax.example/a?u=http://x/y"), "/a|u=http://x/y");
  EXPECT_EQ(parts("https://e-tax.example"), "/|none");
  EXPECT_EQ(parts("https://e-tax.example?x"), "|x");
  EXPECT_EQ(parts("*"), "*|none");
  EXPECT_EQ(parts("a?u=b://c"), "a|u=b://c");
  EXPECT_EQ(parts(""), "|none");
}

TEST(Uri, EncodingIsUndoneUpToThreeTimes) {
  EXPECT_EQ(decoded("/%2e%2e/x"), "/../x");
  EXPECT_EQ(decoded("/%252e"), "/.");
  EXPECT_EQ(decoded("/%25252e"), "/.");
  EXPECT_EQ(decoded("/%2525252e"), "/%2e");
  EXPECT_EQ(decoded("/a+b?q=a+b%2Bc"), "/a+b?q=a b+c");
  EXPECT_EQ(decoded("/100%"), "/100%");
  EXPECT_EQ(decoded("/%zz%4"), "/%zz%4");
  EXPECT_EQ(decoded("/q=k%C3%ABrkes%C3%AB"), "/q=kërkesë");
  EXPECT_EQ(decoded("/%00"), std::string("/\0", 2));
}

TEST(Uri, NothingIsWrittenWhereNothingWasEncoded) {
  std::string out = "before";
  EXPECT_FALSE(decode_uri("/plain?q=1", out));
  EXPECT_FALSE(decode_uri("/100%?q=%zz", out));
  EXPECT_EQ(out, "before");
}

TEST(Uri, PathsAreCleaned) {
  EXPECT_EQ(clean_path("/a//b/./c/../d"), "/a/b/d");
  EXPECT_EQ(clean_path("a/b"), "/a/b");
  EXPECT_EQ(clean_path("/../../a/"), "/a/");
  EXPECT_EQ(clean_path("/a/.."), "/");
  EXPECT_EQ(clean_path(""), "/");
  EXPECT_EQ(clean_path("/"), "/");
}
}  // namespace
}  // namespace kulla::event
