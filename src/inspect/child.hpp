// What `kulla-inspect` does as a child without rights (helper.hpp).
#pragma once
#include <string>
#include <vector>

#include "base/keys.hpp"

namespace kulla::inspect {

/// Standard input is a baseline; it goes out on standard output, in frames, once its signature holds. Returns an exit code.
int serve_baseline(const std::vector<PublicKey>& trusted);
/// Standard input is a socket over which rules and files come.
int serve_examinations();

}  // namespace kulla::inspect
