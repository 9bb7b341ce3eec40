// What citizens read of services, for the console and for statements: the same names everywhere.
#pragma once
#include "daemon/presentation.hpp"
#include "daemon/statements.hpp"
#include "daemon/view_rows.hpp"

namespace kulla::daemon {

/// {"name":{"sq","en"},"institution"} of a service's row, {"meanwhile"} of its detail.
[[nodiscard]] Presentation presented(const PublicPages& pages);
/// [{"id","name":{"sq","en"}}]
[[nodiscard]] json::array presented_institutions(const PublicPages& pages);
[[nodiscard]] Statements::Names names_of_services(const PublicPages& pages);

}  // namespace kulla::daemon
