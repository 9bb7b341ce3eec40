// Any bytes as a rule file; what is a rule is compiled and asked about a request.
#include <cstddef>
#include <cstdint>

#include "detect/sigma/matcher.hpp"
#include "detect/sigma/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sigma = kulla::detect::sigma;
  const auto documents = sigma::read_yaml({reinterpret_cast<const char*>(data), size});
  if (!documents) return 0;
  sigma::RuleSet rules;
  for (const auto& document : *documents)
    if (auto rule = sigma::parse_rule(document)) (void)rules.add(std::move(*rule));
  sigma::Matcher matcher{std::make_shared<const sigma::RuleSet>(std::move(rules))};
  kulla::event::Event event;
  event.category = "webserver";
  event.add("cs-method", "GET");
  event.add("cs-uri", "/uploads/a.php?cmd=id");
  event.record = "GET /uploads/a.php?cmd=id 200";
  (void)matcher.match(event);
  return 0;
}
