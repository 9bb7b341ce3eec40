#include "daemon/evidence.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <vector>

#include "base/file.hpp"

namespace kulla::daemon {
namespace {
using Key = std::array<std::uint8_t, crypto_secretbox_xchacha20poly1305_KEYBYTES>;
constexpr std::size_t nonce_size = crypto_secretbox_xchacha20poly1305_NONCEBYTES, seal_size = crypto_secretbox_xchacha20poly1305_MACBYTES;

constexpr std::size_t salt_size = 16;
std::string salt() {
  std::string bytes(salt_size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

Result<Key> day_key(const std::filesystem::path& file, bool make) {
  Key key{};
  std::error_code ignored;
  if (make && !std::filesystem::exists(file, ignored)) {
    randombytes_buf(key.data(), key.size());
    KULLA_CHECK(write_file_atomic(file, {reinterpret_cast<const char*>(key.data()), key.size()}, 0600));
    return key;
  }
  KULLA_TRY(const auto bytes, read_file(file, key.size()));
  if (bytes.size() != key.size()) return fail(Code::bad_key, file.string() + ": not a key of 32 bytes");
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

std::string seal(const std::string& text, const Key& key) {
  std::vector<std::uint8_t> box(nonce_size + seal_size + text.size());
  randombytes_buf(box.data(), nonce_size);
  crypto_secretbox_xchacha20poly1305_easy(box.data() + nonce_size, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                          box.data(), key.data());
  return to_hex(box);
}

Result<std::string> unseal(std::string_view hex, const Key& key) {
  std::vector<std::uint8_t> box(hex.size() / 2);
  if (box.size() < nonce_size + seal_size || !from_hex(hex, box)) return fail(Code::io, "evidence is damaged");
  std::string text(box.size() - nonce_size - seal_size, '\0');
  if (crypto_secretbox_xchacha20poly1305_open_easy(reinterpret_cast<unsigned char*>(text.data()), box.data() + nonce_size,
                                                   box.size() - nonce_size, box.data(), key.data()) != 0)
    return fail(Code::bad_signature, "evidence does not open with its day's key");
  return text;
}
}  // namespace

EvidenceStore::EvidenceStore(std::filesystem::path folder) : folder_(std::move(folder)), thread_([this] { work(); }) {}
EvidenceStore::~EvidenceStore() {
  queue_.close();
  thread_.join();
}

Result<std::unique_ptr<EvidenceStore>> EvidenceStore::open(std::filesystem::path folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, folder.string() + ": " + error.message());
  return std::unique_ptr<EvidenceStore>{new EvidenceStore{std::move(folder)}};
}

Digest EvidenceStore::put(std::string text, Timestamp at) {
  if (text.size() > text_limit) text.resize(text_limit);
  text.insert(0, salt());
  const auto hash = sha256(text);
  queue_.push({std::move(text), hash, at});
  return hash;
}

Result<> EvidenceStore::write(const Item& item) {
  const auto day = to_rfc3339(item.at).substr(0, 10);
  KULLA_TRY(const auto key, day_key(folder_ / (day + ".key"), true));
  const Descriptor file{::open((folder_ / (day + ".evidence")).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  if (!file) return fail_errno(folder_.string());
  return write_all(file.get(), to_hex(item.hash) + " " + seal(item.text, key) + "\n", folder_.string());
}

void EvidenceStore::work() {
  for (;;) {
    const auto item = queue_.pop(std::chrono::hours{1});
    if (!item) {
      if (queue_.size() == 0 && !queue_.open()) return;
      continue;
    }
    if (const auto written = write(*item); !written && lost_++ == 0) spdlog::error("evidence is being lost: {}", written.error().message());
  }
}

Result<std::string> EvidenceStore::find(const std::filesystem::path& folder, const Digest& hash) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
    if (entry.path().extension() != ".evidence") continue;
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with(to_hex(hash) + " ")) continue;
      KULLA_TRY(const auto key, day_key(std::filesystem::path{entry.path()}.replace_extension(".key"), false));
      KULLA_TRY(auto text, unseal(std::string_view{line}.substr(65), key));
      return text.substr(std::min(text.size(), salt_size));
    }
  }
  return fail(Code::not_found, "no evidence with hash " + to_hex(hash));
}
}  // namespace kulla::daemon
