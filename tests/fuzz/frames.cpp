// Whatever a child that an attacker has taken over may say: any bytes, as frames and as fields in each order. One saying has one text.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "inspect/wire.hpp"

using namespace kulla;

namespace {
/// Fields as letters: a number, a text. What is repeated comes after its count.
struct Saying {
  char tag;
  std::string_view fields, repeated;
};
constexpr std::array sayings{Saying{'i', "tnnnt", ""}, Saying{'t', "tnnnnnnnnntt", "tt"}, Saying{'f', "tt", ""}, Saying{'x', "nt", ""},
                             Saying{'m', "", "ntn"},   Saying{'o', "tttnnnnnt", ""},      Saying{'k', "t", ""},  Saying{'p', "n", ""}};

/// What was understood, packed once more.
std::optional<std::string> said_again(std::string_view payload, const Saying& saying) {
  inspect::Unpacker from{payload};
  inspect::Packer to{saying.tag};
  const auto take = [&](std::string_view fields) {
    for (const char field : fields) field == 'n' ? to.number(from.number()) : to.text(from.text());
  };
  take(saying.fields);
  if (!saying.repeated.empty()) {
    const auto count = from.number();
    to.number(count);
    for (std::int64_t i = 0; i < count && from.well(); ++i) take(saying.repeated);
  }
  if (!from.well()) KULLA_ASSERT(from.number() == 0 && from.text().empty() && !from.ended_well());
  return from.ended_well() ? std::optional{to.frame()} : std::nullopt;
}

void read_frames(std::string_view stream) {
  Descriptor file{::memfd_create("frames", MFD_CLOEXEC)};
  KULLA_ASSERT(write_all(file.get(), stream, "frames") && ::lseek(file.get(), 0, SEEK_SET) == 0);
  inspect::FrameReader reader{std::move(file)};
  std::string again;
  while (const auto frame = reader.peek()) {
    const auto length = static_cast<std::uint32_t>(frame->size());
    again.append(reinterpret_cast<const char*>(&length), sizeof length).append(*frame);
    (void)inspect::error_of(frame->substr(1));
    reader.consume(*frame);
  }
  KULLA_ASSERT(stream.starts_with(again));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view payload{data, size};
  read_frames(payload);
  for (const auto& saying : sayings) {
    const auto frame = said_again(payload, saying);
    if (!frame) continue;
    std::uint32_t length = 0;
    std::memcpy(&length, frame->data(), sizeof length);
    KULLA_ASSERT(length == size + 1);
    KULLA_ASSERT(frame->substr(sizeof length) == saying.tag + std::string(payload));
    if (size > 0) KULLA_ASSERT(!said_again(payload.substr(0, size - 1), saying));
    KULLA_ASSERT(!said_again(std::string(payload) + '\0', saying));
  }
  return 0;
}
