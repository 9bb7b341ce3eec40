#include "event/input.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "base/file.hpp"

namespace kulla::event {
namespace {
namespace fs = std::filesystem;
using namespace std::literals;

std::string gzip(std::string_view text) {
  z_stream zlib{};
  EXPECT_EQ(::deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(::deflateBound(&zlib, text.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
  zlib.avail_in = static_cast<unsigned>(text.size());
  zlib.next_out = reinterpret_cast<unsigned char*>(out.data());
  zlib.avail_out = static_cast<unsigned>(out.size());
  EXPECT_EQ(::deflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(zlib.total_out);
  ::deflateEnd(&zlib);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// Text that does not compress to nothing.
std::string text_of(std::size_t size) {
  std::string text;
  for (std::uint32_t n = 1; text.size() < size; n = n * 1664525U + 1013904223U) text += std::to_string(n) + '\n';
  return text.substr(0, size);
}

struct Content {
  std::string bytes;
  std::optional<Error> error;
};
Content read_to_end(ByteStream& stream, std::size_t piece = 1000) {
  Content content;
  std::string buffer(piece, '\0');
  for (;;) {
    auto got = stream.read(buffer);
    if (!got) return content.error = got.error(), content;
    if (*got == 0) return content;
    content.bytes.append(buffer, 0, *got);
  }
}

class Input : public testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view bytes) {
    const auto path = folder_.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << bytes;
    return path.string();
  }
  Content read_file(std::string_view bytes, std::size_t piece = 1000) {
    auto opened = open_input(write("file", bytes));
    EXPECT_TRUE(opened);
    return read_to_end(**opened, piece);
  }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-input-");
};

TEST_F(Input, PlainBytesPassAsTheyAre) {
  for (const auto bytes : {""sv, "a"sv, "abc"sv, "\x1f"sv, "\x1f\x8c gzip? no"sv, "plain\0text"sv}) {
    const auto content = read_file(bytes, 2);
    EXPECT_EQ(content.bytes, bytes);
    EXPECT_FALSE(content.error);
  }
  const auto missing = open_input((folder_.path() / "missing").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::io);
}

TEST_F(Input, CompressedIsUnpackedWhateverItsName) {
  const auto text = text_of(300'000);
  for (const auto& packed : {gzip(text), zstd(text), gzip(text) + gzip("more"), zstd(text) + zstd("more")}) {
    const auto content = read_file(packed);
    EXPECT_FALSE(content.error) << content.error->what;
    EXPECT_TRUE(content.bytes.starts_with(text));
    EXPECT_TRUE(content.bytes == text || content.bytes == text + "more");
  }
  EXPECT_EQ(read_file(gzip("a") + gzip("b") + gzip("c")).bytes, "abc");
  EXPECT_EQ(read_file(zstd("a") + zstd("b") + "\x50\x2a\x4d\x18\x02\x00\x00\x00xx"s + zstd("c")).bytes, "abc");
  EXPECT_EQ(read_file("\x5f\x2a\x4d\x18\x01\x00\x00\x00x"s + zstd("c")).bytes, "c");
  EXPECT_EQ(read_file(gzip("")).bytes, "");
}

TEST_F(Input, ZerosAfterGzipAreNothingOtherBytesAreAFault) {
  const auto padded = read_file(gzip("text") + std::string(100, '\0'));
  EXPECT_EQ(padded.bytes, "text");
  EXPECT_FALSE(padded.error);
  const auto followed = read_file(gzip("text") + "garbage");
  EXPECT_EQ(followed.bytes, "text");
  ASSERT_TRUE(followed.error);
  EXPECT_EQ(followed.error->code, Code::damaged_input);
}

TEST_F(Input, ACutFileGivesWhatItHoldsThenAnErrorWithNameAndOffset) {
  const auto text = text_of(300'000);
  for (const auto& packed : {gzip(text), zstd(text), zstd("first") + zstd(text)}) {
    const auto half = packed.substr(0, packed.size() / 2);
    const auto content = read_file(half);
    EXPECT_GT(content.bytes.size(), 5U);
    EXPECT_LT(content.bytes.size(), text.size());
    EXPECT_TRUE(("first" + text).starts_with(content.bytes) || text.starts_with(content.bytes));
    ASSERT_TRUE(content.error);
    EXPECT_EQ(content.error->code, Code::damaged_input);
    EXPECT_EQ(content.error->what, (folder_.path() / "file").string() + ": cut short at byte " + std::to_string(half.size()));
  }
}

TEST_F(Input, ADamagedFileGivesWhatComesBefore) {
  const auto text = text_of(1'000'000);
  for (auto packed : {gzip(text), zstd(text)}) {
    for (std::size_t at = packed.size() / 2; at < packed.size() / 2 + 64; ++at) packed[at] = '\x55';
    const auto content = read_file(packed);
    EXPECT_GT(content.bytes.size(), 100'000U);
    ASSERT_TRUE(content.error);
    EXPECT_EQ(content.error->code, Code::damaged_input);
    EXPECT_NE(content.error->what.find("file: damaged "), std::string::npos) << content.error->what;
  }
}

TEST_F(Input, AnErrorStays) {
  auto opened = open_input(write("cut", gzip(text_of(5000)).substr(0, 40)));
  ASSERT_TRUE(opened);
  const auto first = read_to_end(**opened), again = read_to_end(**opened);
  ASSERT_TRUE(first.error && again.error);
  EXPECT_EQ(first.error->what, again.error->what);
}

TEST_F(Input, PiecesMakeNoDifference) {
  const auto text = text_of(20'000);
  for (const auto& packed : {text, gzip(text), zstd(text)})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) EXPECT_EQ(read_file(packed, piece).bytes, text);
}

TEST_F(Input, OfStandardInput) {
  const auto path = write("stdin", gzip("from a pipe"));
  const Descriptor before{::dup(STDIN_FILENO)};
  ASSERT_NE(std::freopen(path.c_str(), "r", stdin), nullptr);
  auto opened = open_input("-");
  ASSERT_TRUE(opened);
  EXPECT_EQ(read_to_end(**opened).bytes, "from a pipe");
  ::dup2(before.get(), STDIN_FILENO);
}

// ── text ──
class Bytes final : public ByteStream {
 public:
  Bytes(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  std::uint64_t taken() const override { return 0; }
  Result<std::size_t> read(std::span<char> into) override {
    const auto size = std::min({into.size(), piece_, bytes_.size()});
    std::copy_n(bytes_.data(), size, into.data());
    bytes_.erase(0, size);
    return size;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
};

struct Text {
  std::string text;
  std::uint64_t unpaired;
  friend bool operator==(const Text&, const Text&) = default;
};
Text to_text(std::string_view bytes, std::size_t piece = 1000) {
  TextStream stream{std::make_unique<Bytes>(std::string{bytes}, piece)};
  auto text = read_to_end(stream, piece).bytes;
  return {std::move(text), stream.unpaired()};
}
std::string utf16(std::u16string_view text, bool little) {
  std::string out;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
    out += little ? low : high;
    out += little ? high : low;
  }
  return out;
}

TEST(TextStream, Utf16IsTranscodedInBothOrders) {
  const auto text = u"\ufeff{\"name\": \"Gjirokastër\"}\r\nŠ€\U0001F30A\n"s;
  const std::string expected = "{\"name\": \"Gjirokastër\"}\r\nŠ€\U0001F30A\n";
  for (const bool little : {true, false})
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 1000U})
      EXPECT_EQ(to_text(utf16(text, little), piece), (Text{expected, 0})) << little << piece;
}

TEST(TextStream, HalvesOfPairsAreReplacedAndCounted) {
  const auto lone = [](std::u16string_view units) { return to_text(utf16(u"\ufeff"s.append(units), true), 3); };
  const char16_t low[] = {u'a', 0xdc00, u'b'}, high[] = {u'a', 0xd83c, u'b'}, twice[] = {0xd83c, 0xd83c, 0xdf0a}, last[] = {u'a', 0xd83c};
  EXPECT_EQ(lone({low, 3}), (Text{"a\ufffdb", 1}));
  EXPECT_EQ(lone({high, 3}), (Text{"a\ufffdb", 1}));
  EXPECT_EQ(lone({twice, 3}), (Text{"\ufffd\U0001F30A", 1}));
  EXPECT_EQ(lone({last, 2}), (Text{"a\ufffd", 1}));
  EXPECT_EQ(to_text("\xff\xfe"
                    "a\0b"sv),
            (Text{"a\ufffd", 1}))
      << "half a unit";
}

TEST(TextStream, AMarkOfUtf8IsRemovedAndAllElsePasses) {
  EXPECT_EQ(to_text("\xef\xbb\xbfname,value\n"), (Text{"name,value\n", 0}));
  EXPECT_EQ(to_text("\xef\xbb\xbf"), (Text{"", 0}));
  for (const auto bytes : {""sv, "a"sv, "\xef"sv, "\xef\xbb"sv, "\xef\xbbx"sv, "\xff"sv, "ElfFile\0\xff\xfe"sv, "bad \xc3 utf-8"sv})
    for (const std::size_t piece : {1U, 2U, 100U}) EXPECT_EQ(to_text(bytes, piece), (Text{std::string{bytes}, 0}));
}

// ── lists ──
TEST_F(Input, AFolderIsItsFilesSortedByName) {
  const auto in = [this](const std::string& name) { return (folder_.path() / "logs" / name).string(); };
  for (const auto* name : {"logs/b.log", "logs/a/z.log", "logs/a/y/x.log", "logs/c.log", "elsewhere/secret.log"}) write(name, "x");
  fs::create_directory_symlink(folder_.path() / "elsewhere", in("link"));
  fs::create_symlink(folder_.path() / "elsewhere/secret.log", in("d.log"));
  ASSERT_EQ(::mkfifo(in("pipe").c_str(), 0600), 0);
  const auto logs = (folder_.path() / "logs").string();
  const auto inputs = list_inputs({"-", logs, in("b.log")});
  ASSERT_TRUE(inputs);
  EXPECT_EQ(inputs->files,
            (std::vector<std::string>{"-", in("a/y/x.log"), in("a/z.log"), in("b.log"), in("c.log"), in("d.log"), in("b.log")}));
  EXPECT_TRUE(inputs->unreadable.empty());
}

TEST_F(Input, AMissingPathIsAnError) {
  const auto missing = list_inputs({(folder_.path() / "missing").string()});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST_F(Input, AFolderThatCannotBeReadIsSaid) {
  if (::geteuid() == 0) GTEST_SKIP() << "ROOT reads every folder: run as somebody else";
  write("logs/a.log", "x");
  write("logs/shut/b.log", "x");
  fs::permissions(folder_.path() / "logs/shut", fs::perms::none);
  const auto inputs = list_inputs({(folder_.path() / "logs").string()});
  fs::permissions(folder_.path() / "logs/shut", fs::perms::owner_all);
  ASSERT_TRUE(inputs);
  EXPECT_EQ(inputs->files.size(), 1U);
  EXPECT_EQ(inputs->unreadable.size(), 1U);
}
}  // namespace
}  // namespace kulla::event
