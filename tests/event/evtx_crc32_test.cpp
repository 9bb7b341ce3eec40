#include "event/evtx/crc32.hpp"

#include <gtest/gtest.h>

#include <string>

#include "event/evtx_builder.hpp"

namespace kulla::event::evtx {
namespace {
TEST(EvtxCrc32, IsThatOfThePlainLoop) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U) << "the check value of CRC-32/ISO-HDLC";
  std::string bytes;
  for (std::size_t size = 0; size < 300; ++size) {
    EXPECT_EQ(crc32(bytes), test::evtx::plain_crc32(bytes)) << size;
    EXPECT_EQ(crc32(std::string_view{bytes}.substr(size / 3), crc32(std::string_view{bytes}.substr(0, size / 3))), crc32(bytes)) << size;
    bytes += static_cast<char>(size * 151 + size / 7);
  }
}
}  // namespace
}  // namespace kulla::event::evtx
