#include "ledger/sqlite.hpp"

#include <fmt/format.h>

namespace kulla::ledger {
namespace {
constexpr int row_limit = 2 << 20;       // bytes; no row of ours comes near (fact_limit), a damaged file may claim gigabytes
constexpr int busy_milliseconds = 5000;  // readers hold their lock for a fraction of this at a time

Code code_of(int result, Access access) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::ledger_busy;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM: return access == Access::write ? Code::ledger_full : Code::io;
    default: return Code::ledger_corrupt;
  }
}
std::unexpected<Error> failure(sqlite3* handle, int result, Access access) {
  return fail(code_of(result, access), fmt::format("SQLite: {}", handle ? sqlite3_errmsg(handle) : sqlite3_errstr(result)));
}
}  // namespace

void Statement::bind_text(int place, std::string_view value) {
  sqlite3_bind_text64(handle_.get(), place, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
}
void Statement::bind_blob(int place, std::string_view value) {
  sqlite3_bind_blob64(handle_.get(), place, value.data(), value.size(), SQLITE_STATIC);
}
Result<bool> Statement::step() {
  const int result = sqlite3_step(handle_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(handle_.get()), result, access_);
}
Result<> Statement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}
std::string_view Statement::bytes(int column) const {
  // The blob of a text column is its bytes as stored, without conversion between encodings.
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}
std::optional<std::int64_t> Statement::integer(int column) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_INTEGER) return std::nullopt;
  return sqlite3_column_int64(handle_.get(), column);
}
std::optional<std::string_view> Statement::text(int column) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_TEXT) return std::nullopt;
  return bytes(column);
}
std::optional<std::string_view> Statement::blob(int column) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_BLOB) return std::nullopt;
  return bytes(column);
}

Result<Database> Database::open(const std::filesystem::path& path, Access access) {
  KULLA_ASSERT(path.is_absolute());
  const int flags = access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database{handle, access};
  if (result != SQLITE_OK) return database.failed(result);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_milliseconds);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, row_limit);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  KULLA_CHECK(database.run("PRAGMA cell_size_check = ON"));
  return database;
}
std::unexpected<Error> Database::failed(int code) const { return failure(handle_.get(), code, access_); }

Result<> Database::run(const char* sql) {
  const int result = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failed(result);
  return {};
}
Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return failed(result);
  return Statement{statement, access_};
}
Result<std::int64_t> Database::integer(std::string_view sql) {
  KULLA_TRY(auto statement, prepare(sql));
  KULLA_TRY(const bool row, statement.step());
  const auto value = row ? statement.integer(0) : std::nullopt;
  if (!value) return fail(Code::ledger_corrupt, fmt::format("no integer from '{}'", sql));
  return *value;
}
}  // namespace kulla::ledger
