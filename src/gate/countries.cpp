#include "gate/countries.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <maxminddb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace kulla::gate {
namespace {
constexpr std::size_t networks_most = 1'000'000;  // of all countries together there are fewer

using Address = std::array<std::uint8_t, 16>;
constexpr std::uint32_t bits_of_v4_in_v6 = 96;    // such a database has the addresses of IPv4 below ::/96

/// Walks the tree of a database's networks; each leaf's country is looked up once.
class Walk {
 public:
  Walk(const MMDB_s& database, const std::vector<std::string>& countries) : database_(database), countries_(countries) {}

  Result<std::vector<std::string>> run() {
    KULLA_CHECK(visit(0, 0));
    return std::move(networks_);
  }

 private:
  Result<> visit(std::uint32_t number, std::uint32_t depth) {
    const auto most = static_cast<std::uint32_t>(database_.metadata.ip_version == 6 ? 128 : 32);
    MMDB_search_node_s node{};
    if (depth >= most || MMDB_read_node(&database_, number, &node) != MMDB_SUCCESS) return damaged();
    KULLA_CHECK(take(node.left_record_type, node.left_record, node.left_record_entry, depth + 1));
    set(depth, true);
    KULLA_CHECK(take(node.right_record_type, node.right_record, node.right_record_entry, depth + 1));
    set(depth, false);
    return {};
  }
  Result<> take(std::uint8_t type, std::uint64_t record, MMDB_entry_s entry, std::uint32_t depth) {
    // The networks of IPv4 stand in several places of the tree, and first in their own: once is enough. And a tree that leads back to
    // where it came from would never end.
    if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
      return seen_.insert(record).second ? visit(static_cast<std::uint32_t>(record), depth) : Result<>{};
    if (type == MMDB_RECORD_TYPE_INVALID) return damaged();
    if (type == MMDB_RECORD_TYPE_DATA && is_wanted(entry)) networks_.push_back(text_of(depth));
    return networks_.size() > networks_most ? damaged() : Result<>{};
  }

  bool is_wanted(MMDB_entry_s entry) {
    const auto [known, is_new] = wanted_.try_emplace(entry.offset, false);
    if (!is_new) return known->second;
    MMDB_entry_data_s code{};
    for (const auto* of : {"country", "registered_country"}) {
      if (MMDB_get_value(&entry, &code, of, "iso_code", nullptr) != MMDB_SUCCESS || !code.has_data ||
          code.type != MMDB_DATA_TYPE_UTF8_STRING)
        continue;
      known->second = std::ranges::count(countries_, std::string(code.utf8_string, code.data_size)) > 0;
      break;
    }
    return known->second;
  }

  void set(std::uint32_t bit, bool on) {
    auto& byte = address_.at(bit / 8);
    const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    byte = static_cast<std::uint8_t>(on ? byte | mask : byte & ~mask);
  }
  [[nodiscard]] bool is_v4() const {
    return database_.metadata.ip_version == 4 || std::all_of(address_.begin(), address_.begin() + 12, [](auto byte) { return byte == 0; });
  }
  [[nodiscard]] std::string text_of(std::uint32_t depth) const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (database_.metadata.ip_version == 4 || (is_v4() && depth >= bits_of_v4_in_v6)) {
      const bool short_tree = database_.metadata.ip_version == 4;
      ::inet_ntop(AF_INET, address_.data() + (short_tree ? 0 : 12), text.data(), text.size());
      return fmt::format("{}/{}", text.data(), short_tree ? depth : depth - bits_of_v4_in_v6);
    }
    ::inet_ntop(AF_INET6, address_.data(), text.data(), text.size());
    return fmt::format("{}/{}", text.data(), depth);
  }
  static std::unexpected<Error> damaged() { return fail(Code::bad_config, "its tree of networks is damaged"); }

  const MMDB_s& database_;
  const std::vector<std::string>& countries_;
  Address address_{};
  std::vector<std::string> networks_;
  std::unordered_map<std::uint32_t, bool> wanted_;
  std::unordered_set<std::uint64_t> seen_;
};

struct Close {
  void operator()(MMDB_s* database) const { MMDB_close(database); }
};
}  // namespace

Result<std::vector<std::string>> networks_of(const std::filesystem::path& file, const std::vector<std::string>& countries) {
  MMDB_s opened{};
  if (const int error = MMDB_open(file.c_str(), MMDB_MODE_MMAP, &opened); error != MMDB_SUCCESS)
    return fail(Code::bad_config, fmt::format("{}: {}", file.string(), MMDB_strerror(error)));
  const std::unique_ptr<MMDB_s, Close> closing{&opened};
  auto networks = Walk{opened, countries}.run();
  if (!networks) return std::unexpected(std::move(networks).error().in(file.string()));
  if (networks->empty())
    return fail(Code::bad_config,
                fmt::format("{}: no network of {}", file.string(), countries.empty() ? "any country" : countries.front()));
  return networks;
}

bool is_network(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  Address bytes{};
  const bool four = ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
  if (!four && ::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return false;
  if (slash == std::string::npos) return true;
  const auto digits = std::string_view(text).substr(slash + 1);
  int length = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  return error == std::errc{} && end == digits.data() + digits.size() && length >= 0 && length <= (four ? 32 : 128);
}

}  // namespace kulla::gate
