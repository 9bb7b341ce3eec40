// What may stand in a configuration that HAProxy parses: each value from a plain alphabet, so that none can end its word or its line.
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <map>
#include <set>

#include "gate/render.hpp"

namespace kulla::gate {
namespace {
constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz", upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", digits = "0123456789";
constexpr std::size_t name_limit = 64, host_limit = 253, path_limit = 200;

bool only(std::string_view text, std::initializer_list<std::string_view> alphabets) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::ranges::any_of(alphabets, [&](std::string_view alphabet) { return alphabet.contains(c); });
  });
}

bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && only(text.substr(0, colon), {lower, upper, digits, ".-_*:[]"}) &&
         only(text.substr(colon + 1), {digits}) && text.size() - colon <= 6;
}
bool is_file(std::string_view text) { return only(text, {lower, upper, digits, "/._-"}) && text.front() == '/'; }

/// "/" or segments of plain characters that no server reads in two ways.
bool is_path(std::string_view path) {
  if (path == "/") return true;
  if (path.size() > path_limit || !only(path, {lower, upper, digits, "/._~-"}) || path.front() != '/' || path.back() == '/') return false;
  for (std::size_t begin = 1; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto segment = path.substr(begin, end - begin);
    if (segment.empty() || segment.front() == '.' || segment.back() == '.') return false;
    begin = end + 1;
  }
  return true;
}
bool is_host(std::string_view host) {
  return host.size() <= host_limit && only(host, {lower, digits, ".-_"}) && host.front() != '.' && host.back() != '.';
}

Result<> check_backend(const Backend& backend) {
  const auto& service = backend.service;
  const auto bad = [&](std::string_view what, std::string_view value, std::string_view wanted) {
    return fail(Code::bad_config, fmt::format("service \"{}\": {} \"{}\" is not {}", service.id.str().substr(0, name_limit), what,
                                              value.substr(0, host_limit), wanted));
  };
  if (!only(service.id.str(), {lower, digits, ".-_"}) || service.id.str().size() > name_limit)
    return bad("id", service.id.str(), "1 to 64 of a-z 0-9 . - _");
  if (service.id.str().starts_with("kulla-")) return bad("id", service.id.str(), "free: kulla-… are names of the gate's own");
  if (!is_host(service.host)) return bad("host", service.host, "a lower-case host name without port or trailing dot");
  if (!is_path(service.path)) return bad("path", service.path, "/ or segments of A-Z a-z 0-9 . _ ~ - without a slash at the end");
  if (!is_address(backend.upstream)) return bad("upstream", backend.upstream, "host:port");
  return {};
}

Result<> check_paths(const Settings& settings) {
  if (!is_file(settings.folder.string()))
    return fail(Code::bad_config, fmt::format("gate folder \"{}\" must be absolute, of A-Z a-z 0-9 / . _ -", settings.folder.string()));
  if (settings.master_socket().string().size() + 8 >= sizeof(sockaddr_un::sun_path))  // HAProxy binds a temporary name beside it
    return fail(Code::bad_config, fmt::format("gate folder \"{}\" is too long for a socket's path", settings.folder.string()));
  if (!settings.https.empty() && !is_file(settings.certificate.string()))
    return fail(Code::bad_config, fmt::format("gate certificate \"{}\" must be an absolute plain path", settings.certificate.string()));
  return {};
}
}  // namespace

Result<> check(const Settings& settings) {
  KULLA_CHECK(check_paths(settings));
  for (const auto& [key, value] : {std::pair{"http", settings.http}, {"https", settings.https}, {"log", settings.log}})
    if (!value.empty() && !is_address(value)) return fail(Code::bad_config, fmt::format("gate {} \"{}\" is not host:port", key, value));
  if (settings.http.empty() && settings.https.empty()) return fail(Code::bad_config, "gate: neither http nor https is bound");
  if (!settings.status_page.empty() && !only(settings.status_page, {lower, upper, digits, "/.:?=&_~-"}))
    return fail(Code::bad_config, "gate status_page is not a plain URL");
  if (settings.threads < 0 || settings.threads > 64 || settings.retry_after.count() < 0)
    return fail(Code::bad_config, "gate: threads must be 0 to 64, retry_after not negative");
  std::set<ServiceId> ids;
  std::map<std::string, ServiceId> routes;
  for (const auto& backend : settings.backends) {
    KULLA_CHECK(check_backend(backend));
    const auto& service = backend.service;
    if (!ids.insert(service.id).second) return fail(Code::bad_config, fmt::format("service \"{}\" is named twice", service.id.str()));
    std::string route = service.host + service.path;
    std::ranges::transform(route, route.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (const auto [other, fresh] = routes.emplace(route, service.id); !fresh)
      return fail(Code::bad_config, fmt::format("services \"{}\" and \"{}\" have the same host and path, but for case", other->second.str(),
                                                service.id.str()));
  }
  return {};
}
}  // namespace kulla::gate
