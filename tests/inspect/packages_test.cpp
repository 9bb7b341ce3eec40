#include "inspect/packages.hpp"

#include <fmt/format.h>

#include <set>

#include "base/process.hpp"
#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;

class PackagesTest : public Inspection {
 protected:
  void status(std::string_view name, std::string_view more = "", std::string_view version = "1.0") {
    status_ += fmt::format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n{}\n", name, version, more);
    put("var/lib/dpkg/status", status_);
  }
  void list(std::string_view name, std::string_view files, std::string_view sums) const {
    put(fmt::format("var/lib/dpkg/info/{}.list", name), files);
    put(fmt::format("var/lib/dpkg/info/{}.md5sums", name), sums);
  }
  std::map<std::string, Packages::Owner> owners(const std::vector<std::string>& paths) const {
    const auto packages = Packages::open(root);
    return packages ? packages->owners_of(paths) : std::map<std::string, Packages::Owner>{};
  }
  std::string status_;
};
const std::string sum_a(32, 'a'), sum_b(32, 'b'), sum_c(32, 'c');

TEST_F(PackagesTest, NothingWithoutADatabase) {
  EXPECT_FALSE(Packages::open(root));
  EXPECT_FALSE(Packages::open(at("missing")));
  put("../outside/status", "Package: x\n");
  std::filesystem::create_directories(at("var/lib"));
  std::filesystem::create_symlink("../../../outside", at("var/lib/dpkg"));
  EXPECT_FALSE(Packages::open(root));
}

TEST_F(PackagesTest, KnowsAFilesPackageAndSum) {
  status("tool", "", "2:1.5-1");
  list("tool", "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/bin/unsummed\n", sum_a + "  usr/bin/tool\n" + sum_b + "  usr/bin/other\n");
  const auto all = owners({"usr/bin/tool", "usr/bin/unsummed", "usr/bin/other", "usr/bin/evil"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at("usr/bin/tool").package, "tool");
  EXPECT_EQ(all.at("usr/bin/tool").version, "2:1.5-1");
  EXPECT_EQ(all.at("usr/bin/tool").md5, sum_a);
  EXPECT_FALSE(all.at("usr/bin/tool").conffile);
  EXPECT_EQ(all.at("usr/bin/unsummed").md5, std::nullopt);
}

TEST_F(PackagesTest, KnowsConffilesFromTheStatus) {
  status(
      "daemon",
      fmt::format("Conffiles:\n /etc/daemon.conf {}\n /etc/old name {} obsolete\n /etc/gone {} remove-on-upgrade\n /etc/new newconffile\n"
                  "Description: x\n /etc/not {}\n",
                  sum_a, sum_b, sum_c, sum_a));
  list("daemon", "/etc/daemon.conf\n/etc/old name\n/etc/gone\n/etc/new\n/etc/not\n", "");
  const auto all = owners({"etc/daemon.conf", "etc/old name", "etc/gone", "etc/new", "etc/not"});
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(all.at("etc/daemon.conf").conffile);
  EXPECT_EQ(all.at("etc/daemon.conf").md5, sum_a);
  EXPECT_EQ(all.at("etc/old name").md5, sum_b);
  EXPECT_EQ(all.at("etc/gone").md5, sum_c);
  EXPECT_FALSE(all.at("etc/new").conffile);
  EXPECT_FALSE(all.at("etc/not").conffile);
}

TEST_F(PackagesTest, BinIsUsrBinOnlyWhereItIsALinkToIt) {
  status("coreutils");
  list("coreutils", "/bin/ls\n", sum_a + "  bin/ls\n");
  std::filesystem::create_directories(at("usr/bin"));
  EXPECT_TRUE(owners({"usr/bin/ls"}).empty());
  EXPECT_EQ(owners({"bin/ls"}).at("bin/ls").md5, sum_a);
  std::filesystem::create_symlink("usr/bin", at("bin"));
  const auto all = owners({"usr/bin/ls", "bin/ls"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at("usr/bin/ls").md5, sum_a);
  EXPECT_EQ(all.at("bin/ls").md5, sum_a);
}

TEST_F(PackagesTest, FollowsDiversions) {
  std::filesystem::create_directories(at("usr/bin"));
  std::filesystem::create_symlink("/usr/bin", at("bin"));
  status("dash");
  status("shell");
  list("dash", "/bin/sh\n", sum_a + "  bin/sh\n");
  list("shell", "/usr/bin/sh\n/usr/bin/local\n", sum_b + "  usr/bin/sh\n" + sum_c + "  usr/bin/local\n");
  put("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/local\n/usr/bin/local.mine\n:\ncut short\n");
  const auto all = owners({"usr/bin/sh", "usr/bin/sh.distrib", "usr/bin/local", "usr/bin/local.mine"});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.at("usr/bin/sh").package, "dash");
  EXPECT_EQ(all.at("usr/bin/sh").md5, sum_a);
  EXPECT_EQ(all.at("usr/bin/sh.distrib").package, "shell");
  EXPECT_EQ(all.at("usr/bin/sh.distrib").md5, sum_b);
  EXPECT_EQ(all.at("usr/bin/local.mine").md5, sum_c);
}

TEST_F(PackagesTest, KnowsPackagesOfSeveralArchitectures) {
  status("libc6", "Multi-Arch: same\n");
  status("plain", "Multi-Arch: foreign\n");
  list("libc6:amd64", "/usr/lib/libc.so\n", sum_a + "  usr/lib/libc.so\n");
  list("plain:amd64", "/usr/bin/plain\n", "");
  const auto all = owners({"usr/lib/libc.so", "usr/bin/plain"});
  EXPECT_EQ(all.at("usr/lib/libc.so").package, "libc6:amd64");
  EXPECT_EQ(all.at("usr/bin/plain").package, "plain");
}

TEST_F(PackagesTest, SurvivesABadDatabase) {
  status("../../../outside/x", "Conffiles:\n \n x\n  " + sum_a + "\n");
  status("good", std::string("\xff\x00: \n:\nConffiles\n", 17));
  status("pipe");
  put("../outside/x.list", "/usr/bin/evil\n");
  list("good", std::string(1'000'000, '/') + "\n\xff\n/usr/bin/g\xff\n\n./usr/bin/dot",
       "short\n" + sum_a + " usr/bin/dot\n" + std::string(32, 'A') + "  usr/bin/dot\n");
  ASSERT_EQ(::mkfifo(at("var/lib/dpkg/info/pipe.list").c_str(), 0600), 0);
  const auto all = owners({"usr/bin/evil", "usr/bin/g\xff", "usr/bin/dot", "", ".", "../x", "/usr/bin/dot"});
  EXPECT_FALSE(all.contains("usr/bin/evil"));
  EXPECT_TRUE(all.contains("usr/bin/g\xff"));
  EXPECT_EQ(all.at("usr/bin/dot").md5, std::nullopt);
  put_noise("var/lib/dpkg/status", 7);
  EXPECT_TRUE(owners({"usr/bin/dot"}).empty());
}

TEST_F(PackagesTest, OnePackageManyTimesIsNotReadForHours) {
  status("large");
  status("large");
  list("large", "/usr/bin/large\n", "");
  std::filesystem::resize_file(at("var/lib/dpkg/info/large.list"), std::size_t{60} << 20);
  status("tool");
  list("tool", "/usr/bin/tool\n", "");
  EXPECT_TRUE(owners({"usr/bin/tool"}).contains("usr/bin/tool"));
  for (int times = 2; times < 10; ++times) status("large");
  status("late");
  list("late", "/usr/bin/late\n", "");
  const auto all = owners({"usr/bin/tool", "usr/bin/large", "usr/bin/late"});
  EXPECT_TRUE(all.contains("usr/bin/tool") && all.contains("usr/bin/large"));
  EXPECT_FALSE(all.contains("usr/bin/late"));
}

TEST_F(PackagesTest, Md5OfARegularFileOnly) {
  put("usr/bin/abc", "abc");
  EXPECT_EQ(sums_of(root, "usr/bin/abc").value().md5, "900150983cd24fb0d6963f7d28e17f72");
  std::filesystem::create_symlink("usr/bin", at("bin"));
  EXPECT_EQ(sums_of(root, "bin/abc").value().md5, "900150983cd24fb0d6963f7d28e17f72");
  std::filesystem::create_symlink("abc", at("usr/bin/link"));
  EXPECT_FALSE(sums_of(root, "usr/bin/link"));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(sums_of(root, "pipe"));
  EXPECT_EQ(sums_of(root, "missing").error().code, Code::not_found);
  EXPECT_EQ(sums_of(root, "usr/bin/abc", 2).error().code, Code::too_large);
  put("../secret", "x");
  EXPECT_FALSE(sums_of(root, "../secret"));
}

TEST_F(PackagesTest, AgreesWithDpkgOnThisMachine) {
  if (!std::filesystem::exists("/etc/debian_version")) GTEST_SKIP() << "no Debian";
  const auto listed = run({"dpkg", "-L", "coreutils"});
  ASSERT_TRUE(listed && listed->exit_code == 0);
  std::vector<std::string> paths;
  for (std::string_view rest = listed->out; !rest.empty();) {
    const auto path = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(path.size() + 1, rest.size()));
    if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path))) paths.emplace_back(path.substr(1));
  }
  ASSERT_GT(paths.size(), 100U);
  const auto all = Packages::open("/").value().owners_of(paths);
  for (const auto& path : paths) {
    ASSERT_TRUE(all.contains(path)) << path;
    EXPECT_EQ(all.at(path).package, "coreutils") << path;
    EXPECT_EQ(all.at(path).md5, sums_of("/", path).value().md5) << path;
  }
}
}  // namespace
}  // namespace kulla::inspect
