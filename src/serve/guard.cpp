#include "serve/guard.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

namespace kulla::serve {
namespace {
std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& each : result)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return result;
}
bool names_a_port(std::string_view host) {
  const auto colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}
}  // namespace

Hosts::Hosts(const std::vector<std::string>& names, std::uint16_t port, bool tls) : scheme_(tls ? "https://" : "http://") {
  const bool usual = port == (tls ? 443 : 80);
  for (const auto& each : names) {
    names_.insert(lower(each));
    if (!names_a_port(each)) names_.insert(fmt::format("{}:{}", lower(each), port));
    else if (usual) names_.insert(lower(each.substr(0, each.rfind(':'))));
  }
}

bool Hosts::has(std::string_view host) const { return names_.contains(lower(host)); }

bool Hosts::same_origin(const Request& request) const {
  if (!request.origin.empty() && lower(request.origin) != scheme_ + lower(request.host)) return false;
  return request.fetch_site.empty() || request.fetch_site == "same-origin";
}

bool is_json(std::string_view content_type) {
  const auto end = std::min(content_type.find_first_of("; "), content_type.size());
  return lower(content_type.substr(0, end)) == "application/json";
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && !a.empty() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace kulla::serve
