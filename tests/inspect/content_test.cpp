// Our own YARA rules on samples of what they are for, archives, and files made to harm whoever looks into them.
#include "inspect/content.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <set>
#include <thread>

#include "inspect/fixture.hpp"
#include "inspect/harmless_samples.hpp"
#include "inspect/helper.hpp"
#include "inspect/more_yara_samples.hpp"

namespace kulla::inspect {
namespace {
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<Content> with_our_rules() {
  auto content = std::make_unique<Content>();
  for (const auto& text : starter_rules()) EXPECT_TRUE(content->add_rules("ours", text));
  EXPECT_TRUE(content->compile());
  return content;
}
auto says(const std::string& text) { return Contains(Field("says", &Match::says, HasSubstr(text))); }

TEST(OurYara, EachRuleFindsWhatItIsFor) {
  const auto content = with_our_rules();
  for (const auto* samples : {&test::yara_samples, &test::more_yara_samples})
    for (const auto& sample : *samples)
      EXPECT_THAT(content->examine(sample.text), says(fmt::format("(YARA rule {})", sample.rule))) << sample.name;
}
TEST(OurYara, InnocentLookAlikesAreNotFound) {
  const auto content = with_our_rules();
  for (const auto& sample : test::harmless_samples) EXPECT_THAT(content->examine(sample.text), IsEmpty()) << sample.name;
}

/// A web shell as zip, tar.gz or 7z, with more around it.
std::string packed(int (*format)(archive*), int (*filter)(archive*), const std::string& name, std::string_view text) {
  std::string out(48 << 20, '\0');
  std::size_t used = 0;
  auto* writer = ::archive_write_new();
  EXPECT_EQ(format(writer), ARCHIVE_OK);
  EXPECT_EQ(filter(writer), ARCHIVE_OK);
  EXPECT_EQ(::archive_write_open_memory(writer, out.data(), out.size(), &used), ARCHIVE_OK);
  auto* entry = ::archive_entry_new();
  ::archive_entry_set_pathname(entry, name.c_str());
  ::archive_entry_set_size(entry, std::ssize(text));
  ::archive_entry_set_filetype(entry, AE_IFREG);
  ::archive_entry_set_perm(entry, 0644);
  EXPECT_EQ(::archive_write_header(writer, entry), ARCHIVE_OK);
  EXPECT_EQ(::archive_write_data(writer, text.data(), text.size()), std::ssize(text));
  ::archive_entry_free(entry);
  EXPECT_EQ(::archive_write_free(writer), ARCHIVE_OK);
  out.resize(used);
  return out;
}

const std::string shell =
    "<?php eva"
    "l($_PO"
    "ST['x']); ?>";

TEST(Archives, AWebShellInOneIsFoundAndNamed) {
  const auto content = with_our_rules();
  const auto zip = packed(&::archive_write_set_format_zip, &::archive_write_add_filter_none, "wp/a.php", shell);
  EXPECT_THAT(content->examine(zip), says("in wp/a.php"));
  EXPECT_THAT(content->examine(packed(&::archive_write_set_format_ustar, &::archive_write_add_filter_gzip, "b.php", shell)),
              says("in b.php"));
  EXPECT_THAT(content->examine(packed(&::archive_write_set_format_ustar, &::archive_write_add_filter_xz, "b.php", shell)),
              says("in b.php"));
  EXPECT_THAT(content->examine(packed(&::archive_write_set_format_7zip, &::archive_write_add_filter_none, "c.php", shell)),
              says("in c.php"));
  EXPECT_THAT(content->examine(packed(&::archive_write_set_format_zip, &::archive_write_add_filter_none, "outer.zip", zip)),
              says("in outer.zip/wp/a.php"));
}
TEST(Archives, OneThatUnpacksWithoutEndIsCutAndThatIsSaid) {
  const auto content = with_our_rules();
  const auto bomb = packed(&::archive_write_set_format_ustar, &::archive_write_add_filter_gzip, "zeros", std::string(300'000'000, '\0'));
  EXPECT_THAT(content->examine(bomb), says("bytes unpacked"));
}
TEST(Archives, NotesOnWhatIsBrokenTakeNoPlaceOfWhatIsFound) {
  const auto content = with_our_rules();
  std::string many;
  auto broken = packed(&::archive_write_set_format_zip, &::archive_write_add_filter_none, "a.txt", std::string(5000, 'a'));
  broken.resize(broken.size() / 2);
  auto* writer = ::archive_write_new();
  many.resize(1 << 20);
  std::size_t used = 0;
  ASSERT_EQ(::archive_write_set_format_ustar(writer), ARCHIVE_OK);
  ASSERT_EQ(::archive_write_open_memory(writer, many.data(), many.size(), &used), ARCHIVE_OK);
  for (int i = 0; i < 41; ++i) {
    const std::string_view text = i < 40 ? std::string_view(broken) : std::string_view(shell);
    auto* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, fmt::format("{}.php", i).c_str());
    ::archive_entry_set_size(entry, std::ssize(text));
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_entry_set_perm(entry, 0644);
    ASSERT_EQ(::archive_write_header(writer, entry), ARCHIVE_OK);
    ASSERT_EQ(::archive_write_data(writer, text.data(), text.size()), std::ssize(text));
    ::archive_entry_free(entry);
  }
  ASSERT_EQ(::archive_write_free(writer), ARCHIVE_OK);
  many.resize(used);
  EXPECT_THAT(content->examine(many), says("in 40.php"));
}
TEST(Archives, AMemberThatIsCutIsSaidToBe) {
  const auto content = with_our_rules();
  const auto zip = packed(&::archive_write_set_format_zip, &::archive_write_add_filter_none, "a.php", std::string(33 << 20, '\n') + shell);
  EXPECT_THAT(content->examine(zip), says("only the first 32 MiB"));
}
TEST(Archives, ADamagedOneIsSaidToBe) {
  const auto content = with_our_rules();
  auto zip = packed(&::archive_write_set_format_zip, &::archive_write_add_filter_none, "a.txt", std::string(5000, 'a'));
  zip.resize(zip.size() / 2);
  EXPECT_THAT(content->examine(zip), says("not wholly looked into"));
}

class ExaminersTest : public Inspection {
 protected:
  Result<std::vector<Match>> examine(Examiners& examiners, std::string_view path) const {
    const Descriptor file{::open(at(path).c_str(), O_RDONLY | O_CLOEXEC)};
    return examiners.examine(file.get());
  }
};

TEST_F(ExaminersTest, AChildWithoutRightsFindsTheSame) {
  put("x.jpg", "\xff\xd8\xff\xe0 JFIF" + shell);
  put("plain", "text");
  const auto examiners = Examiners::start({}).value();
  EXPECT_THAT(examine(*examiners, "x.jpg").value(), testing::Not(IsEmpty()));
  EXPECT_THAT(examine(*examiners, "plain").value(), IsEmpty());
}
TEST_F(ExaminersTest, RulesOfOnesOwnCountAndWrongOnesAreNamedWithTheirLine) {
  put("mine.yar", "rule mine {\n  meta: severity = \"low\"\n  strings: $a = \"harmless marker\"\n  condition: $a\n}\n");
  put("wrong.yar", "rule wrong {\n  condition: $nothing\n}\n");
  put("includes.yar", "include \"/etc/passwd\"\nrule a { condition: true }\n");
  put("file", "a harmless marker");
  const auto examiners = Examiners::start(read_rule_files({at("mine.yar")}).value()).value();
  const auto matches = examine(*examiners, "file").value();
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].severity, Severity::low);
  const auto refused = Examiners::start(read_rule_files({at("wrong.yar")}).value());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::bad_config);
  EXPECT_THAT(refused.error().what, testing::MatchesRegex(".*wrong.yar:[23]: undefined string.*"));
  EXPECT_FALSE(Examiners::start(read_rule_files({at("includes.yar")}).value()));
}

TEST_F(ExaminersTest, ACompressedFileIsUnpackedWithinBounds) {
  const std::string text(300'000, 'a');
  const auto gz = [](std::string_view content) {
    return packed(&::archive_write_set_format_raw, &::archive_write_add_filter_gzip, "x", content);
  };
  put("log.gz", gz(text));
  put("cut.gz", gz(text).substr(0, 100));
  put("plain", text);
  put("two.gz", gz("one\n") + gz("two\n"));
  const auto examiners = Examiners::without_rules();
  const auto unpacked = [&](std::string_view path, std::int64_t most = 1'000'000) {
    return examiners->unpack(Descriptor{::open(at(path).c_str(), O_RDONLY | O_CLOEXEC)}.get(), 4, most);
  };
  const auto log = unpacked("log.gz").value();
  EXPECT_EQ(log.size, 300'000);
  EXPECT_EQ(log.whole, sha256(text));
  EXPECT_EQ(log.beginning, sha256("aaaa"));
  EXPECT_EQ(unpacked("two.gz")->whole, sha256("one\ntwo\n"));
  EXPECT_EQ(unpacked("log.gz", 299'999).error().code, Code::too_large);
  EXPECT_FALSE(unpacked("cut.gz"));
  EXPECT_FALSE(unpacked("plain"));
  EXPECT_TRUE(unpacked("log.gz"));
}
TEST_F(ExaminersTest, OneWhoseThreadHasEndedIsStartedAnew) {
  put("log.gz", packed(&::archive_write_set_format_raw, &::archive_write_add_filter_gzip, "x", "one line\n"));
  const auto examiners = Examiners::without_rules();
  std::thread{[&] { EXPECT_TRUE(examine(*examiners, "log.gz")); }}.join();
  const auto unpacked = examiners->unpack(Descriptor{::open(at("log.gz").c_str(), O_RDONLY | O_CLOEXEC)}.get(), 4, 100);
  ASSERT_TRUE(unpacked) << unpacked.error().message();
  EXPECT_EQ(unpacked->size, 9);
}
TEST_F(ExaminersTest, OurRulesDoNotMatchTheProgramThatCarriesThem) {
  const auto program = read_file(helper_program().value(), 256 << 20).value();
  EXPECT_THAT(with_our_rules()->examine(program), IsEmpty());
}

TEST_F(ExaminersTest, ACheckFindsMalwareInWhatIsNewAndWithFullInAllThatIsThere) {
  const auto key = SecretKey::generate();
  put("old.txt", shell + " in a text");
  write_baseline(folder.path() / "b", key);
  put("new.png", "\x89PNG\r\n" + std::string(600, ' ') + shell);
  const auto kinds = [&](bool full) {
    Options options;
    options.full = full;
    const auto outcome = check({}, root, folder.path() / "b", {key.public_key()}, SystemClock{}, options);
    EXPECT_TRUE(outcome) << outcome.error().message();
    std::multiset<std::pair<std::string, Kind>> found;
    for (const auto& finding : outcome->findings) found.emplace(finding.path, finding.kind);
    return found;
  };
  const std::pair<std::string, Kind> old{"old.txt", Kind::malware};
  EXPECT_THAT(kinds(false), Contains(std::pair<std::string, Kind>{"new.png", Kind::malware}));
  EXPECT_THAT(kinds(false), testing::Not(Contains(old)));
  EXPECT_THAT(kinds(true), Contains(old));
}
}  // namespace
}  // namespace kulla::inspect
