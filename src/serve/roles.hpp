// What a person may do at the console. A person may have several roles; whoever has an account is a viewer.
#pragma once
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace kulla::serve {

enum class Role {
  viewer,     ///< reads; addresses and evidence are pseudonyms
  operator_,  ///< closes, verifies, holds, asks for a withdrawal, sets the mode to act ("operator" is C++'s word)
  approver,   ///< hands in what it signed: the session alone opens nothing
  press,      ///< releases statements
  auditor,    ///< may ask what lies behind a pseudonym; the asking is a fact
};
using Roles = std::set<Role>;

inline constexpr std::array<std::pair<Role, std::string_view>, 5> role_names{{{Role::viewer, "viewer"},
                                                                              {Role::operator_, "operator"},
                                                                              {Role::approver, "approver"},
                                                                              {Role::press, "press"},
                                                                              {Role::auditor, "auditor"}}};
[[nodiscard]] constexpr std::string_view name(Role role) { return role_names[static_cast<std::size_t>(role)].second; }
[[nodiscard]] constexpr std::optional<Role> role_of(std::string_view name) {
  for (const auto& [role, text] : role_names)
    if (text == name) return role;
  return {};
}

}  // namespace kulla::serve
