// What dpkg says of files: which package a file is of, and the MD5 that it was shipped with. dpkg's database lies on the inspected
// system: it tells a regular upgrade from tampering only as far as it is itself as expected, so whoever uses it compares it with the
// baseline as well. MD5 finds no attacker who makes two files of one sum; it is what the lists have.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla::inspect {

/// One paragraph of dpkg's status file. Texts are bytes as they are there.
struct Package {
  std::string name, architecture, version, state;         ///< state: "install ok installed"
  bool several = false;                                   ///< Multi-Arch: same, so there may be one for each architecture
  std::vector<std::pair<std::string, std::string>> conffiles{};  ///< path, and MD5 in lower-case hexadecimal
  /// As dpkg names its files: NAME, or NAME:ARCHITECTURE.
  [[nodiscard]] std::string file_name() const { return several ? name + ":" + architecture : name; }
};
/// var/lib/dpkg/status below a root (an open descriptor). Code::not_found where there is none.
[[nodiscard]] Result<std::vector<Package>> read_status(int root);
[[nodiscard]] std::vector<Package> parse_status(std::string_view text);

/// Which package's list has a path; small, for all paths of a machine.
class PathOwners {
 public:
  void add(std::string_view path, std::uint32_t package) { paths_.emplace_back(std::hash<std::string_view>{}(path), package); }
  void name(std::vector<std::string> packages);
  /// Empty where no list has it.
  [[nodiscard]] std::string of(std::string_view path) const;

 private:
  std::vector<std::pair<std::uint64_t, std::uint32_t>> paths_;
  std::vector<std::string> packages_;
};

/// dpkg's database below a root, read on demand.
class Packages {
 public:
  /// Nothing where there is no dpkg database, or it cannot be read.
  [[nodiscard]] static std::optional<Packages> open(const std::filesystem::path& root);
  struct Owner {
    std::string package;             ///< NAME, or NAME:ARCHITECTURE where there may be several
    std::string version;
    std::optional<std::string> md5;  ///< of its list, lower-case hexadecimal; none: not listed there
    bool conffile = false;           ///< the administrator may have changed it
  };
  /// The packages' answer for each path (relative to the root, e.g. "usr/bin/ls"); for a batch, since all lists are read through once.
  /// A list may say /bin/ls for usr/bin/ls where bin is a link to usr/bin, and a diverted file is looked for where it was diverted to.
  /// A path that no package has is not in the answer. A list that cannot be read, and what comes after 512 MiB of lists, has no files:
  /// they then count as nobody's.
  [[nodiscard]] std::map<std::string, Owner> owners_of(const std::vector<std::string>& paths) const;
  [[nodiscard]] PathOwners all_owners() const;

 private:
  Packages(Descriptor root, std::vector<Package> packages) : root_(std::move(root)), packages_(std::move(packages)) {}
  Descriptor root_;
  std::vector<Package> packages_;
};

struct Sums {
  std::string md5, sha256;  ///< lower-case hexadecimal
};
/// Of a regular file below a root. A link in the file's place is refused; so is a file over `limit` bytes.
[[nodiscard]] Result<Sums> sums_of(const std::filesystem::path& root, const std::string& path,
                                   std::uint64_t limit = std::uint64_t{4} << 30);

}  // namespace kulla::inspect
