// dns://NAME?type=A&server=ADDRESS&dnssec=1: a question to a name server, as a probe of it or of the zone.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outage/ask.hpp"
#include "outage/ask_ares.hpp"
#include "outage/ask_dnssec.hpp"

namespace kulla::outage {

[[nodiscard]] std::optional<int> record_type(std::string_view name);
[[nodiscard]] std::vector<std::string_view> record_type_names();
/// An address literal, with a port or not (53).
[[nodiscard]] std::optional<Address> parse_server(std::string_view text);
/// ADDRESS:PORT, [ADDRESS]:PORT.
[[nodiscard]] std::string to_text(const Address& address);

/// What a message (RFC 1035) says to a question of this type.
struct DnsAnswer {
  Layer failed = Layer::none;
  std::string detail{};
  std::vector<std::string> records{};  ///< their data, names in them whole
};
/// Any bytes may come.
[[nodiscard]] DnsAnswer read_dns_answer(std::string_view message, int type);
/// The first 16 hexadecimal digits of the SHA-256 over the records in order of their bytes: servers turn them round.
[[nodiscard]] std::string fingerprint_of(std::vector<std::string> records);

/// Channels to name servers, one for each that a target names.
class Questions {
 public:
  struct Settings {
    std::vector<Address> servers;  ///< of who names none; empty: the system's
    std::string source;
    std::chrono::milliseconds patience;
    std::filesystem::path anchor;  ///< empty: no DNSSEC
  };
  Questions(asio::io_context& context, Settings settings) : context_(context), settings_(std::move(settings)) {}
  /// Opens what `aim` needs. Code::bad_argument where DNSSEC is asked for and nobody is trusted.
  [[nodiscard]] Result<> prepare(const Aim& aim);
  [[nodiscard]] AresChannel& channel(const Aim& aim) { return *channels_.at(key(aim)); }
  [[nodiscard]] Validator& validator(const Aim& aim) { return *validators_.at(key(aim)); }
  /// Of who names no server; null without an anchor.
  [[nodiscard]] Result<Validator*> common_validator();

 private:
  static std::string key(const Aim& aim) { return aim.server ? to_text(*aim.server) : std::string{}; }
  Result<> prepare_validator(const std::string& key, const std::vector<Address>& servers);
  asio::io_context& context_;
  Settings settings_;
  std::map<std::string, std::unique_ptr<AresChannel>> channels_;
  std::map<std::string, std::unique_ptr<Validator>> validators_;
};

class AskDns final : public Ask {
 public:
  using Ask::Ask;
  void expire() override;

 private:
  void start() override;
  void close() override {}
  void take(DnsAnswer answer);
};

}  // namespace kulla::outage
