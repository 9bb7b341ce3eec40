// What is refused before anybody looks at what was asked: foreign hosts and pages. No state.
#pragma once
#include <set>
#include <string>
#include <string_view>

#include "serve/request.hpp"

namespace kulla::serve {

/// The names under which the console may be asked for. A page elsewhere whose name was made to point here (DNS rebinding) asks for its own.
class Hosts {
 public:
  /// `names`: "console.example" or "console.example:8443"; one without a port means the port listened on, too.
  Hosts(const std::vector<std::string>& names, std::uint16_t port, bool tls);
  [[nodiscard]] bool has(std::string_view host) const;
  /// Of the page that a change comes from, as the browser says it. Programs say neither Origin nor Sec-Fetch-Site.
  [[nodiscard]] bool same_origin(const Request& request) const;

 private:
  std::set<std::string, std::less<>> names_;
  std::string scheme_;
};

/// "application/json", with or without parameters.
[[nodiscard]] bool is_json(std::string_view content_type);
/// Compares in the same time wherever they differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace kulla::serve
