// kulla hunt: rules over recordings, in batch.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/path_text.hpp"
#include "cli/hunt_output.hpp"
#include "cli/rule_options.hpp"
#include "event/input.hpp"
#include "event/readers.hpp"

namespace kulla::cli {
namespace {
namespace fs = std::filesystem;
namespace sigma = detect::sigma;

struct Choice {
  RuleOptions rules;
  std::vector<std::string> files, statuses, tags;
  std::string format = "text", input_format, min_level = "informational", since, until, source;
  unsigned threads = 1;
  bool quiet = false;
};

std::atomic<bool> stop = false;  // a signal handler reaches nothing else
void stop_on_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop = true; };
  for (int number : {SIGTERM, SIGINT}) ::sigaction(number, &action, nullptr);
}

Result<std::optional<Timestamp>> time_option(std::string_view name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto time = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!time) return fail(Code::bad_time, fmt::format("{}: '{}' is not a time such as 2022-07-15T10:00:00Z, or a day", name, text));
  return *time;
}

/// "category=webserver,product=apache"
Result<sigma::Logsource> source_option(const std::string& text) {
  sigma::Logsource source;
  for (std::string_view rest = text; !rest.empty();) {
    const auto part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    auto* const into = key == "category"  ? &source.category
                       : key == "product" ? &source.product
                       : key == "service" ? &source.service
                                          : nullptr;
    if (!into || equals == std::string_view::npos)
      return fail(Code::bad_argument, fmt::format("--logsource: '{}' is not category=…, product=… or service=…", part));
    *into = part.substr(equals + 1);
  }
  return source;
}

Result<detect::HuntSettings> settings_of(const Choice& choice) {
  detect::HuntSettings settings;
  settings.threads = choice.threads;
  if (!choice.input_format.empty()) settings.format = event::format_from(choice.input_format);
  KULLA_TRY(settings.since, time_option("--since", choice.since));
  KULLA_TRY(settings.until, time_option("--until", choice.until));
  KULLA_TRY(settings.source, source_option(choice.source));
  return settings;
}

/// Whether what a rule finds is to be told.
class Wanted {
 public:
  explicit Wanted(const Choice& choice)
      : statuses_(choice.statuses.begin(), choice.statuses.end()), tags_(choice.tags.begin(), choice.tags.end()) {
    boost::describe::enum_from_string(choice.min_level.c_str(), least_);
  }
  bool operator()(const sigma::Rule& rule) const {
    const auto tagged = [&](const std::string& tag) { return tags_.contains(tag); };
    return rule.level >= least_ && (statuses_.empty() || statuses_.contains(rule.status)) &&
           (tags_.empty() || std::any_of(rule.tags.begin(), rule.tags.end(), tagged));
  }

 private:
  Level least_ = Level::informational;
  std::set<std::string> statuses_, tags_;
};

/// On a terminal only: how far, of how much.
class Progress {
 public:
  explicit Progress(const std::vector<std::string>& files) : shown_(::isatty(STDERR_FILENO) != 0) {
    std::error_code error;
    for (const auto& file : files) {
      const auto size = file == "-" ? 0 : fs::file_size(file, error);
      total_ += error ? 0 : size;
    }
  }
  void at(std::uint64_t taken, std::uint64_t matches) {
    const auto percent = total_ == 0 ? 0 : std::min<std::uint64_t>(100, (done_ + taken) * 100 / total_);
    if (!shown_ || percent == last_) return;
    last_ = percent;
    std::string bar;
    for (std::uint64_t at = 0; at < 30; ++at) bar += at * 100 < percent * 30 ? "█" : "░";
    fmt::print(stderr, "\r{} {:>3} %  {} matches ", bar, percent, matches);
  }
  void file_done(const fs::path& file) {
    std::error_code error;
    if (const auto size = fs::file_size(file, error); !error) done_ += size;
  }
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r{:70}\r", "");
  }

 private:
  const bool shown_;
  std::uint64_t total_ = 0, done_ = 0, last_ = ~std::uint64_t{0};
};

struct Totals {
  std::uint64_t files = 0, events = 0, outside = 0, unreadable = 0, bytes_lost = 0, unknown = 0, failed = 0;
};

void tell_losses(const std::string& file, const detect::HuntedInput& input, Totals& totals, bool quiet) {
  const auto name = escape_path(file);
  if (input.error) {
    ++totals.failed;
    fmt::print(stderr, "kulla hunt: {}\n", input.error->message());
  } else if (input.format.empty()) {
    ++totals.unknown;
    if (!quiet) fmt::print(stderr, "kulla hunt: {}: format not recognised, skipped; name it with --input-format\n", name);
  }
  if (input.losses.records == 0 || quiet) return;
  fmt::print(stderr, "kulla hunt: {}: {} records not readable, {} bytes skipped\n", name, input.losses.records, input.losses.bytes);
  for (const auto& fault : input.losses.faults) fmt::print(stderr, "  record {}: {}\n", fault.record, fault.why);
}

void print_totals(const Totals& totals, const detect::Hunt& hunt, std::size_t rejected, std::uint64_t matches) {
  fmt::print("\n{} matches in {} events of {} inputs, with {} rules", matches, totals.events, totals.files, hunt.rules().size());
  if (hunt.correlator().size() > 0) fmt::print(" and {} correlations", hunt.correlator().size());
  fmt::print("\n");
  if (rejected > 0) fmt::print("{} rules could not be used; 'kulla rules check' says why\n", rejected);
  if (totals.outside > 0) fmt::print("{} events outside the time that was asked for\n", totals.outside);
  if (totals.unreadable > 0) fmt::print("{} records not readable, {} bytes skipped\n", totals.unreadable, totals.bytes_lost);
  if (totals.unknown > 0) fmt::print("{} inputs of no known format\n", totals.unknown);
}

Result<int> hunt(const Choice& choice) {
  KULLA_TRY(const auto settings, settings_of(choice));
  KULLA_TRY(const auto how, load_options(choice.rules));
  KULLA_TRY(const auto inputs, event::list_inputs(choice.files));
  for (const auto& unreadable : inputs.unreadable) fmt::print(stderr, "kulla hunt: {}\n", escape_path(unreadable));
  const auto& files = inputs.files;
  KULLA_TRY(auto loaded, load_rules(choice.rules, how));
  if (loaded.rules->size() == 0) return fail(Code::bad_rule, "no rule that can be used; 'kulla rules check' says why");
  const auto rejected = loaded.rejected.size();
  if (rejected > 0 && !choice.quiet)
    fmt::print(stderr, "kulla hunt: {} of {} rules cannot be used; 'kulla rules check' says why\n", rejected,
               rejected + loaded.rules->size());
  detect::Hunt hunt{std::move(loaded), settings};
  const Wanted wanted{choice};
  HuntSummary summary;
  Totals totals;
  totals.failed = inputs.unreadable.size();
  Progress progress{files};
  if (choice.format == "csv") print_csv_header();
  for (const auto& file : files) {
    const auto on_match = [&](const detect::HuntMatch& match) {
      if (!wanted(*match.rule)) return;
      summary.take(match);
      if (choice.format == "ndjson") print_match_json(match, file);
      if (choice.format == "csv") print_match_csv(match, file);
    };
    const auto input = hunt.input(file, on_match, [&](std::uint64_t taken) { progress.at(taken, summary.matches()); }, stop);
    ++totals.files, totals.events += input.events, totals.outside += input.outside;
    totals.unreadable += input.losses.records, totals.bytes_lost += input.losses.bytes;
    tell_losses(file, input, totals, choice.quiet);
    progress.file_done(file);
    if (stop) return fail(Code::interrupted, "hunt");
  }
  if (choice.format == "text") {
    summary.print();
    print_totals(totals, hunt, rejected, summary.matches());
  }
  if (totals.failed > 0 || (totals.unknown == totals.files && totals.files > 0)) return could_not_run;
  return summary.matches() > 0 ? found_something : done;
}
}  // namespace

void add_hunt(Context& context) {
  const auto choice = std::make_shared<Choice>();
  const auto names = event::format_names();
  auto* command = context.app.add_subcommand("hunt", "Run Sigma rules over recordings");
  add_rule_options(*command, choice->rules);
  command->add_option("FILE", choice->files, "recordings; folders are read whole, - is standard input; gzip and zstd are unpacked")
      ->required();
  command->add_option("--format", choice->format, "text: a summary; ndjson: an object a match; csv: a timeline")
      ->check(CLI::IsMember({"text", "ndjson", "csv"}))
      ->capture_default_str();
  command->add_option("--input-format", choice->input_format, "of all recordings; otherwise each is recognised")
      ->check(CLI::IsMember(std::vector<std::string>{names.begin(), names.end()}));
  command->add_option("--logsource", choice->source,
                      "Sigma's log source of events that do not say it: category=proxy, or product=…,service=…");
  command->add_option("--min-level", choice->min_level, "tell of rules of this level and above")
      ->check(CLI::IsMember({"informational", "low", "medium", "high", "critical"}))
      ->capture_default_str();
  command->add_option("--status", choice->statuses, "tell of rules with this status: stable, test, experimental, …")
      ->allow_extra_args(false);
  command->add_option("--tag", choice->tags, "tell of rules with this tag, such as attack.t1505.003")->allow_extra_args(false);
  command->add_option("--since", choice->since, "look at events from this time on: 2022-07-15T10:00:00Z, or a day");
  command->add_option("--until", choice->until, "look at events before this time");
  command->add_option("--threads", choice->threads, "matches and their order are the same with any number")
      ->check(CLI::Range(1U, 256U))
      ->capture_default_str();
  command->add_flag("-q,--quiet", choice->quiet, "say nothing on standard error but what stops the hunt");
  command->footer(
      "Examples:\n  kulla hunt -r rules/ access.log.gz\n  kulla hunt -r sigma/rules -r own.yml --min-level high --format ndjson "
      "Security.evtx\n"
      "Exit: 0 nothing matched, 1 something matched, 2 a recording could not be read to its end.");
  command->callback([&context, choice] {
    context.run = [choice] {
      stop_on_signals();
      const auto result = hunt(*choice);
      return result ? *result : complain(result.error());
    };
  });
}
}  // namespace kulla::cli
