#include "cli/client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.hpp"
#include "base/toml.hpp"

namespace kulla::cli {
namespace {
constexpr std::size_t config_limit = std::size_t{16} << 20;
}

std::shared_ptr<ClientOptions> add_client_options(CLI::App& command) {
  auto options = std::make_shared<ClientOptions>();
  command.add_option("-c,--config", options->config, "the daemon's configuration: it names the control socket")->capture_default_str();
  command.add_option("--control", options->control, "the control socket itself, instead of -c");
  command.add_option("--format", options->format, "text for people, ndjson for machines")
      ->check(CLI::IsMember({"text", "ndjson"}))
      ->capture_default_str();
  return options;
}

Result<daemon::ControlClient> connect(const ClientOptions& options) {
  if (!options.control.empty()) return daemon::ControlClient::connect(options.control);
  // Only the socket's place is read, so that an operator needs no access to the daemon's keys.
  KULLA_TRY(const auto text, read_file(options.config, config_limit));
  KULLA_TRY(const auto table, parse_toml(text, options.config));
  const auto control = table["control"].value<std::string>();
  if (!control) return fail(Code::bad_config, options.config + ": control is missing");
  return daemon::ControlClient::connect(std::filesystem::absolute(options.config).parent_path() / *control);
}

int ask_and_say(const ClientOptions& options, const json::object& question, const std::string& done_text) {
  auto client = connect(options);
  if (!client) return complain(client.error());
  const auto answers = client->ask(question);
  if (!answers) {
    complain(answers.error());
    return answers.error().code == Code::refused ? found_something : could_not_run;
  }
  if (options.ndjson()) fmt::print("{{\"ok\":true}}\n");
  else fmt::print("{}\n", done_text);
  return done;
}

bool in_colour() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }
}  // namespace kulla::cli
