// docs/baseline-format.md. The signature is checked over the bytes before anything in them is believed.
#include <fmt/format.h>

#include <algorithm>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "inspect/inspect.hpp"
#include "model/codec.hpp"

namespace kulla::inspect {
namespace {
constexpr std::string_view format = "baseline/2";
constexpr std::size_t file_limit = std::size_t{2} << 30;  // some ten million files
constexpr std::size_t line_limit = std::size_t{1} << 20;  // paths of 4,096 bytes and attributes of 64 KiB, every byte escaped

struct Header {
  std::string kulla;
  SystemId system;
  Timestamp taken;
  std::int64_t entries = 0;
};
BOOST_DESCRIBE_STRUCT(Header, (), (kulla, system, taken, entries))
struct Attribute {
  std::string name, value;
};
BOOST_DESCRIBE_STRUCT(Attribute, (), (name, value))
struct Line {
  std::string path;
  FileType type = FileType::other;
  std::int64_t uid = 0, gid = 0, mode = 0;
  std::optional<std::int64_t> size{}, links{};
  std::optional<Digest> sha256{};
  std::optional<std::string> target{};
  std::optional<std::vector<Attribute>> attributes{};
};
BOOST_DESCRIBE_STRUCT(Line, (), (path, type, uid, gid, mode, size, links, sha256, target, attributes))
struct Seal {
  PublicKey signer;
  Signature signature;
};
BOOST_DESCRIBE_STRUCT(Seal, (), (signer, signature))

/// What is signed: it names its own kind, so that a signature made for something else never fits here.
std::string signed_text(std::string_view body) { return canonical(json::object{{"kulla", format}, {"sha256", to_hex(sha256(body))}}); }

Line line_of(const std::string& path, const Entry& entry) {
  Line line{.path = escape_path(path), .type = entry.type, .uid = entry.uid, .gid = entry.gid, .mode = entry.mode};
  if (entry.type == FileType::regular) line.size = entry.size, line.links = entry.links, line.sha256 = entry.content;
  if (entry.type == FileType::link) line.target = escape_path(entry.target);
  if (!entry.attributes.empty()) line.attributes.emplace();
  for (const auto& [name, value] : entry.attributes) line.attributes->push_back({escape_path(name), escape_path(value)});
  return line;
}

Result<Entry> entry_of(const Line& line) {
  const bool regular = line.type == FileType::regular;
  if (line.size.has_value() != regular || line.links.has_value() != regular || line.sha256.has_value() != regular ||
      line.target.has_value() != (line.type == FileType::link))
    return fail(Code::bad_json, "fields that do not fit its type");
  Entry entry{.type = line.type, .uid = line.uid, .gid = line.gid, .mode = line.mode, .size = line.size.value_or(0)};
  if (regular) entry.content = *line.sha256, entry.links = *line.links;
  for (const auto& attribute : line.attributes.value_or(std::vector<Attribute>{})) {
    KULLA_TRY(auto name, unescape_path(attribute.name));
    KULLA_TRY(auto value, unescape_path(attribute.value));
    if (!entry.attributes.emplace(std::move(name), std::move(value)).second) return fail(Code::bad_json, "an attribute is there twice");
  }
  if (line.target) {
    KULLA_TRY(entry.target, unescape_path(*line.target));
  }
  return entry;
}

template <typename T>
Result<T> read_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return fail(Code::bad_json, "a line is missing");
  KULLA_TRY(auto value, parse_json(rest.substr(0, end), line_limit));
  rest.remove_prefix(end + 1);
  return codec::decode<T>(value);
}

/// Splits off the last line and checks that it signs all before it.
Result<PublicKey> check_seal(std::string_view& text, const std::vector<PublicKey>& trusted) {
  const auto untrusted = [](std::string_view why) { return fail(Code::baseline_untrusted, std::string(why)); };
  if (!text.ends_with('\n')) return untrusted("its end is missing");
  const auto previous = text.substr(0, text.size() - 1).rfind('\n');
  if (previous == std::string_view::npos) return untrusted("it is not signed");
  auto last = text.substr(previous + 1);
  const auto seal = read_line<Seal>(last);
  if (!seal) return untrusted("its last line is no signature");
  text = text.substr(0, previous + 1);
  if (std::ranges::find(trusted, seal->signer) == trusted.end())
    return untrusted(fmt::format("signed by {}, whom nobody trusts here", fingerprint(seal->signer)));
  if (!verify(seal->signer, signed_text(text), seal->signature)) return untrusted("it was altered after it was signed");
  return seal->signer;
}

}  // namespace

Result<Baseline> parse_baseline(std::string_view text, const std::vector<PublicKey>& trusted) {
  KULLA_TRY(const auto signer, check_seal(text, trusted));
  KULLA_TRY(const auto header, read_line<Header>(text));
  if (header.kulla != format) return fail(Code::bad_json, fmt::format("not of the form {}", format));
  Baseline baseline{.system = header.system, .taken = header.taken, .tree = {}, .signer = signer};
  for (std::int64_t i = 0; i < header.entries; ++i) {
    KULLA_TRY(const auto line, read_line<Line>(text));
    KULLA_TRY(auto path, unescape_path(line.path));
    if (!baseline.tree.empty() && baseline.tree.rbegin()->first >= path)
      return fail(Code::bad_json, fmt::format("entry {} is out of order", i + 1));
    KULLA_TRY(auto entry, entry_of(line));
    baseline.tree.emplace_hint(baseline.tree.end(), std::move(path), std::move(entry));
  }
  if (!text.empty()) return fail(Code::bad_json, "more lines than its header says");
  return baseline;
}

Result<> write_baseline(const std::filesystem::path& file, const Baseline& baseline, const SecretKey& key) {
  std::string text =
      canonical(codec::encode(Header{std::string(format), baseline.system, baseline.taken, std::ssize(baseline.tree)})) + "\n";
  for (const auto& [path, entry] : baseline.tree) text += canonical(codec::encode(line_of(path, entry))) + "\n";
  const auto signature = key.sign(signed_text(text));
  text += canonical(codec::encode(Seal{key.public_key(), signature})) + "\n";
  return write_file_atomic(file, text);
}

Result<Baseline> read_baseline(const std::filesystem::path& file, const std::vector<PublicKey>& trusted) {
  KULLA_TRY(const auto text, read_file(file, file_limit));
  auto baseline = parse_baseline(text, trusted);
  if (!baseline) return std::unexpected(std::move(baseline).error().in(file.string()));
  return baseline;
}
}  // namespace kulla::inspect
