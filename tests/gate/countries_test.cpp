// A MaxMind database written here, byte by byte: docs at maxmind.github.io/MaxMind-DB.
#include "gate/countries.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>

#include "base/file.hpp"

namespace kulla::gate {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string text(std::string_view value) { return static_cast<char>(0x40 | value.size()) + std::string(value); }
std::string map(std::size_t size) { return {static_cast<char>(0xE0 | size)}; }
std::string number(std::uint16_t value) { return {'\xA2', static_cast<char>(value >> 8), static_cast<char>(value & 255)}; }

/// Records of 24 bits: a node, or what lies behind the tree.
class Database {
 public:
  void add(const std::string& address, int bits, const std::string& country) {
    std::array<std::uint8_t, 16> bytes{};
    const bool four = !address.contains(':');
    ASSERT_EQ(::inet_pton(four ? AF_INET : AF_INET6, address.c_str(), bytes.data() + (four ? 12 : 0)), 1);
    if (four) bits += 96;
    std::size_t node = 0;
    for (int bit = 0; bit < bits; ++bit) {
      const auto side = static_cast<std::size_t>((bytes.at(static_cast<std::size_t>(bit / 8)) >> (7 - bit % 8)) & 1);
      if (bit == bits - 1) {
        nodes_[node][side] = -data_of(country);
      } else if (nodes_[node][side] > 0) {
        node = static_cast<std::size_t>(nodes_[node][side]);
      } else {
        nodes_[node][side] = static_cast<std::int64_t>(nodes_.size());
        node = nodes_.size();
        nodes_.push_back({0, 0});
      }
    }
  }
  void write(const std::filesystem::path& file) const {
    std::string all;
    const auto count = static_cast<std::int64_t>(nodes_.size());
    for (const auto& node : nodes_)
      for (const auto record : node) {
        const auto value = record > 0 ? record : record == 0 ? count : count + 16 + (-record - 1);
        for (const int shift : {16, 8, 0}) all += static_cast<char>(value >> shift & 255);
      }
    all += std::string(16, '\0') + data_ + "\xAB\xCD\xEFMaxMind.com" + map(9);
    all += text("node_count") + '\xC4' + std::string{0, 0, static_cast<char>(count >> 8), static_cast<char>(count & 255)};
    all += text("record_size") + number(24) + text("ip_version") + number(6) + text("database_type") + text("Country");
    all += text("binary_format_major_version") + number(2) + text("binary_format_minor_version") + number(0);
    all += text("languages") + std::string{1, 4} + text("en") + text("description") + map(1) + text("en") + text("for a test");
    all += text("build_epoch") + std::string{1, 2, 1};
    std::ofstream{file, std::ios::binary} << all;
  }

 private:
  std::int64_t data_of(const std::string& country) {
    const auto [at, is_new] = offsets_.try_emplace(country, static_cast<std::int64_t>(data_.size()) + 1);
    if (is_new) data_ += map(1) + text("country") + map(1) + text("iso_code") + text(country);
    return at->second;
  }
  std::vector<std::array<std::int64_t, 2>> nodes_{{0, 0}};
  std::string data_;
  std::map<std::string, std::int64_t> offsets_;
};

class Countries : public testing::Test {
 protected:
  Countries() {
    Database database;
    database.add("192.0.2.0", 24, "AL");
    database.add("198.51.100.128", 25, "IT");
    database.add("203.0.113.0", 24, "AL");
    database.add("2001:db8:1::", 48, "AL");
    database.write(file_);
  }
  TemporaryFolder folder_ = TemporaryFolder::make("kulla-countries").value();
  std::filesystem::path file_ = folder_.path() / "country.mmdb";
};

TEST_F(Countries, NetworksOfOneAreNamed) {
  const auto networks = networks_of(file_, {"AL"});
  ASSERT_TRUE(networks) << networks.error().message();
  EXPECT_THAT(*networks, ElementsAre("192.0.2.0/24", "203.0.113.0/24", "2001:db8:1::/48"));
  EXPECT_THAT(networks_of(file_, {"IT"}).value(), ElementsAre("198.51.100.128/25"));
}
TEST_F(Countries, ACountryThatIsNotThereIsAnError) { EXPECT_THAT(networks_of(file_, {"XX"}).error().what, HasSubstr("no network of XX")); }
TEST_F(Countries, EveryCutAndEveryAlteredByteIsAnErrorOrOtherNetworks) {
  const auto whole = read_file(file_, 1 << 20).value();
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream{file_, std::ios::binary} << whole.substr(0, size);
    (void)networks_of(file_, {"AL"});
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 0xFF);
    std::ofstream{file_, std::ios::binary} << altered;
    (void)networks_of(file_, {"AL"});
  }
}
TEST(Networks, AreWrittenAsPeopleWriteThem) {
  for (const auto* good : {"192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "::/0", "0.0.0.0/0"}) EXPECT_TRUE(is_network(good)) << good;
  for (const auto* bad : {"", "192.0.2.0/33", "192.0.2/24", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/-1", "a.example", "192.0.2.0/24 x"})
    EXPECT_FALSE(is_network(bad)) << bad;
}
}  // namespace
}  // namespace kulla::gate
