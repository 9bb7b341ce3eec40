#include "drill/notice.hpp"

#include <fmt/format.h>

namespace kulla::drill {

std::string notice_problem(const Answer& answer, const ClosureId& closure) {
  if (!answer.came) return "no answer";
  const auto& response = answer.response;
  const auto header = [&](std::string_view name) {
    const auto found = response.find(std::string(name));
    return found == response.end() ? std::string{} : std::string(found->value().data(), found->value().size());
  };
  const std::string_view body = response.body();
  if (answer.by_service()) return "a service answered";
  if (answer.status() != 503) return fmt::format("status {}", answer.status());
  if (header("Retry-After").empty()) return "no Retry-After";
  if (header("Cache-Control").find("no-store") == std::string::npos) return "it may be cached";
  if (header("X-Kulla-Closure") != closure.str()) return "not this closure's identity in its header";
  if (body.find(closure.str()) == body.npos) return "no closure's identity on the page";
  if (body.find("lang=\"sq\"") == body.npos) return "nothing in Albanian";
  if (body.find("lang=\"en\"") == body.npos) return "nothing in English";
  return {};
}

std::vector<std::string> spellings_of(std::string_view path) {
  const auto name = path.substr(1);
  const auto encoded = fmt::format("%{:02x}{}", static_cast<unsigned char>(name.front()), name.substr(1));
  return {fmt::format("{}", path),
          fmt::format("{}/", path),
          fmt::format("/{}", path),
          fmt::format("/.{}", path),
          fmt::format("/x/..{}/", path),
          fmt::format("/{}/", encoded),
          fmt::format("{}//index.html", path),
          fmt::format("{}/./index.html", path),
          fmt::format("{};x=1/", path),
          fmt::format("/%2e{}", path),
          fmt::format("{}%2findex.html", path),
          fmt::format("{}/?x=/", path),
          fmt::format("/x/%2e%2e{}/", path),
          fmt::format("{}%3b/", path)};
}
}  // namespace kulla::drill
