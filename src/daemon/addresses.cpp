#include "daemon/addresses.hpp"

#include <fstream>

#include "base/kept_key.hpp"

namespace kulla::daemon {

void Addresses::learn_from(const std::filesystem::path& source_map) {
  std::ifstream file{source_map};
  for (std::string line; std::getline(file, line);) {
    const auto address = line.substr(0, line.find(' '));
    if (!address.empty() && address.front() != '#') remember(SourceRef{pseudonyms_.of(address)}, address);
  }
}

Result<Pseudonyms> read_pseudonyms(const std::filesystem::path& folder) {
  KULLA_TRY(const auto key, kept_key(folder / "pseudonym.key"));
  return Pseudonyms{key};
}
}  // namespace kulla::daemon
