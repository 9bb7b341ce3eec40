// Inspection: what is below a root now, against a signed baseline. Nothing on the inspected system is executed or trusted.
// docs/baseline-format.md is the specification of what is stored.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/keys.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/evidence.hpp"

namespace kulla::inspect {

BOOST_DEFINE_ENUM_CLASS(FileType, regular, folder, link, other)
struct Entry {
  FileType type = FileType::other;
  std::int64_t uid = 0, gid = 0, mode = 0, size = 0;
  std::int64_t links = 0;                           ///< of a regular file: the names it has, here or elsewhere
  Digest content{};                                 ///< of a regular file
  std::string target{};                             ///< of a link
  std::map<std::string, std::string> attributes{};  ///< extended attributes with their values; ACLs, capabilities and labels among them
  friend bool operator==(const Entry&, const Entry&) = default;
};
/// Paths are relative to the root, bytes as the file system has them; the root itself is ".". Mode: the lowest twelve bits. Size: of a
/// regular file, else 0.
using Tree = std::map<std::string, Entry>;

struct Baseline {
  SystemId system;
  Timestamp taken;
  Tree tree;
  PublicKey signer;  ///< set by read; proves nothing unless trusted
};

BOOST_DEFINE_ENUM_CLASS(Kind, added, removed, content, type, owner, mode, size, target, links, attribute, acl, capability, label,
                        unreadable)
BOOST_DEFINE_ENUM_CLASS(Severity, low, medium, high, critical)
struct Finding {
  std::string path;   ///< escaped (base/path_text.hpp): safe to print, and to put into JSON
  Kind kind = Kind::content;
  Severity severity = Severity::medium;
  std::string before, after, why;
  friend bool operator==(const Finding&, const Finding&) = default;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (path, kind, severity, before, after, why))

/// What the content of a regular file says of itself; not part of the baseline.
struct Look {
  std::string runs;       ///< why a server would run it (runnable.hpp); empty: it would not
  bool uniform = false;   ///< nothing but one byte value, again and again
  bool random = false;    ///< as good as random: encrypted, compressed, or noise
};
/// Walks and hashes. Unreadable things, things that vanish or change while they are read, and things over a limit become findings.
/// `progress` is called with the number of files so far, now and then; may be empty.
struct Scanned {
  Tree tree;
  std::map<std::string, Look> looks;  ///< only of files with something to say
  std::vector<Finding> unreadable;
};
[[nodiscard]] Result<Scanned> scan(const std::filesystem::path& root, const std::function<void(std::int64_t)>& progress = {});

[[nodiscard]] Result<> write_baseline(const std::filesystem::path& file, const Baseline& baseline, const SecretKey& key);
/// Code::baseline_untrusted unless signed by one of `trusted`.
[[nodiscard]] Result<Baseline> read_baseline(const std::filesystem::path& file, const std::vector<PublicKey>& trusted);
/// The same from a file's content.
[[nodiscard]] Result<Baseline> parse_baseline(std::string_view text, const std::vector<PublicKey>& trusted);

/// Worst first; a new executable or script is critical, and so is a changed one.
[[nodiscard]] std::vector<Finding> compare(const Baseline& baseline, const Scanned& now);

/// A baseline with what is there now in the place of what was, at the paths that `reviewed` says and below them; all else stays.
/// Code::bad_argument where at one of these nothing differs, or what is there could not be read.
[[nodiscard]] Result<Tree> accept(const Baseline& baseline, const Scanned& now, const std::vector<std::string>& reviewed);

struct Outcome {
  Report report;                  ///< what the ledger records; hash = SHA-256 of report_text
  std::vector<Finding> findings;
  std::string report_text;        ///< canonical JSON of all of it, as stored
};
/// Reads the baseline, scans, compares. A baseline of another system is Code::baseline_untrusted.
[[nodiscard]] Result<Outcome> check(const SystemId& system, const std::filesystem::path& root, const std::filesystem::path& baseline,
                                    const std::vector<PublicKey>& trusted, const Clock& clock,
                                    const std::function<void(std::int64_t)>& progress = {});

}  // namespace kulla::inspect
