#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {
namespace {
bool in_order(const Number& value, Order order, const Number& than) {
  switch (order) {
    case Order::less: return value < than;
    case Order::less_or_equal: return value <= than;
    case Order::greater: return value > than;
    case Order::greater_or_equal: return value >= than;
  }
  return false;
}
int part_of(const Date& date, DatePart::Unit unit) {
  switch (unit) {
    case DatePart::Unit::minute: return date.minute;
    case DatePart::Unit::hour: return date.hour;
    case DatePart::Unit::day: return date.day;
    case DatePart::Unit::week: return iso_week(date);
    case DatePart::Unit::month: return date.month;
    case DatePart::Unit::year: return date.year;
  }
  return 0;
}
}  // namespace

bool holds_for(const Compare& compare, std::string_view value) {
  const auto number = read_number(value);
  return number && in_order(*number, compare.order, compare.number);
}

bool holds_for(const DatePart& part, std::string_view value) {
  const auto date = read_date(value);
  if (!date) return false;
  const Number is{std::int64_t{part_of(*date, part.unit)}};
  return part.order ? in_order(is, *part.order, part.number) : is == part.number;
}

}  // namespace kulla::detect::sigma
