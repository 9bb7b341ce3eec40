#include "daemon/addresses.hpp"

#include <fstream>

#include "base/file.hpp"

namespace kulla::daemon {

void Addresses::learn_from(const std::filesystem::path& source_map) {
  std::ifstream file{source_map};
  for (std::string line; std::getline(file, line);) {
    const auto address = line.substr(0, line.find(' '));
    if (!address.empty() && address.front() != '#') remember(SourceRef{pseudonyms_.of(address)}, address);
  }
}

Result<Pseudonyms> read_pseudonyms(const std::filesystem::path& folder) {
  const auto file = folder / "pseudonym.key";
  if (!std::filesystem::exists(file)) KULLA_CHECK(write_file_atomic(file, to_hex(random_digest()) + "\n", 0600));
  KULLA_TRY(const auto text, read_file(file, 256));
  auto key = digest_from_hex(std::string_view{text}.substr(0, 64));
  if (!key) return std::unexpected(std::move(key).error().in(file.string()));
  return Pseudonyms{*key};
}
}  // namespace kulla::daemon
