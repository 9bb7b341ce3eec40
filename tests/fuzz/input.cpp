// Any bytes as a compressed stream, and as text in any encoding: what comes is bounded by what is asked for, and an error stays.
#include <algorithm>
#include <array>
#include <cstddef>

#include "base/result.hpp"
#include "event/input/decompressor.hpp"

using namespace kulla;

namespace {
class Bytes final : public event::ByteStream {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<char> into) override {
    const auto size = std::min({into.size(), bytes_.size(), std::size_t{300}});
    std::copy_n(bytes_.data(), size, into.data());
    bytes_.remove_prefix(size);
    taken_ += size;
    return size;
  }
  std::uint64_t taken() const override { return taken_; }

 private:
  std::string_view bytes_;
  std::uint64_t taken_ = 0;
};

void drain(event::ByteStream& stream) {
  constexpr std::size_t enough = std::size_t{4} << 20;
  std::array<char, 4096> some;
  for (std::size_t all = 0; all < enough;) {
    const auto got = stream.read(some);
    if (!got) KULLA_ASSERT(!stream.read(some));
    if (got.value_or(0) == 0) return;
    KULLA_ASSERT(*got <= some.size());
    all += *got;
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  drain(*event::gunzip(std::make_unique<Bytes>(bytes), "fuzz"));
  drain(*event::unzstd(std::make_unique<Bytes>(bytes), "fuzz"));
  event::TextStream text{std::make_unique<Bytes>(bytes)};
  drain(text);
  return 0;
}
