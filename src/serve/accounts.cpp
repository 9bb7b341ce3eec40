#include "serve/accounts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/toml_reader.hpp"
#include "serve/file_version.hpp"

namespace kulla::serve {
namespace {
constexpr std::size_t longest_name = 64, file_limit = std::size_t{1} << 20, most_accounts = 10'000;

Account read_account(TomlReader& reader) {
  Account account{PersonId{reader.text("person")}, {Role::viewer}, reader.text("password"), reader.text("totp", "")};
  if (!is_person_name(account.person.str())) reader.wrong("person", "write 1 to 64 letters, digits, . _ - or @");
  if (!account.password.starts_with("$argon2id$")) reader.wrong("password", "set it with 'kulla account password'");
  for (const auto& text : reader.texts("roles")) {
    if (const auto role = role_of(text)) account.roles.insert(*role);
    else reader.wrong("roles", fmt::format("unknown role \"{}\"; known: viewer, operator, approver, press, auditor", text));
  }
  return account;
}

/// On the folder, as the file itself is replaced at each writing.
Result<Descriptor> lock_folder_of(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  Descriptor lock{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock) return fail_errno(folder.string());
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) return fail_errno(fmt::format("locking {}", folder.string()));
  return lock;
}
}  // namespace

bool is_person_name(std::string_view text) {
  static constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
  return !text.empty() && text.size() <= longest_name && text.find_first_not_of(allowed) == std::string_view::npos;
}

Result<Accounts> parse_accounts(std::string_view text, const std::string& name) {
  KULLA_TRY(const auto table, parse_toml(text, name));
  std::vector<std::string> problems;
  Accounts accounts;
  {
    TomlReader reader{table, name, "", problems};
    for (const auto* each : reader.tables("account")) {
      TomlReader row{*each, name, "account.", problems};
      auto account = read_account(row);
      const auto person = account.person;
      if (!accounts.emplace(person, std::move(account)).second) row.wrong("person", "has an account above already");
    }
    if (accounts.size() > most_accounts) reader.wrong("account", fmt::format("more than {}", most_accounts));
  }
  if (!problems.empty()) return fail(Code::bad_config, fmt::format("{}", fmt::join(problems, "\n")));
  return accounts;
}

std::string to_toml(const Accounts& accounts) {
  toml::array rows;
  for (const auto& [person, account] : accounts) {
    toml::array roles;
    for (const auto role : account.roles) roles.push_back(std::string{name(role)});
    toml::table row{{"person", person.str()}, {"roles", std::move(roles)}, {"password", account.password}};
    if (!account.totp.empty()) row.insert("totp", account.totp);
    rows.push_back(std::move(row));
  }
  std::ostringstream out;
  out << "# Written by 'kulla account'.\n" << toml::table{{"account", std::move(rows)}} << '\n';
  return std::move(out).str();
}

Result<Accounts> read_accounts(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_file(file, file_limit));
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return fail_errno(file.string());
  if ((found.st_mode & 077) != 0)
    return fail(Code::bad_config, fmt::format("{}: others than its owner may read it; chmod 600 {}", file.string(), file.string()));
  return parse_accounts(text, file.string());
}

Result<> write_accounts(const std::filesystem::path& file, const Accounts& accounts) {
  KULLA_TRY(auto writing, AtomicFile::create(file, 0600));
  KULLA_CHECK(writing.write(to_toml(accounts)));
  KULLA_CHECK(writing.as_the_old_one());
  return writing.commit();
}

Result<> change_accounts(const std::filesystem::path& file, const std::function<Result<>(Accounts&)>& change) {
  KULLA_TRY(const auto lock, lock_folder_of(file));
  std::error_code error;
  Accounts accounts;
  if (std::filesystem::exists(file, error)) {
    KULLA_TRY(accounts, read_accounts(file));
  }
  if (error) return fail(Code::io, fmt::format("{}: {}", file.string(), error.message()));
  KULLA_CHECK(change(accounts));
  return write_accounts(file, accounts);
}

std::string mark_of(const Account& account) {
  std::string roles;
  for (const auto role : account.roles) roles += fmt::format("{} ", name(role));
  return to_hex(sha256(fmt::format("{}\n{}\n{}\n{}", account.person.str(), roles, account.password, account.totp)));
}

Result<AccountsFile> AccountsFile::open(const std::filesystem::path& file) {
  AccountsFile accounts{file};
  accounts.seen_ = version_of(file);
  if (accounts.seen_.empty())
    return fail(Code::not_found, fmt::format("{}: no accounts; 'kulla account add NAME --role ROLE' makes the first", file.string()));
  KULLA_TRY(accounts.people_, read_accounts(file));
  return accounts;
}

bool AccountsFile::look() {
  if (file_.empty()) return false;
  auto version = version_of(file_);
  if (version == seen_) return false;
  seen_ = std::move(version);
  auto people = read_accounts(file_);
  if (!people) {
    spdlog::error("console: the accounts stay as they were: {}", people.error().message());
    problem_ = people.error().what;
    return false;
  }
  problem_.clear();
  people_ = std::move(*people);
  return true;
}

std::optional<Account> AccountsFile::find(const PersonId& person) const {
  const auto found = people_.find(person);
  return found == people_.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace kulla::serve
