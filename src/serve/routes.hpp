// The table of routes.def, and which of them a request means.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "serve/backend.hpp"

namespace kulla::serve {

enum class Method { get, post, delete_ };
enum class Served { api, page, own };
[[nodiscard]] std::string_view name(Method method);

struct Route {
  Endpoint endpoint;
  std::string_view name;  ///< as in routes.def
  Method method;
  std::string_view path;
  enum class Who { anyone, signed_in, role } who;
  std::uint32_t roles;  ///< a bit for each Role, where `who` is role
  Served served;

  [[nodiscard]] bool allows(const Roles& has) const;
  [[nodiscard]] bool changes() const { return method != Method::get; }
};

[[nodiscard]] std::span<const Route> routes();
[[nodiscard]] const Route& route_of(Endpoint endpoint);

using Parameters = std::map<std::string, std::string, std::less<>>;
struct Matched {
  const Route* route;
  Parameters path;
};
struct NoSuchPath {};
struct OtherMethods {
  std::string allow;  ///< "GET, HEAD, POST"
};
/// `path` as it stands in the request, without the query. A segment is decoded; one that is empty, longer than 1,024 bytes or not
/// UTF-8 without controls is no such path.
[[nodiscard]] std::variant<Matched, NoSuchPath, OtherMethods> find_route(std::optional<Method> method, std::string_view path);

/// "a=1&b=2", decoded (application/x-www-form-urlencoded). None: malformed, a name twice, more than 16 of them or a value over 1,024 bytes.
[[nodiscard]] std::optional<Parameters> parse_query(std::string_view query);

}  // namespace kulla::serve
