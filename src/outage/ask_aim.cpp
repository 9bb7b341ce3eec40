// From a target as it is written to one that can be asked.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/url.hpp>

#include "base/path_text.hpp"
#include "outage/ask.hpp"
#include "outage/ask_dns.hpp"

namespace kulla::outage {
namespace {
constexpr auto fastest = std::chrono::milliseconds{10};

struct Scheme {
  std::string_view name;
  Aim::Way way;
  bool encrypted;
  std::uint16_t port;  ///< 0: the url names it, or none is needed
};
constexpr std::array schemes{Scheme{"http", Aim::Way::http, false, 80}, Scheme{"https", Aim::Way::http, true, 443},
                             Scheme{"tls", Aim::Way::tls, true, 0},     Scheme{"tcp", Aim::Way::tcp, false, 0},
                             Scheme{"icmp", Aim::Way::icmp, false, 0},  Scheme{"dns", Aim::Way::dns, false, 0}};
constexpr std::string_view forms =
    "http://host/path, https://host/path, tls://host:port, tcp://host:port, icmp://host or dns://name?type=A&server=ADDRESS";

using Why = std::expected<void, std::string>;

Why read_address(Aim& aim, const Target& target, const boost::urls::url_view& url, const Scheme& scheme) {
  if (!target.address.empty()) {
    auto address = parse_address(target.address);
    if (!address) return std::unexpected(address.error().what);
    aim.address = std::move(*address);
  } else {
    aim.address = {std::string(url.host_address()), url.has_port() ? url.port_number() : scheme.port};
  }
  if (aim.address.port == 0 && aim.way != Aim::Way::icmp) return std::unexpected(fmt::format("its url names no port; write {}", forms));
  boost::system::error_code error;
  if (const auto literal = asio::ip::make_address(aim.address.host, error); !error) aim.literal = literal;
  return {};
}

void write_request(Aim& aim, const boost::urls::url_view& url) {
  aim.authority = std::string(url.encoded_host_and_port());
  aim.path = fmt::format("{}{}", url.encoded_path().empty() ? "/" : "", std::string_view(url.encoded_target()));
  aim.request =
      fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: */*\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
                  aim.path, aim.authority, aim.agent);
}

Why read_question(Aim& aim, const boost::urls::url_view& url) {
  aim.question = std::string(url.host());
  for (const auto& [key, value, has_value] : url.params()) {
    if (key == "type") {
      const auto type = record_type(value);
      if (!type)
        return std::unexpected(fmt::format("type '{}' is not known; known: {}", escape_path(value), fmt::join(record_type_names(), ", ")));
      aim.type = *type;
    } else if (key == "server") {
      const auto server = parse_server(value);
      if (!server)
        return std::unexpected(fmt::format("server '{}': write its address, as 192.0.2.1 or [2001:db8::1]:5353", escape_path(value)));
      aim.server = *server;
    } else if (key == "dnssec" && (value == "1" || value == "0")) {
      aim.dnssec = value == "1";
    } else {
      return std::unexpected(fmt::format("'{}' is not known; after the name come type=, server= and dnssec=1", escape_path(key)));
    }
  }
  return {};
}

Why read_url(Aim& aim, const Target& target) {
  const auto url = boost::urls::parse_uri(target.url);
  const auto scheme = url ? std::ranges::find(schemes, std::string_view(url->scheme()), &Scheme::name) : schemes.end();
  if (!url || scheme == schemes.end() || url->host().empty()) return std::unexpected(fmt::format("its url is none of {}", forms));
  aim.way = scheme->way;
  aim.encrypted = scheme->encrypted;
  aim.host = url->host_address();
  if (aim.way == Aim::Way::dns) return read_question(aim, *url);
  if (auto read = read_address(aim, target, *url, *scheme); !read) return read;
  if (aim.way == Aim::Way::http) write_request(aim, *url);
  return {};
}

bool is_fingerprint(std::string_view text) {
  return text == "learn" || (text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos);
}
}  // namespace

Result<Aim> aim_at(const Target& target, const std::string& user_agent) {
  const auto bad = [&](std::string_view why) {
    return kulla::fail(Code::bad_argument, fmt::format("target '{}': {}", escape_path(target.name.str()), why));
  };
  Aim aim;
  aim.name = target.name;
  aim.service = target.service.empty() ? target.name : target.service;
  aim.every = target.every;
  aim.agent = user_agent;
  aim.ca = target.ca;
  aim.http2 = target.http2;
  aim.good_status = target.good_status;
  aim.fingerprint = !target.fingerprint.empty();
  if (const auto read = read_url(aim, target); !read) return bad(read.error());
  if (target.every < fastest) return bad(fmt::format("every {} ms is too often; at least {} ms", target.every.count(), fastest.count()));
  if (aim.fingerprint && !is_fingerprint(target.fingerprint)) return bad("fingerprint is \"learn\" or 16 hexadecimal digits");
  if (aim.fingerprint && aim.way != Aim::Way::http && aim.way != Aim::Way::dns) return bad("fingerprint is for http, https and dns");
  if (aim.http2 && !(aim.way == Aim::Way::http && aim.encrypted)) return bad("http2 is for https");
  return aim;
}
}  // namespace kulla::outage
