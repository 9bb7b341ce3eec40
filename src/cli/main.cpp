// kulla: parses the command line and hands over to one command.
#include "cli/command.hpp"

int main(int argc, char** argv) {
  CLI::App app{"kulla: detect an attack, close only what is at risk, prove the way back, reopen with two keys."};
  app.set_version_flag("--version", "kulla " KULLA_VERSION);
  app.require_subcommand(1);
  app.footer("Every command has --help with an example. Exit: 0 done or clean, 1 found something, 2 could not run.");
  kulla::cli::Context context{app, {}};
#define KULLA_COMMAND(function) kulla::cli::function(context);
#include "cli/commands.def"
#undef KULLA_COMMAND
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kulla::cli::done : kulla::cli::could_not_run;
  }
  try {
    return context.run ? context.run() : kulla::cli::could_not_run;
  } catch (const std::exception& error) {  // of a library, where an answer or a file is not what it should be
    return kulla::cli::complain({kulla::Code::bad_json, error.what()});
  }
}
