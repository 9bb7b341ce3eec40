// The names of services and institutions for the console and for statements: those that citizens read.
#pragma once
#include "daemon/presentation.hpp"
#include "daemon/statements.hpp"
#include "daemon/view_rows.hpp"

namespace kulla::daemon {

[[nodiscard]] Presentation presented(const PublicPages& pages);
[[nodiscard]] Statements::Names names_of(const PublicPages& pages);
/// [{"id","name"}]
[[nodiscard]] json::array presented_institutions(const PublicPages& pages);

}  // namespace kulla::daemon
