// Where a host's log comes from: one [[log]] of the config.
#pragma once
#include <filesystem>
#include <string>

#include "detect/detector.hpp"
#include "event/format.hpp"

namespace kulla::daemon {

struct LogPlace {
  detect::HostLog log;
  event::Format format = event::Format::ndjson;
  std::string listen;          ///< host:port; empty: from `file`
  std::filesystem::path file;
};

}  // namespace kulla::daemon
