// What the commands that talk to the daemon share: where its socket is, and how answers are shown.
#pragma once
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "daemon/control.hpp"

namespace kulla::cli {

struct ClientOptions {
  std::string config = "kulla.toml";
  std::string control;          ///< the socket itself, instead of by the config
  std::string format = "text";  ///< text or ndjson
  [[nodiscard]] bool ndjson() const { return format == "ndjson"; }
};
/// Adds -c, --control and --format; the options live as long as the returned pointer.
std::shared_ptr<ClientOptions> add_client_options(CLI::App& command);
[[nodiscard]] Result<daemon::ControlClient> connect(const ClientOptions& options);
/// Asks one thing that answers with ok or a refusal; says `done` and returns 0, or complains and returns 2 (1 where refused).
int ask_and_say(const ClientOptions& options, const json::object& question, const std::string& done);
/// True where standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] bool in_colour();

}  // namespace kulla::cli
