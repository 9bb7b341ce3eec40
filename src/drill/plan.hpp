// What the rehearsed state looks like, before anything of it exists: services, the systems they run on, and what will happen to which.
// Pure: the same number of services and the same seed give the same plan.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kulla::drill {

inline constexpr std::size_t services_least = 4;  // the weak one, its neighbour, the protected one, and the other half of the path pair
inline constexpr std::size_t services_most = 2000;  // what the table of names and one machine's ports can carry

struct PlannedService {
  std::string name, host, path = "/", owner;
  std::size_t system = 0;  ///< index into Plan::systems
  bool is_protected = false;
  bool weak = false;  ///< its upload form takes anything
};
struct PlannedSystem {
  std::string id;
  std::vector<std::size_t> services;
  bool uses_database = false;  ///< shares Plan::database with others
};

struct Plan {
  std::uint64_t seed = 1;
  std::vector<PlannedService> services;
  std::vector<PlannedSystem> systems;

  static constexpr std::string_view database = "db-1";  ///< the shared system; serves nobody itself
  static constexpr std::size_t breached = 0;  ///< system with the weak form: web shell, then wiper; rebuilt whole
  static constexpr std::size_t infected = 1;  ///< its neighbour: an implant is dropped there; its rebuild forgets to remove it

  [[nodiscard]] std::size_t weak_service() const;
  [[nodiscard]] std::size_t protected_service() const;
  /// True for services on the two attacked systems: these, and no others, are to close.
  [[nodiscard]] bool to_close(std::size_t service) const { return services[service].system <= infected; }
  [[nodiscard]] std::vector<std::size_t> closing() const;
  [[nodiscard]] std::size_t find(std::string_view name) const;  ///< services.size() where there is none
};

[[nodiscard]] Result<Plan> make_plan(std::size_t services, std::uint64_t seed);

/// A file of a system as it is made, and as it must be again after a rebuild. `path` is relative to the system's root.
struct PlannedFile {
  std::string path, content;
};
[[nodiscard]] std::vector<PlannedFile> files_of(const Plan& plan, std::size_t system);
[[nodiscard]] std::vector<PlannedFile> files_of_database(const Plan& plan);
/// Relative to the system's root: where the service's document root lies.
[[nodiscard]] std::string document_root(const PlannedService& service);

}  // namespace kulla::drill
