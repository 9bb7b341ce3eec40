#include "base/kept_key.hpp"

#include "base/file.hpp"

namespace kulla {

Result<Digest> kept_key(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) KULLA_CHECK(write_file_atomic(file, to_hex(random_digest()) + "\n", 0600));
  KULLA_TRY(const auto text, read_file(file, 256));
  auto key = digest_from_hex(std::string_view{text}.substr(0, 64));
  if (!key) return std::unexpected(std::move(key).error().in(file.string()));
  return key;
}

}  // namespace kulla
