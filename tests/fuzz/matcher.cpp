// Rules, a line "====", and lines of JSON: the engine says of each event what the plain evaluation says, at first and with programs made.
#include <cstddef>
#include <string_view>

#include "detect/sigma/matcher.hpp"
#include "detect/sigma/oracle.hpp"
#include "detect/sigma/parse.hpp"
#include "event/json.hpp"

using namespace kulla;
namespace sigma = detect::sigma;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  constexpr std::string_view border = "\n====\n";
  const std::string_view text{data, size};
  const auto at = text.find(border);
  if (at == std::string_view::npos) return 0;
  const auto documents = sigma::read_yaml(text.substr(0, at));
  if (!documents) return 0;
  sigma::RuleSet rules;
  std::vector<sigma::test::Oracle> oracles;
  for (const auto& document : *documents)
    if (auto rule = sigma::parse_rule(document); rule && rules.add(*rule)) oracles.emplace_back(std::vector{*rule});
  rules.finish();
  sigma::Matcher matcher{std::make_shared<const sigma::RuleSet>(std::move(rules))};
  std::string lines{text.substr(at + border.size())};
  const auto length = lines.size();
  lines.append(event::read_padding, '\0');
  for (std::uint32_t round = 0; round <= sigma::Observed::enough; ++round)
    event::make_ndjson_reader()->read(std::string_view{lines}.substr(0, length), true, [&](const event::Event& event) {
      const sigma::test::View view{event};
      std::vector<std::size_t> expected;
      for (std::size_t rule = 0; rule < oracles.size(); ++rule)
        if (oracles[rule].matches(view)) expected.push_back(rule);
      KULLA_ASSERT(matcher.match(event) == expected);
    });
  return 0;
}
