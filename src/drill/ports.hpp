// Free loopback ports, kept free for a program that is to listen on them: the holder stays bound without listening, so that nobody
// else gets the port, while a listener with SO_REUSEADDR or SO_REUSEPORT does.
#pragma once
#include <cstdint>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla::drill {

class Ports {
 public:
  /// A port of 127.0.0.1 below the range from which the system picks ports for clients.
  [[nodiscard]] Result<std::uint16_t> hold();

 private:
  std::vector<Descriptor> held_;
};

/// Raises the soft limit of open files to what `wanted` needs; an error says how to raise the hard one.
[[nodiscard]] Result<> allow_open_files(std::size_t wanted);

}  // namespace kulla::drill
