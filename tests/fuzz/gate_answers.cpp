// Any bytes as what HAProxy answers on its sockets: cut into answers without losing or inventing a byte, read without a crash.
#include "gate/answers.hpp"
#include "gate/map_files.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view text{data, size};
  std::string unread{text};
  for (auto before = unread.size(); auto answer = gate::take_answer(unread); before = unread.size())
    KULLA_ASSERT(answer->size() + unread.size() < before);
  if (const auto workers = gate::parse_workers(text))
    for (const auto& worker : *workers) KULLA_ASSERT(worker.pid >= 0);
  if (const auto lines = gate::parse_map(text))
    for (const auto& line : *lines) KULLA_ASSERT(!line.key.empty());
  (void)gate::parse_found(text);
  (void)gate::parse_pid(text);
  (void)gate::parse_streams(text, "tax");
  KULLA_ASSERT(gate::parse_used_connections(text) >= 0 || size > 1 << 20);
  (void)gate::parse_source_map(text);
  return 0;
}
