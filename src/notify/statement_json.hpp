// What may be said, for the API and the command line: docs/statement.md has the shape.
#pragma once
#include "base/canonical_json.hpp"
#include "notify/language.hpp"

namespace kulla::notify {

[[nodiscard]] json::object statement_json(const Record& record, const Judged& judged, const Language& language, const Zone& zone);

/// {"by","overdue"}, or null.
[[nodiscard]] json::value promised_json(const std::optional<Promised>& promised);

/// What a person asks to be released: {"version","at","texts":{LANGUAGE:TEXT},"sentences":[ID…]}; version and at as they were shown.
[[nodiscard]] Result<Wanted> wanted_from_json(const json::object& body);

}  // namespace kulla::notify
