#include "cli/rule_options.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/file.hpp"
#include "detect/sigma/pipeline.hpp"

namespace kulla::cli {
namespace {
namespace sigma = detect::sigma;

Error told(const std::string& file, const sigma::Fault& fault) {
  return {Code::bad_rule, fmt::format("{}:{}: {}", file, fault.line, fault.reason)};
}

Result<std::vector<sigma::Pipeline>> read_pipelines(const std::string& file) {
  KULLA_TRY(const auto text, read_file(file, sigma::yaml_size_limit));
  const auto documents = sigma::read_yaml(text);
  if (!documents) return std::unexpected(told(file, documents.error()));
  std::vector<sigma::Pipeline> pipelines;
  for (const auto& document : *documents) {
    auto pipeline = sigma::parse_pipeline(document);
    if (!pipeline) return std::unexpected(told(file, pipeline.error()));
    pipelines.push_back(std::move(*pipeline));
  }
  return pipelines;
}

/// A map of names to a value or a list of values.
Result<sigma::Placeholders> read_placeholders(const std::string& file) {
  KULLA_TRY(const auto text, read_file(file, sigma::yaml_size_limit));
  const auto documents = sigma::read_yaml(text);
  if (!documents) return std::unexpected(told(file, documents.error()));
  if (documents->size() != 1 || !documents->front().is(sigma::Tree::Kind::map))
    return fail(Code::bad_rule, fmt::format("{}: not a map of placeholders to their values, such as 'admins: [ana, besnik]'", file));
  sigma::Placeholders placeholders;
  const auto& map = documents->front();
  for (std::size_t at = 0; at < map.keys.size(); ++at) {
    auto& values = placeholders[map.keys[at]];
    if (map.items[at].is(sigma::Tree::Kind::text)) values.push_back(map.items[at].text);
    for (const auto& item : map.items[at].items) values.push_back(item.text);
  }
  return placeholders;
}
/// Where programs keep what they can make anew (XDG Base Directory Specification); nothing where there is no home.
std::filesystem::path cache_file() {
  const auto named = [](const char* name) { return std::filesystem::path{std::getenv(name) ? std::getenv(name) : ""}; };
  if (const auto folder = named("XDG_CACHE_HOME"); folder.is_absolute()) return folder / "kulla" / "rules.cache";
  const auto home = named("HOME");
  return home.is_absolute() ? home / ".cache" / "kulla" / "rules.cache" : std::filesystem::path{};
}
}  // namespace

void add_rule_options(CLI::App& command, RuleOptions& options) {
  command.add_option("-r,--rules", options.rules, "a rule or a folder of rules (*.yml), Sigma; several times")
      ->required()
      ->allow_extra_args(false)
      ->type_name("PATH");
  command
      .add_option(
          "--pipeline", options.pipelines,
          "a processing pipeline in pySigma's format: one more way to see the rules, beside the standard ones; several are one chain")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command.add_flag("--no-standard-pipelines", options.no_standard_pipelines,
                   "leave out what kulla knows of Windows, Sysmon, Zeek, Suricata and clouds (pipelines/ of the source)");
  command.add_option("--placeholders", options.placeholders, "a YAML map of names to values, for rules with the modifier 'expand'")
      ->type_name("FILE");
  command.add_flag("--no-cache", options.no_cache,
                   "read all rules anew, and keep nothing; else what was read is kept in ~/.cache/kulla/rules.cache, by each file's hash");
}

Result<sigma::LoadOptions> load_options(const RuleOptions& options) {
  sigma::LoadOptions how;
  if (!options.no_standard_pipelines) {
    auto standard = sigma::Pipelines::standard();
    if (!standard) return std::unexpected(told("standard pipelines", standard.error()));
    how.pipelines = std::move(*standard);
  }
  std::vector<sigma::Pipeline> chain;
  for (const auto& file : options.pipelines) {
    KULLA_TRY(auto more, read_pipelines(file));
    chain.insert(chain.end(), more.begin(), more.end());
  }
  if (!chain.empty()) how.pipelines.add_chain(std::move(chain));
  if (!options.placeholders.empty()) {
    KULLA_TRY(how.placeholders, read_placeholders(options.placeholders));
  }
  if (!options.no_cache) how.cache = cache_file();
  return how;
}

Result<sigma::Loaded> load_rules(const RuleOptions& options, const sigma::LoadOptions& how) {
  auto loaded = sigma::load({options.rules.begin(), options.rules.end()}, how);
  if (loaded && loaded->cache_problem) fmt::print(stderr, "rules are read anew each time: {}\n", loaded->cache_problem->what);
  return loaded;
}

}  // namespace kulla::cli
