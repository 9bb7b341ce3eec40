// kulla account: who may sign in at the console, and as what. The daemon reads the file again when it changes: no restart.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <functional>

#include "base/canonical_json.hpp"
#include "base/secret_text.hpp"
#include "cli/ask.hpp"
#include "cli/command.hpp"
#include "serve/accounts.hpp"

namespace kulla::cli {
namespace {
using serve::Account;
using serve::Accounts;

struct Choice {
  std::string file = "accounts.toml", person, password_file, format = "text";
  std::vector<std::string> roles;
  bool totp = false, off = false;
};

Error nobody(const Choice& choice, const Accounts& accounts) {
  std::vector<std::string_view> known;
  for (const auto& [person, account] : accounts) known.push_back(person.str());
  return {Code::not_found, fmt::format("{}: nobody is called \"{}\"; known: {}", choice.file, choice.person, fmt::join(known, ", "))};
}

/// Changes the account of who was named.
Result<> change_account(const Choice& choice, const std::function<void(Account&)>& change) {
  return serve::change_accounts(choice.file, [&](Accounts& accounts) -> Result<> {
    const auto found = accounts.find(PersonId{choice.person});
    if (found == accounts.end()) return std::unexpected(nobody(choice, accounts));
    change(found->second);
    return {};
  });
}

/// Before somebody is asked for a password in vain; what counts is the look while the file is locked.
Result<> expect_account(const Choice& choice, bool there) {
  if (!there && !std::filesystem::exists(choice.file)) return {};
  KULLA_TRY(const auto accounts, serve::read_accounts(choice.file));
  if (accounts.contains(PersonId{choice.person}) == there) return {};
  if (there) return std::unexpected(nobody(choice, accounts));
  return fail(Code::bad_argument,
              fmt::format("{}: \"{}\" has an account; 'password', 'roles' and 'totp' change it", choice.file, choice.person));
}

Result<std::string> new_password(const Choice& choice) {
  KULLA_TRY(const auto password,
            choice.password_file.empty() ? ask_new_passphrase("the account of " + choice.person) : read_secret_line(choice.password_file));
  return serve::hash_password(password.view());
}

serve::Roles chosen_roles(const Choice& choice) {
  serve::Roles roles{serve::Role::viewer};
  for (const auto& role : choice.roles) roles.insert(*serve::role_of(role));
  return roles;
}

void show_totp(const PersonId& person, const std::string& secret) {
  fmt::print("The authenticator's secret, shown this once:\n  {}\n", serve::totp_uri(person, secret));
}

Result<int> add(const Choice& choice) {
  if (!serve::is_person_name(choice.person)) return fail(Code::bad_argument, "a name has 1 to 64 letters, digits, . _ - or @");
  KULLA_CHECK(expect_account(choice, false));
  Account account{PersonId{choice.person}, chosen_roles(choice), {}, {}};
  KULLA_TRY(account.password, new_password(choice));
  if (choice.totp) {
    KULLA_TRY(account.totp, serve::new_totp_secret());
  }
  KULLA_CHECK(serve::change_accounts(choice.file, [&](Accounts& accounts) -> Result<> {
    if (accounts.emplace(account.person, account).second) return {};
    return fail(Code::bad_argument, fmt::format("{}: \"{}\" has just got an account from somebody else", choice.file, choice.person));
  }));
  fmt::print("{}: {} may sign in\n", choice.file, choice.person);
  if (choice.totp) show_totp(account.person, account.totp);
  return done;
}

Result<int> set_roles(const Choice& choice) {
  KULLA_CHECK(change_account(choice, [&](Account& account) { account.roles = chosen_roles(choice); }));
  fmt::print("{}: the roles of {} are set; sessions under the old ones end\n", choice.file, choice.person);
  return done;
}

Result<int> set_password(const Choice& choice) {
  KULLA_CHECK(expect_account(choice, true));
  KULLA_TRY(const auto password, new_password(choice));
  KULLA_CHECK(change_account(choice, [&](Account& account) { account.password = password; }));
  fmt::print("{}: the password of {} is changed; older sessions end\n", choice.file, choice.person);
  return done;
}

Result<int> set_totp(const Choice& choice) {
  KULLA_TRY(const auto secret, choice.off ? Result<std::string>{} : serve::new_totp_secret());
  KULLA_CHECK(change_account(choice, [&](Account& account) { account.totp = secret; }));
  if (choice.off) fmt::print("{}: {} signs in without a code\n", choice.file, choice.person);
  else show_totp(PersonId{choice.person}, secret);
  return done;
}

Result<int> remove(const Choice& choice) {
  KULLA_CHECK(serve::change_accounts(choice.file, [&](Accounts& accounts) -> Result<> {
    if (accounts.erase(PersonId{choice.person}) == 0) return std::unexpected(nobody(choice, accounts));
    return {};
  }));
  fmt::print("{}: {} is gone; its sessions end\n", choice.file, choice.person);
  return done;
}

Result<int> list(const Choice& choice) {
  KULLA_TRY(const auto accounts, serve::read_accounts(choice.file));
  for (const auto& [person, account] : accounts) {
    std::vector<std::string_view> roles;
    for (const auto role : account.roles) roles.push_back(serve::name(role));
    if (choice.format == "ndjson")
      fmt::print("{}\n",
                 canonical(json::object{
                     {"person", person.str()}, {"roles", json::array(roles.begin(), roles.end())}, {"totp", !account.totp.empty()}}));
    else fmt::print("{:<24} {:<12} {}\n", person.str(), account.totp.empty() ? "password" : "and a code", fmt::join(roles, ", "));
  }
  return done;
}

struct Verb {
  const char *name, *help, *example;
  Result<int> (*run)(const Choice&);
  bool person = true, roles = false, password = false;  ///< which options it takes
};
constexpr std::array verbs{
    Verb{"add", "A new account; the password is asked for twice", "kulla account add anna --role operator --role approver --totp", add,
         true, true, true},
    Verb{"roles", "Other roles, in place of the present ones", "kulla account roles anna --role press", set_roles, true, true},
    Verb{"password", "Another password", "kulla account password anna", set_password, true, false, true},
    Verb{"totp", "A new secret for the authenticator (RFC 6238), or none", "kulla account totp anna", set_totp},
    Verb{"remove", "No account any more", "kulla account remove anna", remove},
    Verb{"list", "Who has an account, and with what roles", "kulla account list", list, false}};

void add_verb(Context& context, CLI::App& account, const std::shared_ptr<Choice>& choice, const Verb& verb) {
  auto* command = account.add_subcommand(verb.name, verb.help);
  command->footer(fmt::format("Example:\n  {}", verb.example));
  command->add_option("-f,--file", choice->file, "the accounts file, as in the config's [console] accounts")->capture_default_str();
  if (verb.person) command->add_option("PERSON", choice->person, "the name, as in [[approver]] where the person approves")->required();
  if (verb.roles)
    command->add_option("--role", choice->roles, "operator, approver, press or auditor; each is a viewer too")
        ->check(CLI::IsMember({"viewer", "operator", "approver", "press", "auditor"}));
  if (verb.password) command->add_option("--password-file", choice->password_file, "its first line is the password; else you are asked");
  if (verb.name == std::string_view{"add"}) command->add_flag("--totp", choice->totp, "with codes of an authenticator");
  if (verb.name == std::string_view{"totp"}) command->add_flag("--off", choice->off, "no codes any more");
  if (verb.name == std::string_view{"list"})
    command->add_option("--format", choice->format, "text or ndjson")->check(CLI::IsMember({"text", "ndjson"}))->capture_default_str();
  command->callback(bind(context, choice, verb.run));
}
}  // namespace

void add_account(Context& context) {
  const auto choice = std::make_shared<Choice>();
  auto* account = context.app.add_subcommand("account", "Who may sign in at the console, and as what");
  account->require_subcommand(1);
  account->footer("Example:\n  kulla account add anna --role operator --totp && kulla account list");
  for (const auto& verb : verbs) add_verb(context, *account, choice, verb);
}
}  // namespace kulla::cli
