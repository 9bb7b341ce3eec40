// The drill's own look at the disk: what differs from the plan. Neither restic nor the inspector is asked.
#pragma once
#include "drill/observed.hpp"
#include "drill/world.hpp"

namespace kulla::drill {

/// What the attacker did to this system: planned files with other content, and added files that hold the shell's marker.
[[nodiscard]] std::vector<Effect> effects_on_disk(const World& world, std::size_t system);
/// How the system compares with the plan now; every file counts.
[[nodiscard]] Rebuilt compare_with_plan(const World& world, std::size_t system);

/// Empties the system and restores its newest backup. An error where restoring failed.
[[nodiscard]] Result<> rebuild_whole(const World& world, std::size_t system);
/// Lays the newest backup over what is there, and removes nothing: the mistake that leaves an implant behind.
[[nodiscard]] Result<> rebuild_over(const World& world, std::size_t system);

/// What a file's bytes hold of the drill's addresses and passwords, a line each; also where it cannot be read. Must be empty.
[[nodiscard]] std::vector<std::string> secrets_in(const std::filesystem::path& file, const std::vector<std::string>& passwords);

}  // namespace kulla::drill
