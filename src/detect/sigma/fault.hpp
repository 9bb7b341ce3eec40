// Why a rule is not used, with the line of its file. The error type inside sigma/; load.hpp adds the file.
#pragma once
#include <expected>
#include <string>
#include <utility>

#include "base/result.hpp"  // KULLA_TRY and KULLA_CHECK work for any std::expected

namespace kulla::detect::sigma {

struct Fault {
  int line = 0;  ///< from 1; 0 where no line is to blame
  std::string reason;
};
template <typename T = void>
using Checked = std::expected<T, Fault>;
[[nodiscard]] inline std::unexpected<Fault> fault(int line, std::string reason) { return std::unexpected(Fault{line, std::move(reason)}); }

}  // namespace kulla::detect::sigma
