#include "base/shown_text.hpp"

#include <gtest/gtest.h>

namespace kulla {
namespace {
TEST(Markup, NothingForeignEndsATextOrAnAttribute) {
  EXPECT_EQ(escape_markup("</title><script a=\"1\" b='2'>&amp;"), "&lt;/title&gt;&lt;script a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;");
  EXPECT_EQ(escape_markup("Shërbimi"), "Shërbimi");
}
TEST(ShownText, APercentSignIsReadAndALineEndIsNot) { EXPECT_EQ(shown_text("60 % of\nit"), "60 % of%0Ait"); }
TEST(Markup, BytesThatAreNoTextAreShownAndAPercentSignStays) { EXPECT_EQ(shown_in_markup("100 %\x01\xFF<b>"), "100 %%01%FF&lt;b&gt;"); }
}  // namespace
}  // namespace kulla
