// Files of a machine as an intruder may leave them: each part of the input is one, told by its first letter. No line of them is lost.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "base/file.hpp"
#include "base/path_text.hpp"
#include "inspect/machine.hpp"
#include "inspect/packages.hpp"
#include "inspect/text.hpp"

using namespace kulla;
using Parts = std::map<char, std::string>;

namespace {
constexpr char end_of_part = '\x1e', link = 'n';
constexpr std::string_view letters = "acdegklLmMnpstuvw";
const auto files = inspect::split(
    "etc/passwd etc/crontab var/lib/docker/image/overlay2/repositories.json usr/lib/systemd/system/e.timer etc/group "
    "root/.ssh/authorized_keys var/lib/dpkg/info/a.list var/lib/dpkg/info/b:amd64.list var/lib/dpkg/info/a.md5sums "
    "var/lib/dpkg/info/b:amd64.md5sums etc/systemd/system/c.wants/d.service etc/ld.so.preload etc/shadow var/lib/dpkg/status "
    "etc/systemd/system/a.service var/lib/dpkg/diversions etc/sudoers",
    ' ', letters.size());

TemporaryFolder with_folders() {
  auto root = TemporaryFolder::make("kulla-fuzz").value();
  for (const auto file : files) std::filesystem::create_directories((root.path() / file).parent_path());
  return root;
}
/// In the place of those before.
Parts laid_out(std::string_view text, const std::filesystem::path& root) {
  Parts parts;
  for (const auto part : inspect::split(text, end_of_part, files.size()))
    if (!part.empty() && letters.contains(part.front())) parts[part.front()] = part.substr(1);
  for (const auto file : files) ::unlink((root / file).c_str());
  for (const auto& [letter, content] : parts) {
    const auto path = root / files.at(letters.find(letter));
    if (letter != link) std::ofstream{path} << content;
    else if (::symlink(content.c_str(), path.c_str()) != 0) KULLA_ASSERT(errno == ENOENT || errno == ENAMETOOLONG);
  }
  return parts;
}
void is_one_line(std::string text) {
  KULLA_ASSERT(text.size() <= inspect::fact_text_limit);
  std::ranges::replace(text, '%', '_');
  KULLA_ASSERT(escape_path(text) == text);
}
bool all_told(const inspect::Facts& facts, std::string_view kind, std::string_view text, std::string_view comment) {
  std::size_t lines = 0, told = 0;
  inspect::each_line(text, [&](std::string_view line) {
    line = inspect::trimmed(line);
    lines += line.empty() || comment.contains(line.front()) ? 0 : 1;
  });
  for (const auto& [name, value] : facts) {
    const auto digits = std::min(value.find_first_not_of("0123456789"), value.size());
    if (name.starts_with(kind)) told += digits > 0 && value.substr(digits) == " times" ? std::stoul(value) : 1;
  }
  return lines == told;
}

void check_owners(const inspect::Packages& packages, Parts& parts, bool listed) {
  std::vector<std::string> paths;
  inspect::each_line(parts['l'], [&](std::string_view line) { paths.emplace_back(line); });
  const auto owners = packages.owners_of(paths);
  for (const auto& [path, owner] : owners)
    KULLA_ASSERT(!owner.md5 || (owner.md5->size() == 32 && (parts['m'] + parts['M'] + parts['t']).contains(*owner.md5)));
  if (listed && parts['v'].empty()) KULLA_ASSERT(owners.size() == std::set(paths.begin(), paths.end()).size());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  static const auto root = with_folders();
  auto parts = laid_out({data, size}, root.path());
  const auto [facts, unreadable] = inspect::facts_of(root.path(), false);
  for (const auto& [name, value] : facts) is_one_line(name), is_one_line(value);
  for (const auto& [path, why] : unreadable) is_one_line(path), is_one_line(why);
  KULLA_ASSERT(all_told(facts, "account/", parts['a'], "#") && all_told(facts, "group/", parts['g'], "#"));
  KULLA_ASSERT(all_told(facts, "cron/", parts['c'], "#") && all_told(facts, "preload/", parts['p'], ""));
  if (parts['w'].find_first_of("\\#") == std::string::npos) KULLA_ASSERT(all_told(facts, "sudoers/", parts['w'], ""));
  if (parts['a'] == "root:x:0:0::/root:/bin/sh") KULLA_ASSERT(all_told(facts, "key/", parts['k'], "#"));
  const auto packages = inspect::parse_status(parts['t']);
  if (const auto known = inspect::Packages::open(root.path()))
    check_owners(*known, parts, std::ranges::find(packages, "a", &inspect::Package::name) != packages.end());
  const auto is_package = [](const auto& fact) { return fact.first.starts_with("package/"); };
  KULLA_ASSERT(std::cmp_equal(std::ranges::count_if(facts, is_package), packages.size()));
  return 0;
}
