// What lay below a root when it was known to be good, and who says so: docs/baseline-format.md. Written and read as a stream, so that
// a million files take no more memory than ten.
#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/keys.hpp"
#include "base/time.hpp"
#include "inspect/entry.hpp"
#include "inspect/machine.hpp"
#include "model/names.hpp"

namespace kulla::inspect {

struct BaselineInfo {
  SystemId system;
  Timestamp taken;        ///< when the scan began
  bool machine = false;   ///< facts of a whole machine follow the things
  bool live = false;      ///< its kernel was asked too
  PublicKey signer{};     ///< set by reading; it proves nothing unless trusted
  friend bool operator==(const BaselineInfo&, const BaselineInfo&) = default;
};

class Baseline {
 public:
  virtual ~Baseline() = default;
  [[nodiscard]] virtual const BaselineInfo& info() const = 0;
  [[nodiscard]] virtual Result<std::optional<Recorded>> next() = 0;
  /// After the last thing. It reads to the end, and only what it returns makes what was read before it count.
  [[nodiscard]] virtual Result<Facts> facts() = 0;

 protected:
  /// Reads on to the first fact.
  Result<> skip_things();
};

/// Read in this process. Code::baseline_untrusted unless one of `trusted` signed all of it; nothing in it is believed before.
[[nodiscard]] Result<std::unique_ptr<Baseline>> read_baseline(Descriptor file, const std::vector<PublicKey>& trusted);

/// What is signed: it names its own kind, so that a signature made for something else never fits here.
[[nodiscard]] json::object baseline_to_sign(const Digest& body);
/// What `leave` left becomes `file`, with a signature that was made elsewhere; owner and mode are those of the one that it replaces.
/// Code::bad_signature where it is not over all that is there.
[[nodiscard]] Result<> seal_baseline(const std::filesystem::path& unsealed, const PublicKey& signer, const Signature& signature,
                                     const std::filesystem::path& file);

class BaselineWriter {
 public:
  [[nodiscard]] static Result<BaselineWriter> create(const std::filesystem::path& file, const BaselineInfo& info);
  /// In the order of a tree.
  [[nodiscard]] Result<> add(const Recorded& thing);
  [[nodiscard]] Result<> add(const Facts& facts);
  /// Signs it, and puts it under its name.
  [[nodiscard]] Result<> seal(const SecretKey& key);
  /// Leaves it unsigned: whoever asked for it signs. SHA-256 of what is there.
  [[nodiscard]] Result<Digest> leave();
  /// One that somebody else records, in pieces of its text.
  [[nodiscard]] static Result<BaselineWriter> receive(const std::filesystem::path& file);
  [[nodiscard]] Result<> add_text(std::string_view piece);
  [[nodiscard]] std::int64_t things() const { return things_; }

 private:
  explicit BaselineWriter(AtomicFile file) : file_(std::move(file)) {}
  Result<> line(std::string_view text);
  Result<> flush();
  AtomicFile file_;
  std::string waiting_;
  Sha256 hash_;
  std::int64_t things_ = 0;
};

}  // namespace kulla::inspect
