#include <signal.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <functional>
#include <memory>

#include "cli/command.hpp"
#include "daemon/daemon.hpp"

namespace kulla::cli {
namespace {
std::atomic<bool> stopping = false;  // set by a signal handler, which can reach nothing else

int complain_of(const daemon::Problems& problems) {
  for (const auto& line : problems.lines) fmt::print(stderr, "kulla: {}\n", line);
  return could_not_run;
}

int run_daemon(const std::string& file) {
  const auto config = daemon::read_config(file);
  if (!config) return complain_of(config.error());
  for (const int number : {SIGTERM, SIGINT}) ::signal(number, [](int) { stopping = true; });
  ::signal(SIGPIPE, SIG_IGN);
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  const auto ran = daemon::run(*config, [] { return stopping.load(); });
  return ran ? done : complain(ran.error());
}

/// On the status page, of which a citizen expects just this.
void warn_of_meanwhile(const daemon::Config& config, const std::function<void(std::string_view)>& warn) {
  if (config.pages.status.folder.empty()) return;
  constexpr std::size_t named_most = 8;
  const auto without = daemon::without_meanwhile(config.pages);
  std::string names;
  for (std::size_t i = 0; i < without.size() && i < named_most; ++i) names += (i == 0 ? "" : ", ") + without[i].str();
  if (without.size() > named_most) names += ", …";
  if (!without.empty())
    warn(fmt::format(
        "service.meanwhile: {} services do not say what to do while they are closed (meanwhile, office, telephone or deadline): {}",
        without.size(), names));
}

int check_config(const std::string& file) {
  const auto config = daemon::read_config(file);
  if (!config) {
    complain_of(config.error());
    return found_something;
  }
  int warnings = 0;
  const auto warn = [&](std::string_view text) {
    ++warnings;
    fmt::print("{}: {}\n", file, text);
  };
  if (config->catalogue.approvers.size() < 3)
    warn(fmt::format("{} approvers: name at least three [[approver]]s, or one absence keeps everything closed",
                     config->catalogue.approvers.size()));
  for (const auto& approver : config->catalogue.approvers)
    if (approver.until && *approver.until <= SystemClock{}.now().wall)
      warn(fmt::format("approver \"{}\": the key has run out; name others with kulla approvers", approver.person.str()));
  if (config->witnesses.empty()) warn("ledger.witness: no witness; a cut-off end of the ledger would not show");
  if (config->trusted_baselines.empty()) warn("baselines.trust: no trusted key; no system can be verified");
  for (const auto& service : config->catalogue.services)
    if (service.datasets.empty())
      warn(fmt::format("service \"{}\": no data set; nothing of it will be proved before it reopens", service.id.str()));
  warn_of_meanwhile(*config, warn);
  fmt::print("{}: {} services on {} systems, {} data sets, {} approvers, {} warnings\n", file, config->catalogue.services.size(),
             config->systems.size(), config->datasets.size(), config->catalogue.approvers.size(), warnings);
  return warnings == 0 ? done : found_something;
}

void add_config_command(Context& context, const char* name, const char* text, const char* footer, int (*action)(const std::string&)) {
  auto* command = context.app.add_subcommand(name, text);
  auto file = std::make_shared<std::string>("kulla.toml");
  command->add_option("-c,--config", *file, "the configuration; docs/config.md lists its keys")->capture_default_str();
  command->footer(footer);
  command->callback([&context, file, action] { context.run = [file, action] { return action(*file); }; });
}
}  // namespace

void add_run(Context& context) {
  add_config_command(context, "run",
                     "the daemon: detects, decides, closes, records; runs until SIGTERM, and ending it changes nothing at the gate",
                     "Example: kulla run -c /etc/kulla/kulla.toml\nMode advise (the default) touches nothing and says what it would do; "
                     "mode = \"act\" closes.",
                     run_daemon);
}
void add_check(Context& context) {
  add_config_command(context, "check", "say what is wrong with a configuration, before it matters",
                     "Example: kulla check -c kulla.toml\nExit: 0 well, 1 something is wrong or missing.", check_config);
}
}  // namespace kulla::cli
