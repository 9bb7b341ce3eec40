#include "drill/accounts.hpp"

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "serve/accounts.hpp"

namespace kulla::drill {
namespace {
// Random passwords that live for minutes need no slow hash: signing in must not take the machine from what is rehearsed.
constexpr serve::PasswordCost quick{.passes = 1, .memory = std::size_t{8} << 20};

struct Planned {
  PersonId person;
  serve::Roles roles;
  std::string key;
};
}  // namespace

Result<> make_accounts(const std::vector<Officer>& officers, const std::filesystem::path& keys, const std::filesystem::path& accounts,
                       const std::filesystem::path& people) {
  using serve::Role;
  std::vector<Planned> planned{{PersonId{"olta"}, {Role::viewer, Role::operator_}, ""},
                               {PersonId{"petrit"}, {Role::viewer, Role::press}, ""},
                               {PersonId{"agron"}, {Role::viewer, Role::auditor}, ""},
                               {PersonId{"vjosa"}, {Role::viewer}, ""}};
  for (const auto& officer : officers)
    planned.push_back({officer.person, {Role::viewer, Role::approver}, (keys / (officer.person.str() + ".key")).string()});
  serve::Accounts made;
  json::array told;
  for (const auto& [person, roles, key] : planned) {
    const auto password = to_hex(random_digest()).substr(0, 24);
    KULLA_TRY(auto hash, serve::hash_password(password, quick));
    made.emplace(person, serve::Account{.person = person, .roles = roles, .password = std::move(hash), .totp = {}});
    json::array names;
    for (const auto role : roles) names.emplace_back(serve::name(role));
    json::object one{{"person", person.str()}, {"roles", std::move(names)}, {"password", password}};
    if (!key.empty()) one["key"] = key;
    told.push_back(std::move(one));
  }
  KULLA_CHECK(serve::write_accounts(accounts, made));
  return write_file_atomic(people, json::serialize(json::object{{"accounts", std::move(told)}}) + "\n", 0600);
}
}  // namespace kulla::drill
