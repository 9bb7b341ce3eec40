#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "base/path_text.hpp"
#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;

SecretKey key_of(std::uint8_t seed) { return SecretKey::from_seed({seed}); }

class FixedClock final : public Clock {
 public:
  Moment now() const override { return {Timestamp{std::chrono::hours{24 * 365 * 50}}, Ticks{1000}}; }
  std::string boot() const override { return "boot"; }
};

class BaselineTest : public Inspection {
 protected:
  std::filesystem::path file = folder.path() / "baseline";
  const SecretKey key = key_of(1);
  const std::vector<PublicKey> trusted{key.public_key()};
  FixedClock clock;
  const SystemId web1{"web1"};
};

TEST_F(BaselineTest, ComesBackAsItWas) {
  put("a/b\xffq%", "x");
  put("a-b", "comes after what is in a");
  std::filesystem::create_symlink("\xc3\x28", at("link"));
  take_baseline();
  write_baseline(file, key);
  const auto back = open_baseline(file, trusted);
  ASSERT_TRUE(back) << back.error().message();
  std::vector<Recorded> things;
  while (auto thing = (*back)->next().value()) things.push_back(*thing);
  EXPECT_EQ(things, before);
  EXPECT_EQ((*back)->facts().value(), Facts{});
  EXPECT_EQ((*back)->info().system, web1);
  EXPECT_EQ((*back)->info().signer, key.public_key());
}

TEST_F(BaselineTest, FactsFollowTheThings) {
  auto writer = BaselineWriter::create(file, {.system = web1, .taken = {}, .machine = true}).value();
  ASSERT_TRUE(writer.add(Recorded{".", {.type = FileType::folder}}));
  ASSERT_TRUE(writer.add(Facts{{"account/root", "uid 0"}, {"account/www", "uid 33"}}));
  ASSERT_TRUE(writer.seal(key));
  const auto back = open_baseline(file, trusted).value();
  EXPECT_TRUE(back->info().machine);
  EXPECT_EQ(back->facts().value().at("account/www"), "uid 33");
}

TEST_F(BaselineTest, AStrangersSignatureIsRefused) {
  write_baseline(file, key_of(2));
  const auto back = open_baseline(file, trusted);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Code::baseline_untrusted);
}

TEST_F(BaselineTest, AnyChangedByteIsRefused) {
  put("a", "x");
  write_baseline(file, key);
  const auto whole = read_file(file, 1 << 20).value();
  const auto is_taken = [&](std::string_view text) {
    std::ofstream{file, std::ios::binary} << text;
    return open_baseline(file, trusted).has_value();
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(is_taken(changed)) << "byte " << i;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_FALSE(is_taken(std::string_view(whole).substr(0, i))) << "cut at " << i;
  EXPECT_TRUE(is_taken(whole));
}

TEST_F(BaselineTest, OneOfAnotherVersionIsNamed) {
  const std::string body = R"({"kulla":"baseline/9","live":false,"machine":false,"system":"web1","taken":"2026-01-01T00:00:00.000000Z"})"
                           "\n";
  const auto signature = key.sign(R"({"kulla":"baseline/4","sha256":")" + to_hex(sha256(body)) + "\"}");
  std::ofstream{file} << body << R"({"signature":")" << to_hex(signature) << R"(","signer":")" << to_hex(key.public_key()) << "\"}\n";
  const auto back = open_baseline(file, trusted);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().what, HasSubstr("of the form baseline/9, not baseline/4: take it anew"));
}

TEST_F(BaselineTest, OneThatIsReplacedWhileItIsReadDoesNotCount) {
  put("a", std::string(3000, 'x'));
  for (int i = 0; i < 3000; ++i) put("f" + std::to_string(i), "");
  write_baseline(file, key);
  const auto back = open_baseline(file, trusted).value();
  ASSERT_TRUE(back->next());
  const auto whole = read_file(file, 1 << 24).value();
  auto changed = whole;
  changed.replace(changed.find("\"f2999\""), 7, "\"f2998x");
  std::fstream{file, std::ios::binary | std::ios::in | std::ios::out} << changed;
  EXPECT_FALSE(back->facts());
}

TEST_F(BaselineTest, CheckReportsTheWorstInOneSafeLine) {
  put("a", "x");
  write_baseline(file, key);
  put("sh\x1b[31m\nell.php", "<?php");
  const auto outcome = check(web1, root, file, trusted, clock);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->report.clean);
  EXPECT_EQ(outcome->report.findings, 1);
  EXPECT_EQ(outcome->report.worst, "sh%1B[31m%0Aell.php: new executable or script: its name ends in .php");
  EXPECT_EQ(outcome->report.hash, sha256(outcome->report_text));
  EXPECT_EQ(outcome->report.started, clock.now());
  EXPECT_EQ(outcome->report.baseline, outcome->baseline.taken);
  EXPECT_THAT(outcome->report_text, HasSubstr("%0Aell.php"));
}

TEST_F(BaselineTest, CheckOfAnUnchangedSystemIsClean) {
  put("a", "x");
  write_baseline(file, key);
  const auto outcome = check(web1, root, file, trusted, clock).value();
  EXPECT_TRUE(outcome.report.clean);
  EXPECT_EQ(outcome.report.files, 1);
  EXPECT_EQ(outcome.report.worst, "");
}

TEST_F(BaselineTest, AnotherSystemsBaselineIsRefused) {
  write_baseline(file, key);
  const auto outcome = check(SystemId{"db1"}, root, file, trusted, clock);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::baseline_untrusted);
}

TEST_F(BaselineTest, TwoBaselinesDiffer) {
  put("a", "x");
  write_baseline(file, key);
  put("b.php", "<?php");
  write_baseline(folder.path() / "after", key);
  const auto findings = diff(file, folder.path() / "after", trusted);
  ASSERT_TRUE(findings) << findings.error().message();
  ASSERT_EQ(findings->size(), 1U);
  EXPECT_EQ(findings->front().path, "b.php");
}

TEST(Paths, AFolderComesBeforeWhatIsInItAndThatBeforeItsNeighbours) {
  const std::vector<std::string> order{".", "-", "a", "a/b", "a/b/c", "a/c", "a-b", "a.b", "b"};
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = 0; j < order.size(); ++j) EXPECT_EQ(compare_paths(order[i], order[j]), i <=> j) << order[i] << " " << order[j];
}

RC_GTEST_PROP(PathText, EveryNameHasOneTextThatLeadsBack, (const std::string& bytes)) {
  const auto text = escape_path(bytes);
  RC_ASSERT(unescape_path(text).value() == bytes);
}

TEST(PathText, KeepsWordsAndEscapesWhatMisleads) {
  EXPECT_EQ(escape_path("shërbimi/çmimi.txt"), "shërbimi/çmimi.txt");
  EXPECT_EQ(escape_path("100%\r\n\x7f"), "100%25%0D%0A%7F");
  EXPECT_EQ(escape_path("a\u202Egpj.php"), "a%E2%80%AEgpj.php");
  EXPECT_EQ(escape_path("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"), "%C0%AF%ED%A0%80%F4%90%80%80");
  for (auto bad : {"%", "%4", "%41", "%0a", "\n", "%ZZ"}) EXPECT_FALSE(unescape_path(bad)) << bad;
}
TEST(PathText, CutsBetweenCharacters) {
  EXPECT_EQ(cut_text("ëëëë", 6), "ë…");
  EXPECT_EQ(cut_text("short", 5), "short");
}
}  // namespace
}  // namespace kulla::inspect
