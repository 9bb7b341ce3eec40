#include "serve/devices.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>

#include "serve/request.hpp"

namespace kulla::serve {
namespace {
constexpr std::size_t shown = 16;  // hexadecimal digits; a hundred people's cookies of one browser fit a header
static_assert(crypto_auth_KEYBYTES == sizeof(Digest::bytes) && crypto_auth_BYTES == sizeof(Digest::bytes));

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
}  // namespace

std::string Devices::name_of(const PersonId& person) const { return prefix() + to_hex(sha256(person.str())).substr(0, shown); }

std::optional<std::string> Devices::read(std::string_view name, std::string_view value, Timestamp now) const {
  const auto device = value.substr(0, value.find('.')), said = value.substr(0, value.rfind('.'));
  Digest mac;
  if (said.size() <= device.size() || !from_hex(value.substr(said.size() + 1), mac.bytes)) return {};
  const auto signed_text = fmt::format("{}={}", name, said);
  if (crypto_auth_verify(mac.bytes.data(), bytes_of(signed_text), signed_text.size(), key_.bytes.data()) != 0) return {};
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(said.data() + device.size() + 1, said.data() + said.size(), seconds);
  if (error != std::errc{} || Timestamp{std::chrono::seconds{seconds}} + age <= now) return {};
  return std::string{device};
}

std::optional<std::string> Devices::of(const PersonId& person, std::string_view cookies, Timestamp now) const {
  const auto name = name_of(person);
  const auto value = cookie(cookies, name);
  return value ? read(name, *value, now) : std::nullopt;
}

std::optional<std::string> Devices::any(std::string_view cookies, Timestamp now) const {
  for (const auto& [name, value] : cookies_of(cookies))
    if (name.starts_with(prefix()))
      if (auto device = read(name, value, now)) return device;
  return {};
}

std::string Devices::cookie_line(const PersonId& person, const std::optional<std::string>& known, Timestamp now) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto text = fmt::format("{}={}.{}", name_of(person), known ? *known : to_hex(random_digest()).substr(0, shown), seconds);
  Digest mac;
  crypto_auth(mac.bytes.data(), bytes_of(text), text.size(), key_.bytes.data());
  return fmt::format("{}.{}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", text, to_hex(mac), std::chrono::seconds{age}.count(),
                     tls_ ? "; Secure" : "");
}

}  // namespace kulla::serve
