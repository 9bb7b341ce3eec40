#include "detect/backtest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/canonical_json.hpp"
#include "base/file.hpp"

namespace kulla::detect {
namespace {
constexpr std::size_t file_limit = std::size_t{64} << 20;
constexpr std::int64_t version = 1;

/// Whatever a rule claims, success needs an answer that says so.
bool succeeded(const HuntMatch& match) {
  return match.rule->succeeded && std::any_of(match.fields.begin(), match.fields.end(), [](const auto& field) {
           return field.first == "sc-status" && field.second.size() == 3 && field.second.front() == '2';
         });
}

Result<Backtest> backtest_of(const json::value& value) {
  Backtest backtest;
  const auto& object = value.as_object();
  if (object.at("version").as_int64() != version) return fail(Code::bad_json, "not a backtest of version 1");
  backtest.days = static_cast<double>(object.at("hours").as_int64()) / 24;
  backtest.events = static_cast<std::uint64_t>(object.at("events").as_int64());
  if (!(backtest.days > 0)) return fail(Code::bad_json, "a backtest of no time");
  for (const auto& each : object.at("rules").as_array()) {
    const auto& rule = each.as_object();
    KULLA_TRY(const auto digest, digest_from_hex(std::string{rule.at("digest").as_string()}));
    backtest.rules[digest] = {std::string{rule.at("id").as_string()}, std::string{rule.at("title").as_string()},
                              static_cast<std::uint64_t>(rule.at("matches").as_int64()),
                              static_cast<std::uint64_t>(rule.at("would_close").as_int64())};
  }
  return backtest;
}
}  // namespace

Backtest::Backtest(const sigma::RuleSet& tried) {
  for (std::size_t at = 0; at < tried.size(); ++at) rules[tried.rule(at).digest] = {tried.rule(at).id.str(), tried.rule(at).title, 0, 0};
}

void Backtest::take(const HuntMatch& match) {
  auto& rule = rules[match.rule->digest];
  rule.id = match.rule->id.str(), rule.title = match.rule->title;
  ++rule.matches;
  if (match.rule->may_close && succeeded(match)) ++rule.would_close;
}

Result<> write_backtest(const Backtest& backtest, const std::filesystem::path& file) {
  json::array rules;
  for (const auto& [digest, rule] : backtest.rules)
    rules.push_back(json::object{{"digest", to_hex(digest)},
                                 {"id", rule.id},
                                 {"title", rule.title},
                                 {"matches", static_cast<std::int64_t>(rule.matches)},
                                 {"would_close", static_cast<std::int64_t>(rule.would_close)}});
  const json::object object{{"version", version},
                            {"hours", std::llround(std::ceil(backtest.days * 24))},
                            {"events", static_cast<std::int64_t>(backtest.events)},
                            {"rules", std::move(rules)}};
  return write_file_atomic(file, canonical(object) + "\n");
}

Result<Backtest> read_backtest(const std::filesystem::path& file) {
  KULLA_TRY(const auto text, read_file(file, file_limit));
  auto value = parse_json(text, file_limit);
  if (!value) return std::unexpected(std::move(value).error().in(file.string()));
  try {
    auto backtest = backtest_of(*value);
    if (!backtest) return std::unexpected(std::move(backtest).error().in(file.string()));
    return backtest;
  } catch (const std::exception& error) {
    return fail(Code::bad_json, fmt::format("{}: not a backtest: {}", file.string(), error.what()));
  }
}

std::set<Digest> within_budget(const std::vector<Backtest>& backtests, double a_day) {
  std::set<Digest> good;
  if (backtests.empty()) return good;
  for (const auto& [digest, rule] : backtests.front().rules) {
    const bool fits = std::all_of(backtests.begin(), backtests.end(), [&](const Backtest& each) {
      const auto tried = each.rules.find(digest);
      return tried != each.rules.end() && each.per_day(tried->second) <= a_day;
    });
    if (fits) good.insert(digest);
  }
  return good;
}

}  // namespace kulla::detect
