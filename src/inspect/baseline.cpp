#include "inspect/baseline.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"
#include "model/codec.hpp"

namespace kulla::inspect {
namespace {
constexpr std::string_view format = "baseline/4";
constexpr std::int64_t file_limit = std::int64_t{4} << 30;  // some ten million files
constexpr std::size_t line_limit = std::size_t{1} << 20;    // paths of 4,096 bytes and attributes of 64 KiB, every byte escaped
constexpr std::size_t piece = std::size_t{256} << 10;       // read and written at once
constexpr std::int64_t seal_limit = 1024;
constexpr std::size_t facts_limit = 1'000'000;

struct Header {
  std::string kulla;
  SystemId system;
  Timestamp taken;
  bool machine = false, live = false;
};
BOOST_DESCRIBE_STRUCT(Header, (), (kulla, system, taken, machine, live))
struct Attribute {
  std::string name, value;
};
BOOST_DESCRIBE_STRUCT(Attribute, (), (name, value))
struct Line {
  std::string path;
  FileType type = FileType::regular;
  std::int64_t uid = 0, gid = 0, mode = 0;
  std::optional<std::int64_t> size{}, links{}, modified{}, changed{}, inode{};
  std::optional<Digest> sha256{};
  std::optional<std::string> target{};
  std::optional<std::string> package{};
  std::optional<std::vector<Attribute>> attributes{};
};
BOOST_DESCRIBE_STRUCT(Line, (), (path, type, uid, gid, mode, size, links, modified, changed, inode, sha256, target, package, attributes))
struct FactLine {
  std::string fact, value;
};
BOOST_DESCRIBE_STRUCT(FactLine, (), (fact, value))
struct Seal {
  PublicKey signer;
  Signature signature;
};
BOOST_DESCRIBE_STRUCT(Seal, (), (signer, signature))

std::string signed_text(const Digest& body) { return canonical(baseline_to_sign(body)); }
std::string line_of(const Seal& seal) { return canonical(codec::encode(seal)) + "\n"; }

Line line_of(const Recorded& thing) {
  const auto& entry = thing.entry;
  Line line{.path = escape_path(thing.path), .type = entry.type, .uid = entry.uid, .gid = entry.gid, .mode = entry.mode};
  if (entry.type == FileType::regular) {
    line.size = entry.size, line.links = entry.links, line.sha256 = entry.content;
    line.modified = entry.modified, line.changed = entry.changed, line.inode = entry.inode;
  }
  if (entry.type == FileType::link) line.target = escape_path(entry.target);
  if (!entry.package.empty()) line.package = escape_path(entry.package);
  if (!entry.attributes.empty()) line.attributes.emplace();
  for (const auto& [name, value] : entry.attributes) line.attributes->push_back({escape_path(name), escape_path(value)});
  return line;
}

Result<Recorded> thing_of(const Line& line) {
  const bool regular = line.type == FileType::regular;
  if (std::ranges::any_of(std::array{line.size, line.links, line.modified, line.changed, line.inode},
                          [&](const auto& field) { return field.has_value() != regular; }) ||
      line.sha256.has_value() != regular || line.target.has_value() != (line.type == FileType::link))
    return fail(Code::bad_json, "fields that do not fit its type");
  Recorded thing;
  KULLA_TRY(thing.path, unescape_path(line.path));
  auto& entry = thing.entry;
  entry.type = line.type, entry.uid = line.uid, entry.gid = line.gid, entry.mode = line.mode;
  if (regular) {
    entry.size = *line.size, entry.links = *line.links, entry.content = *line.sha256;
    entry.modified = *line.modified, entry.changed = *line.changed, entry.inode = *line.inode;
  }
  for (const auto& attribute : line.attributes.value_or(std::vector<Attribute>{})) {
    KULLA_TRY(auto name, unescape_path(attribute.name));
    KULLA_TRY(auto value, unescape_path(attribute.value));
    if (!entry.attributes.emplace(std::move(name), std::move(value)).second) return fail(Code::bad_json, "an attribute is there twice");
  }
  if (line.package) {
    KULLA_TRY(entry.package, unescape_path(*line.package));
  }
  if (line.target) {
    KULLA_TRY(entry.target, unescape_path(*line.target));
  }
  return thing;
}

std::unexpected<Error> untrusted(std::string_view why) { return fail(Code::baseline_untrusted, std::string(why)); }

/// Reads at a place, all that is asked for.
Result<std::string> read_at(int file, std::int64_t at, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t got = 0; got < size;) {
    const auto more = ::pread(file, bytes.data() + got, size - got, at + static_cast<std::int64_t>(got));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return fail_errno("cannot be read");
    if (more == 0) return untrusted("it became shorter while it was read");
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

struct Sealed {
  Seal seal;
  std::int64_t body = 0;  ///< bytes before the seal
};
Result<Sealed> read_seal(int file) {
  struct stat status{};
  if (::fstat(file, &status) != 0) return fail_errno("cannot be read");
  if (status.st_size > file_limit) return fail(Code::too_large, fmt::format("larger than {} bytes", file_limit));
  const auto tail_size = std::min<std::int64_t>(status.st_size, seal_limit);
  KULLA_TRY(const auto tail, read_at(file, status.st_size - tail_size, static_cast<std::size_t>(tail_size)));
  if (!tail.ends_with('\n')) return untrusted("its end is missing");
  const auto before = tail.rfind('\n', tail.size() - 2);
  if (tail.size() < 2 || before == std::string::npos) return untrusted("it is not signed");
  const auto value = parse_json(std::string_view(tail).substr(before + 1, tail.size() - before - 2), seal_limit);
  auto seal = value ? codec::decode<Seal>(*value) : Result<Seal>{std::unexpected(value.error())};
  if (!seal) return untrusted("its last line is no signature");
  return Sealed{std::move(*seal), status.st_size - tail_size + static_cast<std::int64_t>(before) + 1};
}

Result<Digest> hash_of(int file, std::int64_t size) {
  Sha256 hash;
  for (std::int64_t at = 0; at < size;) {
    KULLA_TRY(const auto bytes, read_at(file, at, static_cast<std::size_t>(std::min<std::int64_t>(size - at, piece))));
    hash.add(bytes);
    at += std::ssize(bytes);
  }
  return hash.finish();
}

/// The lines of a file's body, hashed once more as they are read: what is believed in the end is what was signed.
class Reader final : public Baseline {
 public:
  Reader(Descriptor file, const Sealed& sealed, Digest body) : file_(std::move(file)), size_(sealed.body), body_(body) {
    info_.signer = sealed.seal.signer;
  }

  Result<> start() {
    KULLA_TRY(const auto header, read<Header>());
    if (header.kulla != format)
      return fail(Code::bad_json, fmt::format("of the form {}, not {}: take it anew", escape_path(header.kulla), format));
    info_ = {header.system, header.taken, header.machine, header.live, info_.signer};
    return {};
  }
  [[nodiscard]] const BaselineInfo& info() const override { return info_; }

  Result<std::optional<Recorded>> next() override {
    KULLA_TRY(const auto text, peek());
    if (text.empty() || text.starts_with(fact_line)) return std::nullopt;
    KULLA_TRY(const auto line, read<Line>());
    KULLA_TRY(auto thing, thing_of(line));
    if (!last_.empty() && compare_paths(last_, thing.path) >= 0)
      return fail(Code::bad_json, fmt::format("{}: out of order", escape_path(thing.path)));
    last_ = thing.path;
    return thing;
  }

  Result<Facts> facts() override {
    KULLA_CHECK(skip_things());
    Facts facts;
    for (;;) {
      KULLA_TRY(const auto text, peek());
      if (text.empty()) break;
      KULLA_TRY(auto line, read<FactLine>());
      if (facts.size() == facts_limit || !facts.emplace(std::move(line.fact), std::move(line.value)).second)
        return fail(Code::bad_json, "a fact is there twice, or too many are");
    }
    if (hash_.finish() != body_) return untrusted("it changed while it was read");
    return facts;
  }

 private:
  static constexpr std::string_view fact_line = R"({"fact":)";

  /// The next line, without its end; empty at the end. Valid until the next call.
  Result<std::string_view> peek() {
    for (std::size_t searched = 0;;) {
      const auto rest = std::string_view(buffer_).substr(used_);
      if (const auto end = rest.find('\n', searched); end != std::string_view::npos) {
        if (end == 0) return fail(Code::bad_json, "an empty line");
        return rest.substr(0, end);
      }
      if (at_ == size_) return rest.empty() ? Result<std::string_view>{rest} : fail(Code::bad_json, "a line without an end");
      if (rest.size() > line_limit) return fail(Code::too_large, "a line is too long");
      searched = rest.size();
      buffer_.erase(0, used_);
      used_ = 0;
      KULLA_TRY(const auto bytes, read_at(file_.get(), at_, static_cast<std::size_t>(std::min<std::int64_t>(size_ - at_, piece))));
      hash_.add(bytes);
      at_ += std::ssize(bytes);
      buffer_ += bytes;
    }
  }
  template <typename T>
  Result<T> read() {
    KULLA_TRY(const auto text, peek());
    if (text.empty()) return fail(Code::bad_json, "a line is missing");
    KULLA_TRY(const auto value, parse_json(text, line_limit));
    used_ += text.size() + 1;
    return codec::decode<T>(value);
  }

  Descriptor file_;
  std::int64_t size_ = 0, at_ = 0;
  Digest body_;
  Sha256 hash_;
  std::string buffer_, last_;
  std::size_t used_ = 0;
  BaselineInfo info_;
};
}  // namespace

json::object baseline_to_sign(const Digest& body) { return {{"kulla", format}, {"sha256", to_hex(body)}}; }

Result<> seal_baseline(const std::filesystem::path& unsealed, const PublicKey& signer, const Signature& signature,
                       const std::filesystem::path& file) {
  const Descriptor from{::open(unsealed.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status{};
  if (!from || ::fstat(from.get(), &status) != 0) return fail_errno(unsealed.string() + ": cannot be read");
  KULLA_TRY(auto writer, AtomicFile::create(file));
  KULLA_CHECK(writer.as_the_old_one());
  Sha256 hash;
  for (std::int64_t at = 0; at < status.st_size;) {
    KULLA_TRY(const auto bytes, read_at(from.get(), at, static_cast<std::size_t>(std::min<std::int64_t>(status.st_size - at, piece))));
    hash.add(bytes);
    KULLA_CHECK(writer.write(bytes));
    at += std::ssize(bytes);
  }
  if (!verify(signer, signed_text(hash.finish()), signature))
    return fail(Code::bad_signature, "the signature is not over the baseline that was prepared");
  KULLA_CHECK(writer.write(line_of(Seal{signer, signature})));
  return writer.commit();
}

Result<> Baseline::skip_things() {
  for (bool more = true; more;) {
    KULLA_TRY(const auto thing, next());
    more = thing.has_value();
  }
  return {};
}

Result<std::unique_ptr<Baseline>> read_baseline(Descriptor file, const std::vector<PublicKey>& trusted) {
  KULLA_TRY(const auto sealed, read_seal(file.get()));
  if (std::ranges::find(trusted, sealed.seal.signer) == trusted.end())
    return untrusted(fmt::format("signed by {}, whom nobody trusts here", fingerprint(sealed.seal.signer)));
  KULLA_TRY(const auto body, hash_of(file.get(), sealed.body));
  if (!verify(sealed.seal.signer, signed_text(body), sealed.seal.signature)) return untrusted("it was altered after it was signed");
  auto reader = std::make_unique<Reader>(std::move(file), sealed, body);
  KULLA_CHECK(reader->start());
  return reader;
}

Result<BaselineWriter> BaselineWriter::create(const std::filesystem::path& file, const BaselineInfo& info) {
  KULLA_TRY(auto beside, AtomicFile::create(file));
  BaselineWriter writer{std::move(beside)};
  KULLA_CHECK(writer.line(canonical(codec::encode(Header{std::string(format), info.system, info.taken, info.machine, info.live}))));
  return writer;
}

Result<BaselineWriter> BaselineWriter::receive(const std::filesystem::path& file) {
  KULLA_TRY(auto beside, AtomicFile::create(file));
  return BaselineWriter{std::move(beside)};
}
Result<> BaselineWriter::add_text(std::string_view text) {
  waiting_ += text;
  return waiting_.size() < piece ? Result<>{} : flush();
}
Result<Digest> BaselineWriter::leave() {
  KULLA_CHECK(flush());
  KULLA_CHECK(file_.commit());
  return hash_.finish();
}

Result<> BaselineWriter::line(std::string_view text) {
  waiting_ += text;
  waiting_ += '\n';
  return waiting_.size() < piece ? Result<>{} : flush();
}
Result<> BaselineWriter::flush() {
  hash_.add(waiting_);
  KULLA_CHECK(file_.write(waiting_));
  waiting_.clear();
  return {};
}
Result<> BaselineWriter::add(const Recorded& thing) {
  ++things_;
  return line(canonical(codec::encode(line_of(thing))));
}
Result<> BaselineWriter::add(const Facts& facts) {
  for (const auto& [fact, value] : facts) KULLA_CHECK(line(canonical(codec::encode(FactLine{fact, value}))));
  return {};
}
Result<> BaselineWriter::seal(const SecretKey& key) {
  KULLA_CHECK(flush());
  const auto signature = key.sign(signed_text(hash_.finish()));
  KULLA_CHECK(file_.write(line_of(Seal{key.public_key(), signature})));
  return file_.commit();
}

}  // namespace kulla::inspect
