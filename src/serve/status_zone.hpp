// Wall times as people of one place read them: a time zone of the system's own (IANA) database.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace date {
class time_zone;
}

namespace kulla::serve {

class Zone {
 public:
  /// Code::bad_argument where the database does not know it. "Etc/UTC" is known even where there is no database.
  [[nodiscard]] static Result<Zone> find(const std::string& name);

  struct Civil {
    std::chrono::year_month_day day;
    int hour = 0, minute = 0;
  };
  [[nodiscard]] Civil civil(Timestamp time) const;
  /// "CET, UTC+1"
  [[nodiscard]] std::string text(Timestamp time) const;
  /// When the last `days` days began, oldest first, and `now` as the end of the last.
  [[nodiscard]] std::vector<Timestamp> days_until(Timestamp now, int days) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;  ///< lives as long as the program; nullptr: UTC
};

}  // namespace kulla::serve
