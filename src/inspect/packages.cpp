#include "inspect/packages.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <ranges>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/hash.hpp"
#include "inspect/below.hpp"
#include "inspect/text.hpp"

namespace kulla::inspect {
namespace {
constexpr std::size_t status_limit = std::size_t{64} << 20;  // 5,000 packages are about 6 MB
constexpr std::size_t list_limit = std::size_t{64} << 20;    // the largest of Debian's has about 5 MB
constexpr std::size_t reading_limit = std::size_t{512} << 20;  // of all lists: 100,000 packages may be one, or their lists links to one
constexpr std::size_t diversions_limit = std::size_t{4} << 20;  // in memory it is twenty times as much; a machine has some hundred bytes
constexpr std::size_t package_limit = 100'000;
const std::string database = "var/lib/dpkg/";

bool is_md5(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  return from_hex(text, bytes);
}

/// " PATH MD5", and perhaps "obsolete" or "remove-on-upgrade" after it.
void add_conffile(std::string_view line, Package& package) {
  line = trimmed(line);
  for (std::string_view word : {"remove-on-upgrade", "obsolete"})
    if (line.ends_with(word)) line = trimmed(line.substr(0, line.size() - word.size()));
  const auto space = line.rfind(' ');
  if (space == std::string_view::npos || !is_md5(line.substr(space + 1))) return;
  package.conffiles.emplace_back(trimmed(line.substr(0, space)), line.substr(space + 1));
}

void add_field(std::string_view field, std::string_view value, Package& package) {
  if (field == "Package") package.name = value;
  else if (field == "Architecture") package.architecture = value;
  else if (field == "Version") package.version = value;
  else if (field == "Status") package.state = value;
  else if (field == "Multi-Arch") package.several = value == "same";
}

/// It becomes part of a path.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 200 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.:") == std::string_view::npos;
}

/// One path for one file: without a slash in front, and with /bin as /usr/bin where it is a link to it.
class Paths {
 public:
  explicit Paths(int root) {
    for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"}) {
      const auto target = link_below(root, name);
      const std::string merged = std::string("usr/") + name;
      if (target == merged || target == "/" + merged) merged_.insert(name);
    }
  }
  [[nodiscard]] std::string of(std::string_view path) const {
    if (path.starts_with("./")) path.remove_prefix(1);
    while (path.starts_with('/')) path.remove_prefix(1);
    return merged_.contains(path.substr(0, path.find('/'))) ? "usr/" + std::string(path) : std::string(path);
  }

 private:
  std::set<std::string, std::less<>> merged_;
};

/// dpkg-divert: the file of every other package goes elsewhere. Three lines each: from, to, whose (":": the administrator's).
class Diversions {
 public:
  Diversions(int root, const Paths& paths) {
    const auto text = read_below(root, database + "diversions", diversions_limit);
    if (!text) return;
    std::vector<std::string_view> lines;
    each_line(*text, [&](std::string_view line) {
      if (lines.push_back(line); lines.size() < 3) return;
      diverted_.insert_or_assign(paths.of(lines[0]), To{paths.of(lines[1]), std::string(lines[2])});
      lines.clear();
    });
  }
  [[nodiscard]] const std::string& of(const std::string& path, std::string_view package) const {
    const auto found = diverted_.find(path);
    return found == diverted_.end() || found->second.by == package ? path : found->second.path;
  }

 private:
  struct To {
    std::string path, by;
  };
  std::unordered_map<std::string, To> diverted_;
};

/// Reads each package's lists and keeps what they say of the paths that are wanted.
class Search {
 public:
  Search(int root, const std::vector<std::string>& paths) : root_(root), paths_(root), diversions_(root, paths_) {
    for (const auto& path : paths) wanted_.try_emplace(paths_.of(path));
  }
  void look_into(const Package& package) {
    const auto list = read(package, ".list");
    std::set<std::string> here;
    each_line(list, [&](std::string_view line) {
      if (auto path = place(line, package); wanted_.contains(path)) here.insert(std::move(path));
    });
    if (here.empty()) return;
    std::map<std::string, Packages::Owner> owners;
    for (const auto& path : here) owners[path] = {package.file_name(), package.version, std::nullopt, false};
    each_line(read(package, ".md5sums"), [&](std::string_view line) {
      if (line.size() < 35 || !is_md5(line.substr(0, 32)) || line.substr(32, 2) != "  ") return;
      if (const auto owner = owners.find(place(line.substr(34), package)); owner != owners.end()) owner->second.md5 = line.substr(0, 32);
    });
    for (const auto& [path, md5] : package.conffiles) {
      const auto owner = owners.find(place(path, package));
      if (owner == owners.end()) continue;
      owner->second.md5 = md5;
      owner->second.conffile = true;
    }
    for (auto& [path, owner] : owners) keep(path, std::move(owner));
  }
  void list_all(const Package& package, std::uint32_t number, PathOwners& owners) {
    each_line(read(package, ".list"), [&](std::string_view line) { owners.add(place(line, package), number); });
  }
  [[nodiscard]] std::map<std::string, Packages::Owner> answer(const std::vector<std::string>& paths) const {
    std::map<std::string, Packages::Owner> answer;
    for (const auto& path : paths)
      if (const auto& owner = wanted_.at(paths_.of(path))) answer.emplace(path, *owner);
    return answer;
  }

 private:
  [[nodiscard]] std::string place(std::string_view listed, const Package& package) const {
    return diversions_.of(paths_.of(listed), package.name);
  }
  [[nodiscard]] std::string read(const Package& package, const char* suffix) {
    if (read_ > reading_limit) return {};
    // An old dpkg, or a package of which there may be several since its last version, names the file the other way.
    for (const auto& name : {package.file_name(), package.name, package.name + ":" + package.architecture})
      if (auto text = is_plain(name) ? read_below(root_, database + "info/" + name + suffix, list_limit) : fail(Code::not_found, "")) {
        read_ += text->size();
        return std::move(*text);
      }
    return {};
  }
  /// Of several owners (the same package for two architectures) the first that knows the sum.
  void keep(const std::string& path, Packages::Owner owner) {
    auto& kept = wanted_.at(path);
    if (!kept || (!kept->md5 && owner.md5)) kept = std::move(owner);
  }

  int root_;
  std::size_t read_ = 0;
  Paths paths_;
  Diversions diversions_;
  std::unordered_map<std::string, std::optional<Packages::Owner>> wanted_;
};

struct FreeDigest {
  void operator()(EVP_MD_CTX* state) const { EVP_MD_CTX_free(state); }
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};
}  // namespace

std::vector<Package> parse_status(std::string_view text) {
  std::vector<Package> packages;
  Package package;
  bool conffiles = false;
  const auto end_paragraph = [&] {
    if (auto ended = std::exchange(package, {}); !ended.name.empty() && packages.size() < package_limit)
      packages.push_back(std::move(ended));
  };
  each_line(text, [&](std::string_view line) {
    if (trimmed(line).empty()) return end_paragraph();
    if (line.front() == ' ' || line.front() == '\t') {
      if (conffiles) add_conffile(line, package);
      return;
    }
    const auto colon = std::min(line.find(':'), line.size());
    conffiles = line.substr(0, colon) == "Conffiles";
    add_field(line.substr(0, colon), trimmed(line.substr(std::min(colon + 1, line.size()))), package);
  });
  end_paragraph();
  return packages;
}

Result<std::vector<Package>> read_status(int root) {
  KULLA_TRY(const std::string text, read_below(root, database + "status", status_limit));
  return parse_status(text);
}

std::optional<Packages> Packages::open(const std::filesystem::path& root) {
  auto opened = open_root(root);
  auto packages = opened ? read_status(opened->get()) : std::unexpected(opened.error());
  if (!packages) return std::nullopt;
  return Packages{std::move(*opened), std::move(*packages)};
}

std::map<std::string, Packages::Owner> Packages::owners_of(const std::vector<std::string>& paths) const {
  Search search{root_.get(), paths};
  for (const auto& package : packages_) search.look_into(package);
  return search.answer(paths);
}

void PathOwners::name(std::vector<std::string> packages) {
  packages_ = std::move(packages);
  std::ranges::sort(paths_);
}
std::string PathOwners::of(std::string_view path) const {
  const auto found = std::ranges::lower_bound(paths_, std::pair{std::uint64_t{std::hash<std::string_view>{}(path)}, std::uint32_t{0}});
  return found != paths_.end() && found->first == std::hash<std::string_view>{}(path) ? packages_.at(found->second) : "";
}
PathOwners Packages::all_owners() const {
  PathOwners owners;
  Search search{root_.get(), {}};
  std::vector<std::string> names;
  for (const auto& package : packages_) {
    search.list_all(package, static_cast<std::uint32_t>(names.size()), owners);
    names.push_back(package.file_name());
  }
  owners.name(std::move(names));
  return owners;
}

Result<Sums> sums_of(const std::filesystem::path& root, const std::string& path, std::uint64_t limit) {
  KULLA_TRY(const Descriptor top, open_root(root));
  KULLA_TRY(const Descriptor file, open_below(top.get(), path, LastLink::refused));
  const std::unique_ptr<EVP_MD, FreeDigest> algorithm{EVP_MD_fetch(nullptr, "MD5", nullptr)};
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> state{EVP_MD_CTX_new()};
  if (!algorithm || !state || EVP_DigestInit_ex2(state.get(), algorithm.get(), nullptr) != 1)
    return fail(Code::io, "OpenSSL here has no MD5");
  Sha256 sha256;
  std::array<char, 65536> buffer;
  for (std::uint64_t total = 0;;) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot be read");
    if (got == 0) break;
    const auto size = static_cast<std::size_t>(got);
    total += size;
    if (total > limit) return fail(Code::too_large, fmt::format("over {} bytes; not read", limit));
    sha256.add(std::string_view(buffer.data(), size));
    if (EVP_DigestUpdate(state.get(), buffer.data(), size) != 1) return fail(Code::io, "MD5 failed");
  }
  std::array<std::uint8_t, 16> digest{};
  if (EVP_DigestFinal_ex(state.get(), digest.data(), nullptr) != 1) return fail(Code::io, "MD5 failed");
  return Sums{to_hex(digest), to_hex(sha256.finish())};
}
}  // namespace kulla::inspect
