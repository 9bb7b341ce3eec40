// accounts.toml: who may sign in with a password. Written by `kulla account`, read by the server, 0600.
//   [[account]]
//   person = "anna"                       # letters, digits, . _ - @; at most 64
//   roles = ["operator", "approver"]
//   password = "$argon2id$v=19$…"         # libsodium's crypto_pwhash_str
//   totp = "JBSWY3DPEHPK3PXP…"            # optional: the secret of RFC 6238 in base32
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"
#include "serve/roles.hpp"

namespace kulla::serve {

struct Account {
  PersonId person;
  Roles roles;           ///< always with viewer
  std::string password;  ///< its hash
  std::string totp;      ///< empty: none
  friend bool operator==(const Account&, const Account&) = default;
};
using Accounts = std::map<PersonId, Account>;

[[nodiscard]] bool is_person_name(std::string_view text);
/// `name` is the file's, for errors. A mistake is Code::bad_config with its line.
[[nodiscard]] Result<Accounts> parse_accounts(std::string_view text, const std::string& name);
[[nodiscard]] std::string to_toml(const Accounts& accounts);
/// Refuses a file that others than its owner may read (Code::bad_config).
[[nodiscard]] Result<Accounts> read_accounts(const std::filesystem::path& file);
/// 0600, or with the owner and mode of the file before: what root writes the daemon must still be able to read.
[[nodiscard]] Result<> write_accounts(const std::filesystem::path& file, const Accounts& accounts);
/// Reads, changes and writes while nobody else does; `change` gets no accounts where there is no file yet. Waits for its turn (flock(2) on
/// the folder). An error of `change` leaves the file as it was.
[[nodiscard]] Result<> change_accounts(const std::filesystem::path& file, const std::function<Result<>(Accounts&)>& change);
/// What a session remembers of an account, to see that it changed.
[[nodiscard]] std::string mark_of(const Account& account);

/// The file, read again when it changes. One that has become unreadable leaves the accounts as they were, and says so: once in the log, and
/// in `problem` until it can be read.
class AccountsFile {
 public:
  AccountsFile() = default;  ///< nobody: all come by OpenID Connect
  [[nodiscard]] static Result<AccountsFile> open(const std::filesystem::path& file);
  /// True where the accounts changed.
  bool look();
  [[nodiscard]] const Accounts& people() const { return people_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }  ///< empty: none
  [[nodiscard]] std::optional<Account> find(const PersonId& person) const;

 private:
  explicit AccountsFile(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
  std::string seen_;  ///< which version of the file
  std::string problem_;
  Accounts people_;
};

/// Argon2id (RFC 9106). The default is its second recommended option with libsodium's one lane: 64 MiB, three passes.
struct PasswordCost {
  std::uint64_t passes = 3;
  std::size_t memory = std::size_t{64} << 20;
};
constexpr std::size_t shortest_password = 12, longest_password = 1024;
[[nodiscard]] Result<std::string> hash_password(std::string_view password, PasswordCost cost = {});
[[nodiscard]] bool is_password(std::string_view hash, std::string_view password);

/// The step of 30 s (RFC 6238) that a code of six digits belongs to, at most one before or after `now`; none where it is wrong.
[[nodiscard]] std::optional<std::int64_t> totp_step(const std::string& secret, const std::string& code, Timestamp now);
[[nodiscard]] Result<std::string> new_totp_secret();
/// What an authenticator reads, as text or as a QR code: otpauth://totp/kulla:anna?secret=…&issuer=kulla.
[[nodiscard]] std::string totp_uri(const PersonId& person, const std::string& secret);

}  // namespace kulla::serve
