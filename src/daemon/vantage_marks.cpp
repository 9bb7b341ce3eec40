#include "daemon/vantage_marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/canonical_json.hpp"
#include "base/file.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t file_limit = std::size_t{1} << 20;  // some 10,000 vantages
}

Result<> VantageMarks::read() {
  if (!std::filesystem::exists(file_)) return {};
  KULLA_TRY(const auto text, read_file(file_, file_limit));
  const auto wrong = [&] { return fail(Code::bad_json, fmt::format("{}: not what was written there", file_.string())); };
  const auto value = parse_json(text, file_limit);
  const auto* object = value ? value->if_object() : nullptr;
  const auto* vantages = object ? object->if_contains("vantages") : nullptr;
  if (!vantages || !vantages->is_object()) return wrong();
  for (const auto& [name, fields] : vantages->get_object()) {
    const auto* taken = fields.is_object() ? fields.get_object().if_contains("taken") : nullptr;
    if (!taken || !taken->is_int64() || taken->get_int64() < 0) return wrong();
    raise(VantageId{std::string{name}}, static_cast<std::uint64_t>(taken->get_int64()));
  }
  kept_ = marks_;
  return {};
}

void VantageMarks::raise(const VantageId& vantage, std::uint64_t number) {
  auto& mark = marks_[vantage];
  mark = std::max(mark, number);
}

bool VantageMarks::was_taken(const VantageId& vantage, std::uint64_t number) const {
  const auto mark = marks_.find(vantage);
  return mark != marks_.end() && number <= mark->second;
}

std::uint64_t VantageMarks::take(const VantageId& vantage, std::uint64_t number) {
  const auto [mark, first] = marks_.try_emplace(vantage, number);
  return first ? 0 : number - std::exchange(mark->second, number) - 1;
}

void VantageMarks::begins(const VantageId& vantage, std::uint64_t number) {
  const auto mark = marks_.find(vantage);
  if (mark != marks_.end() && number > 0) mark->second = std::max(mark->second, number - 1);
}

Result<> VantageMarks::keep() {
  json::object vantages;
  for (const auto& [vantage, taken] : marks_) vantages[vantage.str()] = {{"taken", taken}};
  KULLA_CHECK(write_file_atomic(file_, canonical(json::object{{"vantages", std::move(vantages)}}) + "\n", 0600));
  kept_ = marks_;
  return {};
}

std::uint64_t VantageMarks::kept(const VantageId& vantage) const {
  const auto mark = kept_.find(vantage);
  return mark == kept_.end() ? 0 : mark->second;
}
}  // namespace kulla::daemon
