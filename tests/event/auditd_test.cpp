#include "event/text/auditd.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/syscall.h>

#include "event/read_all.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
using test::at;
using test::Kept;
using Values = std::vector<std::string>;

const ReadOptions options{.seen = at("2026-03-02T12:00:00Z")};

std::vector<Kept> auditd(std::string_view text, std::uint64_t faults = 0, std::size_t piece = std::string::npos) {
  const auto reader = make_auditd_reader(options);
  auto events = test::read_all(*reader, text, piece);
  EXPECT_EQ(reader->losses().records, faults);
  return events;
}
std::string record(std::string_view type, int serial, std::string_view body, std::string_view time = "1700000000.500") {
  return "type=" + std::string{type} + " msg=audit(" + std::string{time} + ":" + std::to_string(serial) + "): " + std::string{body} + "\n";
}
Kept one(std::string_view type, std::string_view body) { return auditd(record(type, 1, body)).at(0); }

TEST(Auditd, RecordsOfOneEventAreJoined) {
  const auto text = record("SYSCALL", 7, R"(arch=c000003e syscall=59 success=yes a0=55d a1=55e comm="cp" exe="/bin/cp" key="exec")") +
                    record("EXECVE", 7, R"(argc=3 a0="cp" a1="/etc/shadow" a2=2F746D702F6120622E747874)") +
                    record("CWD", 7, R"(cwd="/root")") + record("PATH", 7, R"(item=0 name="/bin/cp" inode=1)") +
                    record("PATH", 7, R"(item=1 name="/lib/ld.so" inode=2)") +
                    record("PROCTITLE", 7, "proctitle=6370002F6574632F736861646F77");
  const auto events = auditd(text);
  ASSERT_EQ(events.size(), 1U);
  const auto& event = events[0];
  EXPECT_EQ(event.all("type"), (Values{"SYSCALL", "EXECVE", "CWD", "PATH", "PATH", "PROCTITLE"}));
  EXPECT_EQ(event.all("a0"), (Values{"55d", "cp"}));
  EXPECT_EQ(event["a2"], "/tmp/a b.txt");
  EXPECT_EQ(event.all("name"), (Values{"/bin/cp", "/lib/ld.so"}));
  EXPECT_EQ(event["cwd"], "/root");
  EXPECT_EQ(event["proctitle"], "cp /etc/shadow");
  EXPECT_EQ(event["syscall"], "59");
  EXPECT_EQ(event["SYSCALL"], "execve");
  EXPECT_EQ(event["exe"], "/bin/cp");
  EXPECT_EQ(event.product, "linux");
  EXPECT_EQ(event.service, "auditd");
  EXPECT_EQ(event.number, 1U);
  EXPECT_EQ(event.happened, at("2023-11-14T22:13:20.5Z"));
  EXPECT_EQ(event.record, text.substr(0, text.size() - 1));
}

TEST(Auditd, EventsMayBeInterleaved) {
  const auto events = auditd(record("SYSCALL", 7, "a=1") + record("SYSCALL", 8, "b=1") + record("PATH", 7, "name=\"x\"") +
                             record("PATH", 8, "name=\"y\"") + record("EOE", 8, "") + record("EOE", 7, ""));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["name"], "y");
  EXPECT_EQ(events[0].number, 2U);
  EXPECT_EQ(events[0].all("type"), (Values{"SYSCALL", "PATH"})) << "the end is no record of its own";
  EXPECT_EQ(events[1]["name"], "x");
  EXPECT_EQ(events[1].number, 1U);
}

TEST(Auditd, OfTwoMachinesAreTwoEvents) {
  const auto events = auditd("node=a " + record("SYSCALL", 7, "x=1") + "node=b " + record("SYSCALL", 7, "x=2"));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["node"], "a");
  EXPECT_EQ(events[1]["node"], "b");
  EXPECT_EQ(events[1]["x"], "2");
}

TEST(Auditd, AnEventIsClosedByLaterOnes) {
  const auto reader = make_auditd_reader(options);
  std::vector<std::uint64_t> handed_on;
  const auto feed = [&](const std::string& text) {
    reader->read(text, false, [&](const Event& event) { handed_on.push_back(event.number); });
  };
  feed(record("SYSCALL", 100, "a=1"));
  feed(record("SYSCALL", 163, "a=1"));
  EXPECT_TRUE(handed_on.empty());
  feed(record("SYSCALL", 164, "a=1"));
  EXPECT_EQ(handed_on, (std::vector<std::uint64_t>{1})) << "64 serials later";
  feed(record("SYSCALL", 165, "a=1", "1700000002.500"));
  EXPECT_EQ(handed_on, (std::vector<std::uint64_t>{1, 2, 3})) << "two seconds later";
}

TEST(Auditd, SoManyWaitAndNoMore) {
  const auto reader = make_auditd_reader(options);
  std::size_t handed_on = 0;
  for (int serial = 200; serial > 0; --serial) reader->read(record("SYSCALL", serial, "a=1"), false, [&](const Event&) { ++handed_on; });
  EXPECT_EQ(handed_on, 200U - 64U);
  reader->read("", true, [&](const Event&) { ++handed_on; });
  EXPECT_EQ(handed_on, 200U);
}

TEST(Auditd, AnEventOfManyRecordsIsHandedOnInParts) {
  std::string text;
  for (int at = 0; at < 300; ++at) text += record("EXECVE", 5, "a0=\"" + std::string(10'000, 'x') + '"');
  const auto events = auditd(text);
  EXPECT_EQ(events.size(), 3U);
  std::size_t records = 0;
  for (const auto& event : events) records += event.all("type").size();
  EXPECT_EQ(records, 300U) << "none is lost";
}

TEST(Auditd, WhatProgramsSendIsWholeAtOnce) {
  const auto reader = make_auditd_reader(options);
  std::vector<Kept> events;
  reader->read(
      record(
          "USER_LOGIN", 9,
          R"(pid=11998 uid=0 msg='op=login acct=28696E76616C6964207573657229 exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed')"
          "\x1d"
          R"(UID="root")"),
      false, [&](const Event& event) { events.emplace_back(event); });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0]["acct"], "(invalid user)");
  EXPECT_EQ(events[0]["op"], "login");
  EXPECT_EQ(events[0]["addr"], "192.0.2.7");
  EXPECT_EQ(events[0]["res"], "failed");
  EXPECT_EQ(events[0]["hostname"], "(absent)");
  EXPECT_EQ(events[0]["msg"], "(absent)");
  EXPECT_EQ(events[0]["UID"], "root");
}

TEST(Auditd, ValuesAsTheyAreWritten) {
  const auto event = one(
      "USER_AUTH",
      R"(pid=1 msg='PAM: authentication acct="o'hara" : exe="/bin/su" (hostname=host.example, addr=192.0.2.1, terminal=pts/1 res=failed)')");
  EXPECT_EQ(event["acct"], "o'hara");
  EXPECT_EQ(event["hostname"], "host.example");
  EXPECT_EQ(event["res"], "failed");
  EXPECT_EQ(one("SYSCALL", "key=(null) a0=DEAD tty=(none) x=ABCD")["key"], "(absent)");
  EXPECT_EQ(one("SYSCALL", "a0=DEAD")["a0"], "DEAD") << "an argument of a call is a number";
  EXPECT_EQ(one("EXECVE", "a0=DEAD")["a0"], "\xde\xad");
  EXPECT_EQ(one("PATH", "name=beef")["name"], "beef") << "the kernel writes capitals";
  EXPECT_EQ(one("PATH", "name=\"2F746D70\"")["name"], "2F746D70") << "quoted is not encoded";
  EXPECT_EQ(one("PATH", "name=ABC")["name"], "ABC") << "half a byte";
  EXPECT_EQ(one("SYSCALL", "saddr=0200")["saddr"], "0200");
  EXPECT_EQ(one("AVC", R"(avc:  denied  { read } for  pid=1 comm="x" tclass=file)")["tclass"], "file");
}

TEST(Auditd, AnArgumentInPiecesIsJoined) {
  const auto event = one("EXECVE", R"(argc=3 a0="sh" a1_len=8 a1[0]=2F746D70 a1[1]="/x y" a2="end")");
  EXPECT_EQ(event.all("a1"), (Values{"/tmp/x y"}));
  EXPECT_EQ(event["a2"], "end");
  EXPECT_EQ(one("EXECVE", "a1[0]=41 a1[1]=42")["a1"], "AB") << "at the end";
}

TEST(Auditd, TheNameOfACallThatWasWrittenStays) {
  const auto event = one("SYSCALL",
                         "arch=c000003e syscall=59 items=2\x1d"
                         "ARCH=x86_64 SYSCALL=execve AUID=\"ana\"");
  EXPECT_EQ(event.all("SYSCALL"), (Values{"execve"}));
  EXPECT_EQ(event["AUID"], "ana");
  EXPECT_EQ(one("SYSCALL", "arch=40000003 syscall=11")["SYSCALL"], "(absent)") << "numbers of another architecture";
}

#ifdef __x86_64__
TEST(Auditd, CallsHaveTheKernelsNumbers) {
  const auto called = [](long number) { return syscall_name("c000003e", std::to_string(number)); };
  EXPECT_EQ(called(SYS_execveat), "execveat");
  EXPECT_EQ(called(SYS_mknod), "mknod");
  EXPECT_EQ(called(SYS_memfd_create), "memfd_create");
  EXPECT_EQ(called(SYS_personality), "personality");
  EXPECT_EQ(called(SYS_sysinfo), "sysinfo");
  EXPECT_EQ(called(SYS_syslog), "syslog");
  EXPECT_EQ(called(SYS_socket), "socket");
  EXPECT_EQ(called(SYS_ptrace), "ptrace");
  EXPECT_EQ(called(SYS_init_module), "init_module");
  EXPECT_EQ(called(SYS_finit_module), "finit_module");
  EXPECT_EQ(called(SYS_process_vm_writev), "process_vm_writev");
  EXPECT_EQ(called(SYS_getpid), "getpid");
  EXPECT_EQ(called(100'000), "");
  EXPECT_EQ(syscall_name("c00000b7", "221"), "execve");
}
#endif

TEST(Auditd, ALineThatIsNoRecordIsAnEventAndCounted) {
  const auto events = auditd("type=X msg=audit(1:2:3): a=1\nhello\n" + record("LOGIN", 3, "pid=1"), 2);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].record, "hello");
  EXPECT_EQ(events[1].number, 2U);
  EXPECT_TRUE(events[1].fields.empty());
}

TEST(AuditdProperty, NoRecordIsLostHoweverTheyMixAndPiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([] {
    std::string text;
    const int count = *rc::gen::inRange(0, 60);
    for (int at = 0; at < count; ++at)
      text += record(*rc::gen::element<std::string>("SYSCALL", "PATH", "PROCTITLE", "CWD"), *rc::gen::inRange(1, 200),
                     *rc::gen::element<std::string>("a=1", "name=41", "msg='a=1'"),
                     *rc::gen::element<std::string>("1700000000.500", "1700000003.500"));
    const auto events = auditd(text);
    std::size_t records = 0;
    for (const auto& event : events) records += event.all("type").size();
    RC_ASSERT(records == static_cast<std::size_t>(count));
    RC_ASSERT(events == auditd(text, 0, *rc::gen::inRange<std::size_t>(1, 100)));
  }));
}
}  // namespace
}  // namespace kulla::event
