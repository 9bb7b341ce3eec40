#include "cli/command.hpp"

#include <cstdio>

namespace kulla::cli {
int complain(const Error& error) {
  std::fprintf(stderr, "kulla: %s\n", error.message().c_str());
  return could_not_run;
}
}  // namespace kulla::cli
