#include "event/input/decompressor.hpp"

#include <fmt/format.h>

namespace kulla::event {

void Decompressor::fail_here(std::string_view why) {
  failed_ = Error{Code::damaged_input, fmt::format("{}: {} at byte {}", name_, why, offset_)};
}

Result<> Decompressor::refill() {
  auto got = source_->read(buffer_);
  if (!got) return std::unexpected(*(failed_ = std::move(got).error()));
  ended_ = *got == 0;
  input_ = std::string_view{buffer_.data(), *got};
  return {};
}

Result<std::size_t> Decompressor::read(std::span<char> into) {
  while (!failed_) {
    if (input_.empty() && !ended_) KULLA_CHECK(refill());
    const auto [taken, written, fault] = step(input_, into);
    input_.remove_prefix(taken);
    offset_ += taken;
    if (!fault.empty()) fail_here(fault);
    if (written > 0) return written;
    if (failed_ || !input_.empty() || !ended_) continue;
    if (complete()) return 0;
    fail_here("cut short");
  }
  return std::unexpected(*failed_);
}

}  // namespace kulla::event
