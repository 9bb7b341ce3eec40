// Reading the next record of a kind that was read before allocates nothing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "event/text/readers.hpp"

namespace {
thread_local std::size_t allocations = 0;
}
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace kulla::event {
namespace {

struct Case {
  Format format;
  std::string_view bytes;
};
const std::initializer_list<Case> cases{
    {Format::syslog,
     "<38>Oct  5 11:47:20 web1 sshd[4711]: Failed password\n<165>1 2025-10-11T22:14:15Z h a 7 - [x y=\"a long value with a \\\" in it\"] "
     "message\n"},
    {Format::web_access,
     "192.0.2.7 - ana [17/Oct/2022:14:13:07 +0200] \"GET /a%2fb/and/so/on?q=1+2 HTTP/1.1\" 404 152 \"https://example.org/\" \"Mozilla/5.0 "
     "\\\"x\\\" and so on\"\n"},
    {Format::journald, "__REALTIME_TIMESTAMP=1697000000000001\nMESSAGE=a=b\n_COMM=sshd\n\n"},
    {Format::auditd,
     "type=EXECVE msg=audit(1700000000.500:1): argc=2 a0=\"cp\" a1=2F746D702F6120622F746D702F6120622E747874\ntype=EOE "
     "msg=audit(1700000000.500:1): \n"},
    {Format::gate_log,
     "kulla1 1657843200000000 3 192.0.2.7 GET h.example / 200 512 s pass -- \"/a%20long/way/to/go?x=1\" \"agent\" \"-\" \"-\"\n"},
    {Format::csv, "a,b\n1,\"a \"\"quoted\"\" value that is longer than a short string\"\n"}};

TEST(Allocation, NoneForTheNextRecord) {
  for (const auto& [format, bytes] : cases) {
    const auto reader = make_text_reader(format, {.seen = Timestamp{std::chrono::days{20'000}}});
    std::size_t records = 0;
    const Reader::OnRecord count = [&records](const Event&) { ++records; };
    for (int round = 0; round < 3; ++round) reader->read(bytes, false, count);
    const auto warm = records, before = allocations;
    for (int round = 0; round < 100; ++round) reader->read(bytes, false, count);
    EXPECT_EQ(allocations, before) << name(format);
    EXPECT_GE(records, warm + 100) << name(format);
    EXPECT_EQ(reader->losses().records, 0U) << name(format);
  }
}
}  // namespace
}  // namespace kulla::event
