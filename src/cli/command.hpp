// The command line: one file a command, each named in commands.def.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace kulla::cli {

/// Exit codes of every command.
enum Exit { done = 0, found_something = 1, could_not_run = 2 };

/// What a command adds itself to. A subcommand sets `run`; main calls it after parsing and exits with what it returns.
struct Context {
  CLI::App& app;
  std::function<int()> run;
};

/// Prints the error to standard error and returns could_not_run.
int complain(const Error& error);

/// For a subcommand's callback: runs `command` with what was chosen, and complains where it could not.
template <typename Choice>
std::function<void()> bind(Context& context, std::shared_ptr<Choice> choice, Result<int> (*command)(const Choice&)) {
  return [&context, choice = std::move(choice), command] {
    context.run = [choice, command] {
      const auto result = command(*choice);
      return result ? *result : complain(result.error());
    };
  };
}

#define KULLA_COMMAND(function) void function(Context& context);
#include "cli/commands.def"
#undef KULLA_COMMAND

}  // namespace kulla::cli
