// Wall times as people of one place read them: a time zone of the IANA database, as ICU has it.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace kulla::serve {

class Zone {
 public:
  /// Code::bad_argument where the database does not know it.
  [[nodiscard]] static Result<Zone> find(const std::string& name);

  struct Civil {
    std::chrono::year_month_day day;
    int hour = 0, minute = 0;
  };
  [[nodiscard]] Civil civil(Timestamp time) const;
  /// "UTC+1"
  [[nodiscard]] std::string text(Timestamp time) const;
  /// When the last `days` days began, oldest first, and `now` as the end of the last.
  [[nodiscard]] std::vector<Timestamp> days_until(Timestamp now, int days) const;

 private:
  explicit Zone(std::shared_ptr<const void> zone) : zone_(std::move(zone)) {}
  [[nodiscard]] std::chrono::seconds offset(Timestamp time, bool is_local) const;
  std::shared_ptr<const void> zone_;  ///< an icu::TimeZone: ICU's headers stay in one file
};

}  // namespace kulla::serve
