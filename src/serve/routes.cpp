#include "serve/routes.hpp"

#include <algorithm>
#include <array>
#include <boost/url/pct_string_view.hpp>
#include <initializer_list>
#include <utility>

namespace kulla::serve {
namespace {
constexpr std::size_t longest_parameter = 1024, most_parameters = 16, most_segments = 8;

struct Access {
  Route::Who who;
  std::uint32_t roles = 0;
};
constexpr Access anyone{Route::Who::anyone}, signed_in{Route::Who::signed_in};
constexpr std::uint32_t bit(Role role) { return std::uint32_t{1} << static_cast<unsigned>(role); }
template <typename... Each>
constexpr Access any_of(Each... roles) {
  return {Route::Who::role, (bit(roles) | ...)};
}

constexpr std::array table{
#define KULLA_ROUTE(endpoint, method, path, access, served) \
  Route{Endpoint::endpoint, #endpoint, Method::method, path, Access{access}.who, Access{access}.roles, Served::served},
#include "serve/routes.def"
#undef KULLA_ROUTE
};

struct Segments {
  std::array<std::string_view, most_segments> each;
  std::size_t count = 0;
};
/// "/a/b" has two, "/" has one that is empty; none where there are too many.
constexpr std::optional<Segments> split(std::string_view path) {
  if (!path.starts_with('/')) return {};
  Segments segments;
  while (!path.empty()) {
    if (segments.count == most_segments) return {};
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.each[segments.count++] = path.substr(0, end);
    path.remove_prefix(end);
  }
  return segments;
}

bool presentable(std::string_view text) {
  return text.size() <= longest_parameter &&
         std::ranges::none_of(text, [](char each) { return static_cast<unsigned char>(each) < 0x20 || each == 0x7f; });
}

std::optional<std::string> decoded(std::string_view text, bool form) {
  const auto encoded = boost::urls::make_pct_string_view(text);
  if (!encoded) return {};
  boost::urls::encoding_opts options;
  options.space_as_plus = form;
  std::string plain = encoded->decode(options);
  // A string that JSON can hold is UTF-8; it goes into answers and facts.
  if (!presentable(plain) || !parse_json(json::serialize(json::string(plain)))) return {};
  return plain;
}

std::optional<Parameters> match(std::string_view pattern, const Segments& asked) {
  const auto wanted = split(pattern);
  if (!wanted || wanted->count != asked.count) return {};
  Parameters found;
  for (std::size_t i = 0; i < asked.count; ++i) {
    const auto want = wanted->each[i];
    if (!want.starts_with('{')) {
      if (want != asked.each[i]) return {};
      continue;
    }
    auto value = decoded(asked.each[i], false);
    if (!value || value->empty()) return {};
    found.emplace(want.substr(1, want.size() - 2), std::move(*value));
  }
  return found;
}
}  // namespace

std::string_view name(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::delete_: return "DELETE";
  }
  std::unreachable();
}

bool Route::allows(const Roles& has) const {
  return who != Who::role || std::ranges::any_of(has, [this](Role role) { return (roles & bit(role)) != 0; });
}

std::span<const Route> routes() { return table; }
const Route& route_of(Endpoint endpoint) { return table.at(static_cast<std::size_t>(endpoint)); }

std::variant<Matched, NoSuchPath, OtherMethods> find_route(std::optional<Method> method, std::string_view path) {
  const auto asked = split(path);
  if (!asked) return NoSuchPath{};
  std::string allow;
  for (const auto& route : table) {
    auto parameters = match(route.path, *asked);
    if (!parameters) continue;
    if (route.method == method) return Matched{&route, std::move(*parameters)};
    allow += (allow.empty() ? "" : ", ") + std::string{name(route.method)};
    if (route.method == Method::get) allow += ", HEAD";
  }
  if (allow.empty()) return NoSuchPath{};
  return OtherMethods{std::move(allow)};
}

std::optional<Parameters> parse_query(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals), true);
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value || name->empty() || parameters.size() == most_parameters) return {};
    if (!parameters.emplace(std::move(*name), std::move(*value)).second) return {};
  }
  return parameters;
}

}  // namespace kulla::serve
