// CRC-32 (IEEE 802.3, reflected), as EVTX chunks carry it.
#pragma once
#include <cstdint>
#include <string_view>

namespace kulla::event::evtx {

/// `before`: the checksum of what stands before `bytes`, 0 at the start.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace kulla::event::evtx
