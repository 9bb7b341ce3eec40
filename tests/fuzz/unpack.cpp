// Any bytes as a compressed log: what it holds is told within bounds, and the same a second time.
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.hpp"
#include "inspect/content.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  constexpr std::int64_t most = 1 << 20;
  const Descriptor file{::memfd_create("log", MFD_CLOEXEC)};
  KULLA_ASSERT(file && write_all(file.get(), {data, size}, "log"));
  const auto content = inspect::unpack(file.get(), 4, most);
  const auto again = inspect::unpack(file.get(), 4, most);
  KULLA_ASSERT(content.has_value() == again.has_value());
  if (!content) return 0;
  KULLA_ASSERT(content->size <= most && content->size == again->size && content->whole == again->whole);
  if (content->size <= 4) KULLA_ASSERT(content->whole == content->beginning);
  return 0;
}
