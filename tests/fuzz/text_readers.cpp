// Any bytes, with every reader of text, whole and in two pieces: the same comes of both, and no value lies outside of what may be.
#include "event/text/readers.hpp"
#include "fuzz/in_pieces.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  (void)event::recognise(bytes, "file.csv");
  using enum event::Format;
  for (const auto format : {syslog, journald, auditd, web_access, csv, gate_log})
    fuzz::same_in_pieces([&] { return event::make_text_reader(format, {.seen = Timestamp{std::chrono::days{20'000}}}); }, bytes);
  return 0;
}
