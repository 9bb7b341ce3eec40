// What may be said, for the API and the command line: docs/statement.md has the shape.
#pragma once
#include "base/canonical_json.hpp"
#include "notify/language.hpp"

namespace kulla::notify {

[[nodiscard]] json::object statement_json(const Record& record, const Judged& judged, const Language& language, const Zone& zone);

/// What a person asks to be released: {"version","texts":{LANGUAGE:TEXT},"sentences":[ID…]}.
[[nodiscard]] Result<Wanted> wanted_from_json(const json::object& body);

}  // namespace kulla::notify
