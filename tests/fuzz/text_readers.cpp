// Any bytes, with every reader of text, whole and in two pieces: the same comes of both, and no value lies outside of what may be.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "event/text/readers.hpp"

using namespace kulla;

namespace {
struct Outcome {
  std::string events;
  std::uint64_t faults = 0, last = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(event::Format format, std::string_view bytes, std::size_t middle) {
  const auto reader = event::make_text_reader(format, {.seen = Timestamp{std::chrono::days{20'000}}});
  Outcome outcome;
  const event::Reader::OnRecord keep = [&outcome](const event::Event& event) {
    outcome.events += std::to_string(event.number) + '@' + std::to_string(event.happened.time_since_epoch().count());
    for (const auto& [name, value, form, key] : event.fields()) outcome.events.append("\1").append(name).append("\2").append(value);
    outcome.events += '\3';
  };
  const std::string first = std::string{bytes.substr(0, middle)} + std::string(event::read_padding, '"'),
                    second = std::string{bytes.substr(middle)} + std::string(event::read_padding, '\n');
  if (middle > 0) reader->read(std::string_view{first}.substr(0, middle), false, keep);
  reader->read(std::string_view{second}.substr(0, bytes.size() - middle), true, keep);
  outcome.faults = reader->losses().records;
  outcome.last = reader->last_number();
  return outcome;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{data, size};
  (void)event::recognise(bytes, "file.csv");
  using enum event::Format;
  for (const auto format : {syslog, journald, auditd, web_access, csv, gate_log})
    KULLA_ASSERT(read(format, bytes, 0) == read(format, bytes, static_cast<unsigned char>(data[size - 1]) % size));
  return 0;
}
