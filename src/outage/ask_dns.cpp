#include "outage/ask_dns.hpp"

#include <arpa/nameser.h>
#include <fmt/format.h>
#include <resolv.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"

namespace kulla::outage {
namespace {
using Type = std::pair<std::string_view, int>;
constexpr std::array<Type, 12> types{{{"A", ns_t_a},
                                      {"AAAA", ns_t_aaaa},
                                      {"CAA", 257},
                                      {"CNAME", ns_t_cname},
                                      {"DNSKEY", ns_t_dnskey},
                                      {"DS", ns_t_ds},
                                      {"MX", ns_t_mx},
                                      {"NS", ns_t_ns},
                                      {"PTR", ns_t_ptr},
                                      {"SOA", ns_t_soa},
                                      {"SRV", ns_t_srv},
                                      {"TXT", ns_t_txt}}};
constexpr std::size_t records_limit = 256;
constexpr std::uint16_t dns_port = 53;

/// How many bytes lie before the names that a record's data holds, and how many names: they may be compressed (RFC 1035, 4.1.4).
struct NamesWithin {
  int type, before, count;
};
constexpr std::array with_names{NamesWithin{ns_t_ns, 0, 1}, NamesWithin{ns_t_cname, 0, 1}, NamesWithin{ns_t_ptr, 0, 1},
                                NamesWithin{ns_t_mx, 2, 1}, NamesWithin{ns_t_soa, 0, 2},   NamesWithin{ns_t_srv, 6, 1}};

std::optional<std::string> data_of(const ns_msg& message, const ns_rr& record) {
  const auto* data = ns_rr_rdata(record);
  const auto* const end = data + ns_rr_rdlen(record);
  const auto* names = std::ranges::find(with_names, static_cast<int>(ns_rr_type(record)), &NamesWithin::type);
  const auto plain = [&](const unsigned char* to) {
    return std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(to - data));
  };
  if (names == with_names.end()) return plain(end);
  if (end - data < names->before) return std::nullopt;
  auto text = plain(data + names->before);
  data += names->before;
  for (int i = 0; i < names->count; ++i) {
    std::array<char, NS_MAXDNAME> name{};
    const int used = ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), data, name.data(), name.size());
    if (used < 0 || used > end - data) return std::nullopt;
    text += fmt::format("{} ", name.data());
    data += used;
  }
  return text + plain(end);
}
}  // namespace

std::optional<int> record_type(std::string_view name) {
  const auto* found = std::ranges::find(types, name, &std::pair<std::string_view, int>::first);
  return found == types.end() ? std::nullopt : std::optional{found->second};
}
std::vector<std::string_view> record_type_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, _] : types) names.push_back(name);
  return names;
}

std::optional<Address> parse_server(std::string_view text) {
  boost::system::error_code error;
  asio::ip::make_address(std::string(text), error);
  if (!error) return Address{std::string(text), dns_port};
  const auto bare = text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : std::string_view{};
  asio::ip::make_address(std::string(bare), error);
  if (!error) return Address{std::string(bare), dns_port};
  auto address = parse_address(text);
  if (!address) return std::nullopt;
  asio::ip::make_address(address->host, error);
  return error ? std::nullopt : std::optional{*address};
}
std::string to_text(const Address& address) {
  return address.host.contains(':') ? fmt::format("[{}]:{}", address.host, address.port) : fmt::format("{}:{}", address.host, address.port);
}

DnsAnswer read_dns_answer(std::string_view bytes, int type) {
  ns_msg message{};
  if (ns_initparse(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), &message) != 0)
    return {Layer::malformed, "no DNS message", {}};
  DnsAnswer answer;
  const auto count = std::min<std::size_t>(ns_msg_count(message, ns_s_an), records_limit);
  for (std::size_t i = 0; i < count; ++i) {
    ns_rr record{};
    if (ns_parserr(&message, ns_s_an, static_cast<int>(i), &record) != 0) return {Layer::malformed, "a record is cut", {}};
    if (static_cast<int>(ns_rr_type(record)) != type) continue;
    auto data = data_of(message, record);
    if (!data) return {Layer::malformed, "a record holds no name", {}};
    answer.records.push_back(std::move(*data));
  }
  if (answer.records.empty()) return {Layer::resolve_missing, "no data of this type", {}};
  return answer;
}

std::string fingerprint_of(std::vector<std::string> records) {
  std::ranges::sort(records);
  Sha256 hash;
  for (const auto& record : records) hash.add(fmt::format("{}:{}", record.size(), record));
  return to_hex(hash.finish()).substr(0, 16);
}

Result<> Questions::prepare(const Aim& aim) {
  const auto name = key(aim);
  if (aim.dnssec) return prepare_validator(name, aim.server ? std::vector{*aim.server} : settings_.servers);
  if (channels_.contains(name)) return {};
  AresChannel::Settings settings{
      .servers = {}, .source = settings_.source, .patience = settings_.patience, .take_any_answer = aim.server.has_value()};
  for (const auto& server : aim.server ? std::vector{*aim.server} : settings_.servers) settings.servers.push_back(to_text(server));
  KULLA_TRY(channels_[name], AresChannel::open(context_, settings));
  return {};
}

Result<> Questions::prepare_validator(const std::string& name, const std::vector<Address>& servers) {
  if (settings_.anchor.empty())
    return fail(Code::bad_argument, "dnssec=1: name a file of trust anchors with trust_anchor, or install dns-root-data");
  if (validators_.contains(name)) return {};
  KULLA_TRY(validators_[name], Validator::open(context_, {servers, settings_.anchor}));
  return {};
}

Result<Validator*> Questions::common_validator() {
  if (settings_.anchor.empty()) return nullptr;
  KULLA_CHECK(prepare_validator("", settings_.servers));
  return validators_.at("").get();
}

void AskDns::start() {
  const auto self = std::static_pointer_cast<AskDns>(shared_from_this());
  if (aim_.server) {
    boost::system::error_code ignored;
    outcome.address = asio::ip::make_address(aim_.server->host, ignored);
  }
  if (aim_.dnssec)
    return means_.questions.validator(aim_).ask(aim_.question, aim_.type, [self](const Validator::Verdict& verdict) {
      self->take({verdict.failed, verdict.detail, verdict.records});
    });
  means_.questions.channel(aim_).ask(aim_.question, aim_.type, [self](const AresChannel::Answer& answer) {
    if (is_own_want(answer.status)) return self->fail_unasked(ares_strerror(answer.status));
    if (answer.status == ARES_SUCCESS) return self->take(read_dns_answer(answer.message, self->aim().type));
    self->take({layer_of_status(answer.status), ares_strerror(answer.status), {}});
  });
}

void AskDns::take(DnsAnswer answer) {
  if (ended()) return;
  outcome.phases.resolve_us = mark();
  if (answer.failed != Layer::none) return fail(answer.failed, std::move(answer.detail));
  if (aim_.fingerprint) outcome.body = fingerprint_of(std::move(answer.records));
  finish();
}

void AskDns::expire() {
  outcome.phases.resolve_us = mark();
  fail(Layer::resolve_timeout, "");
}
}  // namespace kulla::outage
