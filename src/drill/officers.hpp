// The two officers, played: each signs with an own key what the daemon offers, as people would with `kulla approve`.
#pragma once
#include <filesystem>

#include "drill/observed.hpp"
#include "drill/world.hpp"

namespace kulla::drill {

class Officers {
 public:
  Officers(std::filesystem::path control, const std::vector<Officer>& officers) : control_(std::move(control)), officers_(officers) {}
  [[nodiscard]] Result<> close_all(const std::string& reason) const;
  [[nodiscard]] Result<> verify(const std::vector<std::string>& services) const;
  /// The findings' paths of the system's last inspection.
  [[nodiscard]] Result<Inspection> report(std::size_t system, const std::string& id) const;
  /// The n-th officer approves this service's reopening; `later` makes a second signature of the same officer a different one.
  [[nodiscard]] Result<> approve(const std::string& service, std::size_t officer, std::chrono::seconds later = {}) const;
  /// The service's state as the daemon says it.
  [[nodiscard]] Result<std::string> state(const std::string& service) const;

 private:
  std::filesystem::path control_;
  const std::vector<Officer>& officers_;
};

}  // namespace kulla::drill
