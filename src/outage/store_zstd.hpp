// Bytes, packed by zstd where that makes them smaller: varint of the raw size, varint of the packed size (0: not packed), the bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outage/store_bytes.hpp"

namespace kulla::outage::store {
void put_packed(std::string& to, std::string_view raw);
/// Nothing where it is damaged, or would be more than `most` bytes.
[[nodiscard]] std::optional<std::string> read_packed(ByteReader& read, std::size_t most);
}  // namespace kulla::outage::store
