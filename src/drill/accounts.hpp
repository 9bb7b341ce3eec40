// Who may sign in at the console of the rehearsal: accounts made for the occasion, gone with its folder.
#pragma once
#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "drill/world.hpp"

namespace kulla::drill {

/// Writes ACCOUNTS for the daemon (as `kulla account` would), and PEOPLE, 0600, for whoever rehearses:
/// {"accounts":[{"person","roles":[…],"password","key"?: the file of an approver's secret key}]}
[[nodiscard]] Result<> make_accounts(const std::vector<Officer>& officers, const std::filesystem::path& keys,
                                     const std::filesystem::path& accounts, const std::filesystem::path& people);

}  // namespace kulla::drill
