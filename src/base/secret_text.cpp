#include "base/secret_text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/file.hpp"

namespace kulla {
void wipe(void* memory, std::size_t size) { sodium_memzero(memory, size); }

SecretText::SecretText() { bytes_.reserve(limit); }
SecretText::SecretText(std::string_view text) : SecretText() { (void)add(text.substr(0, limit)); }
SecretText& SecretText::operator=(SecretText&& other) noexcept {
  bytes_.swap(other.bytes_);  // what was here is wiped with the other
  return *this;
}
SecretText::~SecretText() {
  if (bytes_.capacity() > 0) wipe(bytes_.data(), bytes_.size());
}
bool SecretText::add(std::string_view text) {
  if (text.size() > limit - bytes_.size()) return false;
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  return true;
}
void SecretText::cut(std::size_t size) {
  if (size >= bytes_.size()) return;
  wipe(bytes_.data() + size, bytes_.size() - size);
  bytes_.resize(size);
}

namespace {
Result<> read_all(int fd, SecretText& text, const std::string& name) {
  std::array<char, SecretText::limit> buffer;
  Result<> result;
  for (;;) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) result = fail_errno(name);
    else if (!text.add({buffer.data(), static_cast<std::size_t>(got)}))
      result = fail(Code::too_large, fmt::format("{}: over {} bytes", name, SecretText::limit));
    else if (got > 0) continue;
    wipe(buffer.data(), buffer.size());
    return result;
  }
}
}  // namespace

Result<SecretText> read_secret_file(const std::filesystem::path& file) {
  const Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status{};
  if (!opened || ::fstat(opened.get(), &status) != 0) return fail_errno(file.string());
  if ((status.st_mode & 077) != 0)
    return fail(Code::bad_key, fmt::format("{}: others may read this secret; run 'chmod 600 {}'", file.string(), file.string()));
  SecretText text;
  KULLA_CHECK(read_all(opened.get(), text, file.string()));
  return text;
}

Result<SecretText> read_secret_line(const std::filesystem::path& file) {
  KULLA_TRY(auto text, read_secret_file(file));
  text.cut(std::min(text.view().find('\n'), text.view().size()));
  if (text.view().ends_with('\r')) text.cut(text.view().size() - 1);
  if (text.empty()) return fail(Code::bad_key, fmt::format("{}: its first line is empty", file.string()));
  return text;
}
}  // namespace kulla
