// kulla rules: what rules are, what they can find, and what they raise on normal days.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "cli/rule_options.hpp"
#include "detect/backtest.hpp"
#include "detect/coverage.hpp"
#include "detect/sigma/explain.hpp"
#include "event/input.hpp"
#include "event/readers.hpp"

namespace kulla::cli {
namespace {
namespace sigma = detect::sigma;

struct Choice {
  RuleOptions rules;
  std::vector<std::string> files, ids;
  std::string format = "text", navigator, output;
  double days = 0, budget = 1;
  unsigned threads = 1;
};

// --- check

/// Foreign text on one line, with its per cent signs as they are.
std::string one_line(std::string_view text) {
  auto line = escape_path(text);
  for (std::size_t at = 0; (at = line.find("%25", at)) != std::string::npos; ++at) line.erase(at + 1, 2);
  return line;
}

void print_rejected(const detect::Rejected& rejected, bool ndjson) {
  if (ndjson)
    fmt::print("{}\n", canonical(json::object{{"file", rejected.file.string()}, {"line", rejected.line}, {"reason", rejected.reason}}));
  else fmt::print("{}:{}: {}\n", escape_path(rejected.file.string()), rejected.line, one_line(rejected.reason));
}

Result<int> check(const Choice& choice) {
  KULLA_TRY(const auto how, load_options(choice.rules));
  KULLA_TRY(const auto loaded, load_rules(choice.rules, how));
  for (const auto& rejected : loaded.rejected) print_rejected(rejected, choice.format == "ndjson");
  std::map<std::string_view, std::size_t> engines;
  for (const auto& test : loaded.rules->tests())
    if (const auto* regex = std::get_if<std::unique_ptr<const sigma::RegexMatcher>>(&test.test)) ++engines[(*regex)->engine()];
  if (choice.format == "ndjson")
    fmt::print("{}\n", canonical(json::object{{"rules", loaded.rules->size()},
                                              {"rejected", loaded.rejected.size()},
                                              {"correlations", loaded.correlations.size()},
                                              {"filters", loaded.filters}}));
  else
    fmt::print("{} rules can be used, {} cannot; {} correlations, {} filters; regular expressions: {} in RE2, {} in PCRE2\n",
               loaded.rules->size(), loaded.rejected.size(), loaded.correlations.size(), loaded.filters, engines["RE2"], engines["PCRE2"]);
  return loaded.rejected.empty() ? done : found_something;
}

// --- explain

Result<int> explain(const Choice& choice) {
  KULLA_TRY(auto how, load_options(choice.rules));
  std::size_t found = 0;
  how.seen = [&](const sigma::Rule& rule, const std::vector<sigma::Rule>& variants) {
    const auto& ids = choice.ids;
    if (!ids.empty() && std::find(ids.begin(), ids.end(), rule.id.str()) == ids.end()) return;
    ++found;
    fmt::print("{}  {}\n", rule.id.str(), one_line(rule.title));
    for (std::size_t at = 0; at < variants.size(); ++at) {
      if (variants.size() > 1) fmt::print("way {} of {}:\n", at + 1, variants.size());
      for (const auto& line : sigma::explain(variants[at])) fmt::print("  {}\n", one_line(line));
    }
    fmt::print("\n");
  };
  KULLA_TRY(const auto loaded, load_rules(choice.rules, how));
  for (const auto& rejected : loaded.rejected) print_rejected(rejected, false);
  if (found == 0) return fail(Code::not_found, "no such rule; 'kulla rules check' names those that cannot be used");
  return done;
}

// --- coverage

Result<> read_events(const std::string& path, const std::function<void(const event::Event&)>& look) {
  constexpr std::size_t piece = std::size_t{4} << 20;
  KULLA_TRY(auto file, event::open_input(path));
  event::TextStream bytes{std::move(file)};
  std::unique_ptr<event::Reader> reader;
  for (bool more = true; more;) {
    std::string text;
    KULLA_TRY(more, event::fill(bytes, text, piece));
    if (!reader) {
      const auto format = event::recognise(text, path);
      if (!format) return fail(Code::bad_event, fmt::format("{}: format not recognised", path));
      reader = event::make_reader(*format, {.seen = SystemClock{}.now().wall});
    }
    const auto size = text.size();
    text.append(event::read_padding, '\0');
    reader->read(std::string_view{text}.substr(0, size), !more, look);
  }
  return {};
}

using Techniques = std::map<std::string, std::size_t>;
Result<> write_navigator(const Techniques& techniques, const std::string& file) {
  json::array list;
  for (const auto& [id, count] : techniques) list.push_back(json::object{{"techniqueID", id}, {"score", static_cast<std::int64_t>(count)}});
  const json::object layer{{"name", "kulla: rules that can fire"},
                           {"domain", "enterprise-attack"},
                           {"versions", json::object{{"layer", "4.5"}}},
                           {"description", "score: rules that can fire on the recordings at hand"},
                           {"techniques", std::move(list)}};
  return write_file_atomic(file, canonical(layer) + "\n");
}

std::string source_text(const sigma::Logsource& source) {
  std::string text;
  for (const auto* word : {&source.product, &source.category, &source.service})
    if (!word->empty()) text += (text.empty() ? "" : "/") + *word;
  return text;
}

void print_never(const sigma::RuleSet& rules, const std::vector<detect::NeverFires>& never) {
  std::map<std::string, std::size_t> without_source;
  for (const auto& each : never)
    if (!each.source_seen) ++without_source[source_text(rules.rule(each.rule).logsource)];
  fmt::print("\nNever: no event comes of their log source\n");
  for (const auto& [source, count] : without_source) fmt::print("  {:>6}  {}\n", count, escape_path(source));
  fmt::print("\nNever: their fields do not come\n");
  for (const auto& each : never)
    if (each.source_seen)
      fmt::print("  {}  {}: without {}\n", rules.rule(each.rule).id.str(), escape_path(rules.rule(each.rule).title),
                 fmt::join(each.missing, ", "));
}

Result<int> coverage(const Choice& choice) {
  KULLA_TRY(const auto how, load_options(choice.rules));
  KULLA_TRY(const auto loaded, load_rules(choice.rules, how));
  detect::Coverage coverage{loaded.rules};
  KULLA_TRY(const auto inputs, event::list_inputs(choice.files));
  for (const auto& path : inputs.files)
    if (const auto read = read_events(path, [&](const event::Event& event) { coverage.look(event); }); !read)
      fmt::print(stderr, "kulla rules: {}; it is left out\n", one_line(read.error().message()));
  const auto never = coverage.never();
  std::vector<bool> fires(loaded.rules->size(), true);
  for (const auto& each : never) fires[each.rule] = false;
  Techniques techniques;
  for (std::size_t rule = 0; rule < fires.size(); ++rule)
    for (const auto& technique : loaded.rules->rule(rule).techniques) techniques[technique] += fires[rule];
  std::erase_if(techniques, [](const auto& each) { return each.second == 0; });
  if (!choice.navigator.empty()) KULLA_CHECK(write_navigator(techniques, choice.navigator));
  if (choice.format == "ndjson") {
    for (const auto& [id, count] : techniques) fmt::print("{}\n", canonical(json::object{{"technique", id}, {"rules", count}}));
    for (const auto& each : never) {
      json::array missing(each.missing.begin(), each.missing.end());
      fmt::print("{}\n", canonical(json::object{{"never", loaded.rules->rule(each.rule).id.str()},
                                                {"log_source_seen", each.source_seen},
                                                {"missing", std::move(missing)}}));
    }
    return done;
  }
  fmt::print("{} of {} rules can fire on {} events of {} kinds; they cover {} techniques\n\n", fires.size() - never.size(), fires.size(),
             coverage.events(), coverage.kinds(), techniques.size());
  std::size_t column = 0;
  for (const auto& [id, count] : techniques) fmt::print("  {:<10}{:>4}{}", id, count, ++column % 5 == 0 ? "\n" : "  ");
  fmt::print("\n");
  print_never(*loaded.rules, never);
  return done;
}

// --- backtest

/// Days on which something happened, where it is not said how many the recordings stand for.
class Days {
 public:
  void take(const std::optional<Timestamp>& time) {
    if (time) days_.insert(std::chrono::floor<std::chrono::days>(*time));
  }
  [[nodiscard]] double count() const { return std::max<double>(1, static_cast<double>(days_.size())); }

 private:
  std::set<std::chrono::sys_days> days_;
};

void print_backtest(const detect::Backtest& backtest, double budget) {
  std::vector<const detect::Backtest::OfRule*> rules;
  for (const auto& [digest, rule] : backtest.rules)
    if (rule.matches > 0) rules.push_back(&rule);
  std::stable_sort(rules.begin(), rules.end(), [](const auto* a, const auto* b) { return a->matches > b->matches; });
  fmt::print("{} rules over {} events of {:.1f} days; {} of them raised something\n\n", backtest.rules.size(), backtest.events,
             backtest.days, rules.size());
  if (!rules.empty()) fmt::print("{:>10} {:>10} {:>12}  rule\n", "matches", "a day", "would close");
  for (const auto* rule : rules)
    fmt::print("{:>10} {:>10.1f} {:>12}  {}{}\n", rule->matches, backtest.per_day(*rule), rule->would_close, escape_path(rule->title),
               backtest.per_day(*rule) > budget ? "  (over its budget: may not close)" : "");
}

Result<int> backtest(const Choice& choice) {
  KULLA_TRY(const auto how, load_options(choice.rules));
  KULLA_TRY(auto loaded, load_rules(choice.rules, how));
  KULLA_TRY(const auto inputs, event::list_inputs(choice.files));
  detect::HuntSettings settings;
  settings.threads = choice.threads;
  detect::Hunt hunt{std::move(loaded), settings};
  detect::Backtest backtest{hunt.rules()};
  Days days;
  const std::atomic<bool> never_stop = false;
  for (const auto& path : inputs.files) {
    const auto input = hunt.input(
        path,
        [&](const detect::HuntMatch& match) {
          backtest.take(match);
          days.take(match.time);
        },
        [](std::uint64_t) {}, never_stop);
    if (input.error) return std::unexpected(*input.error);
    if (input.format.empty()) return fail(Code::bad_event, fmt::format("{}: format not recognised", path));
    backtest.events += input.events;
  }
  backtest.days = choice.days > 0 ? choice.days : days.count();
  if (!choice.output.empty()) KULLA_CHECK(detect::write_backtest(backtest, choice.output));
  print_backtest(backtest, choice.budget);
  const bool quiet = std::all_of(backtest.rules.begin(), backtest.rules.end(),
                                 [&](const auto& each) { return backtest.per_day(each.second) <= choice.budget; });
  return quiet ? done : found_something;
}

using Run = Result<int> (*)(const Choice&);
CLI::App* add(Context& context, CLI::App& group, const std::shared_ptr<Choice>& choice, const char* name, const char* what, Run run) {
  auto* command = group.add_subcommand(name, what);
  add_rule_options(*command, choice->rules);
  command->callback([&context, choice, run] {
    context.run = [choice, run] {
      const auto result = run(*choice);
      return result ? *result : complain(result.error());
    };
  });
  return command;
}
void add_format(CLI::App& command, Choice& choice) {
  command.add_option("--format", choice.format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
}
}  // namespace

void add_rules(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* group = context.app.add_subcommand("rules", "Sigma rules: check, explain, coverage, backtest");
  group->require_subcommand(1);
  auto* checking = add(context, *group, choice, "check", "Say which rules cannot be used, and why; exit 1 if any", check);
  add_format(*checking, *choice);
  auto* explaining = add(context, *group, choice, "explain", "Show how rules are seen and what carries out each of their tests", explain);
  explaining->add_option("ID", choice->ids, "of the rules; all where none is named");
  auto* covering = add(context, *group, choice, "coverage",
                       "Show which rules can fire on recordings, the techniques they cover, and which never can", coverage);
  covering->add_option("FILE", choice->files, "recordings of the sources at hand")->required();
  covering->add_option("--navigator", choice->navigator, "write the techniques as a layer for the ATT&CK Navigator");
  add_format(*covering, *choice);
  auto* testing = add(context, *group, choice, "backtest",
                      "Count what rules raise on normal days, and what it would have closed; exit 1 if one is over its budget", backtest);
  testing->add_option("FILE", choice->files, "recordings of normal days")->required();
  testing->add_option("--days", choice->days, "that the recordings stand for; otherwise the days on which something matched");
  testing->add_option("--budget", choice->budget, "matches a day that a rule may have")->capture_default_str();
  testing->add_option("-o,--output", choice->output, "write what was counted, for [detect] backtests in kulla.toml");
  testing->add_option("--threads", choice->threads)->check(CLI::Range(1U, 256U))->capture_default_str();
  group->footer(
      "Examples:\n  kulla rules check -r sigma/rules\n  kulla rules explain -r rules/ r-webshell-name\n"
      "  kulla rules coverage -r sigma/rules --navigator layer.json Security.evtx\n  kulla rules backtest -r rules/ --days 30 -o "
      "backtest.json gate.log.gz");
}
}  // namespace kulla::cli
