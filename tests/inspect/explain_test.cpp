// Upgrades told apart from tampering, by dpkg's own lists.
#include <fmt/format.h>

#include "inspect/fixture.hpp"
#include "inspect/packages.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;

class ExplainTest : public Inspection {
 protected:
  void SetUp() override {
    put("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
    put("usr/lib/libtax.so.1.0",
        "\x7f"
        "ELF first version");
    put("usr/share/tax/old", "an old file");
    std::filesystem::create_symlink("libtax.so.1.0", at("usr/lib/libtax.so.1"));
    pack("1.0", {"usr/lib/libtax.so.1.0", "usr/share/tax/old"}, {"usr/lib/libtax.so.1"});
    write_baseline(file, key);
  }
  void pack(const std::string& version, const std::vector<std::string>& files, const std::vector<std::string>& links) const {
    put("var/lib/dpkg/status", fmt::format("Package: libtax\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n", version));
    std::string list = "/.\n/usr\n/usr/share/tax\n", sums;
    for (const auto& path : files) {
      list += "/" + path + "\n";
      sums += sums_of(root, path).value().md5 + "  " + path + "\n";
    }
    for (const auto& path : links) list += "/" + path + "\n";
    put("var/lib/dpkg/info/libtax.list", list);
    put("var/lib/dpkg/info/libtax.md5sums", sums);
  }
  void upgrade() const {
    for (const auto* gone : {"usr/lib/libtax.so.1.0", "usr/share/tax/old", "usr/lib/libtax.so.1"}) std::filesystem::remove(at(gone));
    put("usr/lib/libtax.so.1.1",
        "\x7f"
        "ELF second version");
    std::filesystem::create_symlink("libtax.so.1.1", at("usr/lib/libtax.so.1"));
    pack("1.1", {"usr/lib/libtax.so.1.1"}, {"usr/lib/libtax.so.1"});
  }
  std::vector<Finding> checked(const std::filesystem::path& baseline, bool offline = false) const {
    Options options;
    options.offline = offline;
    const auto outcome = check({}, root, baseline, {key.public_key()}, SystemClock{}, options);
    EXPECT_TRUE(outcome) << outcome.error().message();
    return outcome->findings;
  }
  static const Finding& of_path(const std::vector<Finding>& findings, const std::string& path) {
    static const Finding none;
    const auto found = std::ranges::find(findings, path, &Finding::path);
    EXPECT_NE(found, findings.end()) << path;
    return found == findings.end() ? none : *found;
  }
  std::filesystem::path file = folder.path() / "baseline";
  const SecretKey key = SecretKey::from_seed({1});
};

TEST_F(ExplainTest, AnUpgradeExplainsAllThatItChangedAndIsAcceptedAsOne) {
  upgrade();
  const auto findings = checked(file);
  EXPECT_GE(findings.size(), 6U);
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.package, "libtax") << finding.path << ": " << finding.why;
    EXPECT_EQ(finding.severity, Severity::low) << finding.path;
  }
  EXPECT_THAT(of_path(findings, "usr/lib/libtax.so.1.1").why, HasSubstr("package libtax: 1.0, install ok installed → 1.1"));
  const auto accepted = accept(root, file, {key.public_key()}, {{}, {"libtax"}}, folder.path() / "new", key, SystemClock{});
  ASSERT_TRUE(accepted) << accepted.error().message();
  EXPECT_EQ(accepted->left, 0);
  EXPECT_TRUE(checked(folder.path() / "new").empty());
}
TEST_F(ExplainTest, WhatElseWasDoneToAPackagedFileIsNotAcceptedWithThePackage) {
  put("usr/share/tax/kept", "x");
  pack("1.0", {"usr/lib/libtax.so.1.0", "usr/share/tax/old", "usr/share/tax/kept"}, {"usr/lib/libtax.so.1"});
  write_baseline(file, key);
  put("usr/share/tax/kept", "of the new version");
  pack("1.1", {"usr/lib/libtax.so.1.0", "usr/share/tax/old", "usr/share/tax/kept"}, {"usr/lib/libtax.so.1"});
  ::chmod(at("usr/share/tax/kept").c_str(), 04755);
  const auto accepted = accept(root, file, {key.public_key()}, {{}, {"libtax"}}, folder.path() / "new", key, SystemClock{});
  ASSERT_FALSE(accepted);
  EXPECT_THAT(accepted.error().what, HasSubstr("usr/share/tax/kept: package libtax does not explain all of it"));
}
TEST_F(ExplainTest, OfflineItsListsExplainNothing) {
  upgrade();
  for (const auto& finding : checked(file, true)) EXPECT_EQ(finding.package, "") << finding.path;
}
TEST_F(ExplainTest, AModifiedPackagedFileIsNamedAsSuch) {
  put("usr/lib/libtax.so.1.0",
      "\x7f"
      "ELF first versioN");
  EXPECT_THAT(checked(file).front().why, HasSubstr("a packaged file was modified: it is not as package libtax 1.0 ships it"));
}
TEST_F(ExplainTest, WhatAnUpgradeDoesNotShipIsNotExplainedByIt) {
  upgrade();
  put("usr/lib/libtax.so.1.1",
      "\x7f"
      "ELF another version");
  put("usr/share/tax/shell.php", "x");
  std::filesystem::remove(at("usr/lib/libtax.so.1"));
  std::filesystem::create_symlink("/tmp/evil.so", at("usr/lib/libtax.so.1"));
  const auto findings = checked(file);
  for (const auto* path : {"usr/lib/libtax.so.1.1", "usr/share/tax/shell.php", "usr/lib/libtax.so.1"}) {
    EXPECT_EQ(of_path(findings, path).package, "") << path;
    EXPECT_GE(of_path(findings, path).severity, Severity::high) << path;
  }
}
TEST_F(ExplainTest, AListThatChangedWithoutItsPackageIsAFinding) {
  put("usr/lib/libtax.so.1.0",
      "\x7f"
      "ELF first versioN");
  pack("1.0", {"usr/lib/libtax.so.1.0", "usr/share/tax/old"}, {"usr/lib/libtax.so.1"});
  const auto findings = checked(file);
  EXPECT_EQ(of_path(findings, "var/lib/dpkg/info/libtax.md5sums").package, "");
  EXPECT_THAT(of_path(findings, "usr/lib/libtax.so.1.0").why, HasSubstr("it is as package libtax 1.0 ships it, and was not before"));
}
}  // namespace
}  // namespace kulla::inspect
