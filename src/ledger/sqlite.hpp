// SQLite behind Result: a connection, and statements that live as long as it.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla::ledger {

enum class Access { read, write };

class Statement {
 public:
  void bind(int place, std::int64_t value) { sqlite3_bind_int64(handle_.get(), place, value); }
  /// The bytes must live until `reset`.
  void bind_text(int place, std::string_view value);
  void bind_blob(int place, std::string_view value);
  /// True where there is a row.
  [[nodiscard]] Result<bool> step();
  /// For a statement without rows: steps and resets.
  [[nodiscard]] Result<> run();
  void reset() { sqlite3_reset(handle_.get()); }
  /// A column as it is stored; nothing where it is of another type. Valid until the next step or reset.
  [[nodiscard]] std::optional<std::int64_t> integer(int column) const;
  [[nodiscard]] std::optional<std::string_view> text(int column) const;
  [[nodiscard]] std::optional<std::string_view> blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(sqlite3_stmt* handle, Access access) : handle_(handle), access_(access) {}
  [[nodiscard]] std::string_view bytes(int column) const;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  Access access_;
};

/// Errors: ledger_busy (locked), ledger_corrupt (the file), and for what the system refused ledger_full (write) or io (read).
class Database {
 public:
  /// `path` must be absolute (SQLite takes "file:…" for a URI). With Access::write the file is made where it is missing.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& path, Access access);
  [[nodiscard]] Result<> run(const char* sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// The one value of the one row that `sql` gives.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view sql);
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Database(sqlite3* handle, Access access) : handle_(handle), access_(access) {}
  [[nodiscard]] std::unexpected<Error> failed(int code) const;
  std::unique_ptr<sqlite3, Close> handle_;
  Access access_;
};

}  // namespace kulla::ledger
