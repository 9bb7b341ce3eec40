// The rules that every request passes, and why they stand in this order:
//
//   Almost all requests are plain: a path of lower-case letters, digits and - _ . ~ needs no normalising, its host is in the route map
//   as it was sent, its service is open and its source is not blocked. Three rules settle those and let them pass. Every other request
//   falls through, is normalised, and is held against the whole list. The short way can only ever say "open": what it does not
//   recognise byte for byte goes the long way, from the beginning.
//
//   On the long way the path must end in a grammar of what servers read in one way only (`readable_path`), and be routed to the same
//   service as when read by a lenient server (`folded`: no case, no path parameters, no dots or blanks at a segment's end). What is
//   not, is ambiguous, and gets 400.
#include "gate/render.hpp"

#include <fmt/format.h>

#include "model/gate_log.hpp"
#include "model/gate_state.hpp"

namespace kulla::gate {
namespace {
// ---- patterns (PCRE2), each within single quotes in the configuration; possessive, so that a long path needs no stack ----
constexpr std::string_view plain_url = "^(?!.{4097})(?:/[a-z0-9_~-]++(?:[.][a-z0-9_~-]++)*+)*+/?(?:[?]|$)";

// A percent-encoding that is left after normalising: printable ASCII without / \ . and the unreserved; a % only where it begins no
// second encoding; well-formed UTF-8, without the characters that some systems fold into . / \ K S.
constexpr std::string_view encoded =
    "%(?:2[0-46-9A-C]|25(?![0-9A-Fa-f]{2})|3[A-F]|40|5[BDE]|60|7[BCD])"
    "|(?!%EF%B[CD]|%E2%80%A4|%E2%81%84|%E2%88%95|%E2%84%AA|%C5%BF)"
    "(?:%(?:C[2-9A-F]|D[0-9A-F])%[89AB][0-9A-F]"
    "|%(?:E0%[AB]|E[1-9A-CEF]%[89AB]|ED%[89])[0-9A-F]%[89AB][0-9A-F]"
    "|%(?:F0%[9AB]|F[1-3]%[89AB]|F4%8)[0-9A-F](?:%[89AB][0-9A-F]){2})";
// A segment may begin with one dot, but not be dots alone, nor dots before a path parameter.
std::string readable_path() {
  return fmt::format(
      "^(?:/[.]?(?:[A-Za-z0-9_~!$&()*+,=@|^{{}}\\[\\]\\x27-]|{0})(?:[A-Za-z0-9_~!$&()*+,=@|^{{}}\\[\\]\\x27.;:-]++|{0})*+)*+/?$", encoded);
}
constexpr std::string_view host_name = "^[A-Za-z0-9._-]{1,253}(?::[0-9]{0,5})?$";

constexpr std::string_view global_section = R"cfg(# Written by 'kulla gate render'; changes made here are lost.
global
  expose-experimental-directives
  stats socket {runtime} mode 600 level admin expose-fd listeners
  stats timeout 1h
  fd-hard-limit 100000
  hard-stop-after 10m
  tune.http.logurilen {uri_limit}
  # Looking up a pattern's last answer costs more than asking again.
  tune.pattern.cache-size 0
{threads}
)cfg";

constexpr std::string_view ring_section = R"cfg(ring gate-log
  format raw
  maxlen {line}
  size 8388608
  timeout connect 1s
  timeout server 10s
  server kulla {log} log-proto legacy

)cfg";

constexpr std::string_view defaults_section = R"cfg(defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout client-fin 5s
  timeout server 60s
  timeout tunnel 1h
  timeout http-request 10s
  timeout http-keep-alive 60s
  default-server init-addr last,libc,none
  option forwardfor

backend kulla-guard
  stick-table type ipv6 size 200k expire 1m store http_req_rate(10s)

)cfg";

// model/gate_log.hpp is the specification of this line.
constexpr std::string_view log_lines = R"cfg(  log ring@gate-log len {line} format raw local0
  capture request header User-Agent len 512
  capture request header Referer len 768
  capture request header Content-Type len 128
  log-format "{version} %[date(0,us)] %Ta %ci %HM %[var(txn.host)] %[var(txn.path)] %ST %B %[var(txn.service)] %[var(txn.verdict,pass)] %ts %{{+Q,+E}}[capture.req.uri] %{{+Q,+E}}[capture.req.hdr(0)] %{{+Q,+E}}[capture.req.hdr(1)] %{{+Q,+E}}[capture.req.hdr(2)]"
)cfg";

// Only the log asks for them on the short way.
constexpr std::string_view named_for_log = R"cfg(  http-request set-var(txn.host) req.fhdr(host) if { var(txn.service) -m found }
  http-request set-var(txn.path) path if { var(txn.service) -m found }
)cfg";

constexpr std::string_view rules = R"cfg(
  # The short way: plain, known as it was sent, open, not blocked. `base` is the host as sent and the path; it cuts a host at a comma.
  http-request set-var(txn.service) base,concat(/),map_beg({folder}/route.map) if {{ url -m reg '{plain_url}' }} !{{ req.fhdr(host) -m sub / , }} !{{ req.fhdr(upgrade) -m found }}
{for_log}  http-request allow if {{ var(txn.service),map_str({folder}/state.map) -m str {open} }} !{{ src,map_ip({folder}/source.map) -m found }}

  # The long way. An upgrade makes a tunnel, whose bytes no rule sees: one to a WebSocket is let through, where it stands alone. (A
  # condition on a header holds when one of several values fits, so they are counted too.)
  http-request del-header Upgrade unless {{ req.fhdr(upgrade) -m str -i websocket }} {{ req.fhdr_cnt(upgrade) eq 1 }}
  http-request del-header HTTP2-Settings

  # First host and path as one reads them. No condition on the normalisers: Debian's 2.6.12 leaves out a percent-… one
  # that has a condition and is not strict.
  acl readable var(txn.path) -m found
  acl routed var(txn.service) -m found
  acl blocked src,map_ip({folder}/source.map) -m found
  http-request set-var(txn.verdict) str(bad)
  http-request unset-var(txn.service)
  http-request unset-var(txn.host)
  http-request unset-var(txn.path)
  http-request return status 414 content-type text/plain string "URI too long\n" if {{ url,length gt {uri_limit} }}
  http-request normalize-uri fragment-strip
  http-request normalize-uri percent-decode-unreserved
  http-request normalize-uri percent-to-uppercase
  http-request normalize-uri path-merge-slashes
  http-request normalize-uri path-strip-dot
  http-request normalize-uri path-strip-dotdot full
  http-request set-var(txn.host) req.fhdr(host),lower,host_only,rtrim(.) if {{ req.fhdr(host) -m reg '{host_name}' }}
  http-request set-var(txn.path) path if !METH_CONNECT {{ path -m reg '{readable_path}' }}
  http-request set-var(txn.service) var(txn.host),concat(,txn.path,/),map_beg({folder}/route.map) if readable {{ var(txn.host) -m found }}

  # Then as a lenient server might: what leads elsewhere is ambiguous.
  http-request set-var(txn.folded) 'var(txn.path),lower,regsub("(?:[:;]|%3[abf]|%23)[^/]*",,g),regsub("(?:[.+]|%20)+(?=/|$)",,g),regsub("/+",/,g)' if routed
  http-request set-var(txn.lenient) var(txn.host),concat(,txn.folded,/),map_beg({folder}/folded.map) if routed
  http-request unset-var(txn.path) if routed !{{ var(txn.lenient),strcmp(txn.service) eq 0 }}
  http-request unset-var(txn.service) unless readable

  # What is refused whatever the service's state.
  http-request set-var(txn.verdict) str(blocked) if blocked
  http-request return status 403 content-type text/plain string "Forbidden\n" hdr Cache-Control no-store if blocked
  http-request return status 400 content-type text/plain string "Bad request\n" hdr Cache-Control no-store if !readable || {{ req.fhdr_cnt(host) gt 1 }}
  http-request set-var(txn.verdict) str(unknown) unless routed
  http-request return status 503 content-type "text/html; charset=utf-8" lf-file {folder}/unknown.html hdr Retry-After {retry_after} hdr Cache-Control no-store unless routed

  # The service's state. Of a trial, the client's address and the closure choose who is let in, the same on every request.
  http-request set-var(txn.state) var(txn.service),map_str({folder}/state.map)
  acl open var(txn.state) -m str {open}
  acl guarded var(txn.state) -m str {guarded}
  acl trial var(txn.state) -m reg ^[trdb]:[a-z0-9]{{12}}:[0-9]{{3}}$
  acl writes_nothing method GET HEAD OPTIONS
  acl domestic src,map_ip({folder}/domestic.map) -m found
  http-request set-var(txn.closure) var(txn.state),field(2,:) if !open !guarded !{{ var(txn.state) -m sub :- }}
  http-request set-var(txn.bucket) src,ipmask(32,64),concat(:,txn.closure),xxh32,mod(100) if trial
  http-request set-var(txn.share) var(txn.state),field(3,:) if trial
  acl chosen var(txn.share),sub(txn.bucket) gt 0
  http-request track-sc0 src table kulla-guard if guarded
  acl hasty sc_http_req_rate(0,kulla-guard) gt {guarded_requests}
  http-request set-var(txn.verdict) str(limited) if guarded hasty
  http-request return status 429 content-type text/plain string "Too many requests\n" hdr Retry-After 10 hdr Cache-Control no-store if guarded hasty
  http-request set-var(txn.verdict) str(closed)
  http-request set-var(txn.verdict) str(pass) if open || guarded || trial chosen
  http-request set-var(txn.verdict) str(closed) if trial {{ var(txn.state) -m beg r: b: }} !writes_nothing
  http-request set-var(txn.verdict) str(closed) if trial {{ var(txn.state) -m beg r: b: }} {{ req.fhdr(upgrade) -m found }}
  http-request set-var(txn.verdict) str(closed) if trial {{ var(txn.state) -m beg r: b: }} {{ req.fhdr(x-http-method-override) -m found }}
  http-request set-var(txn.verdict) str(closed) if trial {{ var(txn.state) -m beg r: b: }} {{ req.fhdr(x-http-method) -m found }}
  http-request set-var(txn.verdict) str(closed) if trial {{ var(txn.state) -m beg r: b: }} {{ req.fhdr(x-method-override) -m found }}
  http-request set-var(txn.verdict) str(closed) if trial {{ var(txn.state) -m beg d: b: }} !domestic
  http-request return status 503 content-type "text/html; charset=utf-8" lf-file {folder}/closed.html hdr Retry-After {retry_after} hdr Cache-Control no-store hdr X-Kulla-Closure %[var(txn.closure)] hdr X-Kulla-Notice %[var(txn.service),map_str({folder}/notice.map,-)] if {{ var(txn.verdict) -m str closed }} {{ var(txn.closure) -m found }}
  http-request return status 503 content-type "text/html; charset=utf-8" lf-file {folder}/closed.html hdr Retry-After {retry_after} hdr Cache-Control no-store if {{ var(txn.verdict) -m str closed }}

  # The service sees what the gate decided by: one host, one path.
  http-request set-header Host %[var(txn.host)]:%[req.fhdr(host),port_only] if {{ req.fhdr(host),port_only gt 0 }}
  http-request set-header Host %[var(txn.host)] unless {{ req.fhdr(host),port_only gt 0 }}
  http-request set-uri %[pathq] unless {{ url -m beg / }}

  use_backend %[var(txn.service)]

  # A request that was already past the rules when its service was closed: its answer is stopped here.
  http-response set-var(txn.verdict) str(closed) unless {{ var(txn.service),map_str({folder}/state.map) -m beg {open} {guarded} t: r: d: b: }}
  http-response return status 503 content-type "text/html; charset=utf-8" lf-file {folder}/closed.html hdr Retry-After {retry_after} hdr Cache-Control no-store if {{ var(txn.verdict) -m str closed }}
  # Nor does a service switch to a protocol whose requests nobody reads.
  http-response return status 502 content-type text/plain string "Bad gateway\n" hdr Cache-Control no-store if {{ status 101 }} !{{ res.fhdr(upgrade) -m str -i websocket }} || {{ status 101 }} {{ res.fhdr_cnt(upgrade) gt 1 }}
)cfg";

std::string render_frontend(const Settings& settings) {
  using namespace fmt::literals;
  std::string text = "frontend kulla-gate\n";
  if (!settings.http.empty()) text += fmt::format("  bind {}\n", settings.http);
  if (!settings.https.empty()) {
    text += fmt::format("  bind {} ssl crt {} alpn h2,http/1.1\n", settings.https, settings.certificate.string());
    text += "  http-request set-header X-Forwarded-Proto https if { ssl_fc }\n";
  }
  if (!settings.log.empty()) text += fmt::format(log_lines, "line"_a = gate_log::line_limit, "version"_a = gate_log::version);
  const GateEntry open{GateMode::open, {}, 0}, guarded{GateMode::guarded, {}, 0};
  text += fmt::format(rules, "for_log"_a = settings.log.empty() ? "" : named_for_log, "plain_url"_a = plain_url,
                      "readable_path"_a = readable_path(), "host_name"_a = host_name, "folder"_a = settings.folder.string(),
                      "open"_a = to_map_value(open), "guarded"_a = to_map_value(guarded), "uri_limit"_a = uri_limit,
                      "guarded_requests"_a = guarded_requests, "retry_after"_a = settings.retry_after.count());
  return text;
}

std::string render_backends(const Settings& settings) {
  std::string text;
  for (const auto& backend : settings.backends)
    text += fmt::format("\nbackend {}\n  server srv {}\n", backend_name(backend.service.id), backend.upstream);
  return text;
}

std::string with_slash(std::string path) {
  if (!path.ends_with('/')) path += '/';
  return path;
}
std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}
template <typename Key>
std::string render_routes(const Settings& settings, Key key) {
  std::string text;
  for (const auto& [service, upstream] : settings.backends)
    text += fmt::format("{} {}\n", key(service.host + with_slash(service.path)), service.id.str());
  return text;
}
}  // namespace

std::string backend_name(const ServiceId& service) { return service.str(); }
std::string server_name(const ServiceId& service) { return backend_name(service) + "/srv"; }

std::string render_config(const Settings& settings) {
  using namespace fmt::literals;
  std::string text = fmt::format(global_section, "runtime"_a = settings.runtime_socket().string(), "uri_limit"_a = uri_limit,
                                 "threads"_a = settings.threads > 0 ? fmt::format("  nbthread {}\n", settings.threads) : "");
  if (!settings.log.empty()) text += fmt::format(ring_section, "line"_a = gate_log::line_limit, "log"_a = settings.log);
  text += defaults_section;
  return text + render_frontend(settings) + render_backends(settings);
}

std::string render_route_map(const Settings& settings) {
  return render_routes(settings, [](std::string route) { return route; });
}
std::string render_folded_map(const Settings& settings) { return render_routes(settings, lower); }
std::string render_domestic_map(const Settings& settings) {
  std::string text;
  for (const auto& network : settings.domestic) text += fmt::format("{} 1\n", network);
  return text;
}

std::vector<std::string> haproxy_command(const Settings& settings) {
  return {"haproxy", "-W", "-S", settings.master_socket().string() + ",mode,600,level,admin", "-f", settings.config().string()};
}
}  // namespace kulla::gate
